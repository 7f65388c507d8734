import type { ToJpeg } from './jpeg-worker.js'
import worker from './jpeg-worker.ts?worker&url'

/**
 * Makes JPEGs in a worker, in the order of the pictures. On the page itself Chromium leaves that to its idle time: where
 * much is drawn, each takes up to a second.
 */
export class JpegEncoder {
  readonly #worker = new Worker(worker, { type: 'module' })
  readonly #waiting: ((jpeg: ArrayBuffer | null) => void)[] = []
  #ended = false

  /** @param failed the worker could not be loaded, or has died: no more comes */
  constructor(failed: () => void) {
    this.#worker.onmessage = ({ data }: MessageEvent<ArrayBuffer | null>) => this.#waiting.shift()?.(data)
    this.#worker.onerror = () => {
      this.close()
      failed()
    }
  }

  /** Takes the picture over. Null where it could not be made, or there is no worker any more. */
  encode(picture: ToJpeg): Promise<ArrayBuffer | null> {
    if (this.#ended) {
      picture.bitmap.close()
      return Promise.resolve(null)
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#worker.postMessage(picture, [picture.bitmap])
    })
  }

  close(): void {
    this.#ended = true
    this.#worker.terminate()
    for (const resolve of this.#waiting.splice(0)) resolve(null)
  }
}

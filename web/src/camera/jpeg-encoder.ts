import type { ToJpeg } from './jpeg-worker.js'
import worker from './jpeg-worker.ts?worker&url'

/**
 * Makes JPEGs in a worker, in the order of the pictures. On the page itself Chromium leaves that to its idle time: where
 * much is drawn, each takes up to a second.
 */
export class JpegEncoder {
  readonly #worker = new Worker(worker, { type: 'module' })
  readonly #waiting: ((jpeg: ArrayBuffer | null) => void)[] = []

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<ArrayBuffer | null>) => this.#waiting.shift()?.(data)
    this.#worker.onerror = () => {
      this.close()
    }
  }

  /** Takes the picture over. Null where it could not be made. */
  encode(picture: ToJpeg): Promise<ArrayBuffer | null> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#worker.postMessage(picture, [picture.bitmap])
    })
  }

  close(): void {
    this.#worker.terminate()
    for (const resolve of this.#waiting.splice(0)) resolve(null)
  }
}

import { SaccadeError } from './errors.js'

/** How pixels lie: `rgb24` is h·w·3 bytes; `yuv420p` is a full plane of luma and two of chroma at half size; `gray` one plane. */
export type PixelFormat = 'rgb24' | 'yuv420p' | 'gray'

/** Bytes of a picture, without padding. Odd sizes round chroma up. */
export function bytesOf(format: PixelFormat, widthPx: number, heightPx: number): number {
  const luma = widthPx * heightPx
  if (format === 'gray') return luma
  if (format === 'rgb24') return luma * 3
  return luma + 2 * Math.ceil(widthPx / 2) * Math.ceil(heightPx / 2)
}

/**
 * How a frame lies in the source's frame (S7): source px = (frame px − offset) · scale.
 * The offset is in pixels of this frame: a letterbox's border.
 */
export type FrameGeometry = {
  readonly sourceWidthPx: number
  readonly sourceHeightPx: number
  readonly scaleX: number
  readonly scaleY: number
  readonly offsetXPx: number
  readonly offsetYPx: number
}

/** Pixels as they cross to a worker: a window on shared memory and how to read it. */
export type SharedPixels = {
  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly format: PixelFormat
  readonly widthPx: number
  readonly heightPx: number
  readonly geometry: FrameGeometry
}

/**
 * A picture in shared memory, lent for the length of `next` (S6).
 * Who keeps it longer takes a `share()` and gives it back; reading it after the last share is gone throws.
 * Read-only for all but its maker.
 *
 * @throws SaccadeError `stale-frame`
 */
export class Frame {
  readonly format: PixelFormat
  readonly widthPx: number
  readonly heightPx: number
  readonly geometry: FrameGeometry
  readonly #bytes: Uint8Array<SharedArrayBuffer>
  readonly #giveBack: () => void
  #shares = 1
  #made = true

  /** Frames are made by a pool; the maker holds the first share. */
  constructor(
    bytes: Uint8Array<SharedArrayBuffer>,
    shape: {
      readonly format: PixelFormat
      readonly widthPx: number
      readonly heightPx: number
      readonly geometry: FrameGeometry
    },
    giveBack: () => void,
  ) {
    this.format = shape.format
    this.widthPx = shape.widthPx
    this.heightPx = shape.heightPx
    this.geometry = shape.geometry
    this.#bytes = bytes
    this.#giveBack = giveBack
  }

  get live(): boolean {
    return this.#shares > 0
  }

  /** The pixels, in place. */
  get bytes(): Uint8Array<SharedArrayBuffer> {
    if (this.#shares === 0) throw stale('read a frame')
    return this.#bytes
  }

  /** A handle that a worker can read; hold a share until the worker is done. */
  get pixels(): SharedPixels {
    const { buffer, byteOffset } = this.bytes
    const { format, widthPx, heightPx, geometry } = this
    return { buffer, byteOffset, format, widthPx, heightPx, geometry }
  }

  /** Keeps the frame until the returned function is called; calling it twice does nothing. */
  share(): () => void {
    if (this.#shares === 0) throw stale('share a frame')
    this.#shares++
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#letGo()
    }
  }

  /** A copy in memory of its own, that nobody has to give back. */
  own(): Frame {
    const copy = new Uint8Array(new SharedArrayBuffer(this.#bytes.byteLength))
    copy.set(this.bytes)
    return new Frame(copy, this, () => undefined)
  }

  /** The maker gives its share back; doing that twice takes nobody else's. */
  release(): void {
    if (!this.#made) return
    this.#made = false
    this.#letGo()
  }

  #letGo(): void {
    this.#shares--
    if (this.#shares === 0) this.#giveBack()
  }

  /** A frame tells its size, never its pixels. */
  toJSON(): { format: PixelFormat; sizePx: readonly [number, number]; bytes: number } {
    return { format: this.format, sizePx: [this.widthPx, this.heightPx], bytes: this.#bytes.byteLength }
  }
}

function stale(action: string): SaccadeError {
  return new SaccadeError(`cannot ${action} after its last share was given back`, {
    code: 'stale-frame',
    remedy: 'take a share() or an own() copy inside next, before anything asynchronous',
  })
}

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

/**
 * Memory of one picture: its pixels, and behind them how often it was given back, which a worker sees too.
 * So a handle from an earlier lease is known by its number, in every thread.
 */
export type PixelMemory = {
  readonly bytes: Uint8Array<SharedArrayBuffer>
  readonly generation: Int32Array<SharedArrayBuffer>
}

const generationBytes = Int32Array.BYTES_PER_ELEMENT

/** Fresh memory for so many bytes of pixels. */
export function createPixelMemory(byteCount: number): PixelMemory {
  const at = Math.ceil(byteCount / generationBytes) * generationBytes
  const buffer = new SharedArrayBuffer(at + generationBytes)
  return { bytes: new Uint8Array(buffer, 0, byteCount), generation: new Int32Array(buffer, at, 1) }
}

/** Pixels as they cross to a worker: a window on shared memory and how to read it. */
export type SharedPixels = {
  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  /** Which lease of the memory this is; the last four bytes of the buffer say which one is current. */
  readonly generation: number
  readonly format: PixelFormat
  readonly widthPx: number
  readonly heightPx: number
  readonly geometry: FrameGeometry
}

/** Whether pixels are still those of the frame that the handle was taken from; in every thread, as of this instant. */
export function isCurrent({ buffer, generation }: Pick<SharedPixels, 'buffer' | 'generation'>): boolean {
  const now = new Int32Array(buffer, buffer.byteLength - generationBytes, 1)
  return Atomics.load(now, 0) === generation
}

/**
 * Reads pixels in one go, and throws where they were given back before or while they were read: what came out of it may
 * be half of the next picture then.
 *
 * @throws SaccadeError `stale-frame`
 */
export function readCurrent<T>(pixels: SharedPixels, read: (pixels: SharedPixels) => T): T {
  if (!isCurrent(pixels)) throw stale('read the pixels of a frame')
  const result = read(pixels)
  if (!isCurrent(pixels)) throw stale('read all pixels of a frame')
  return result
}

/** What the test kit hears of one frame. Outside of tests there is none, and nothing is paid for it. */
export type FrameWatch = {
  /** Someone takes a share, the maker first; what comes back is called when it is given back. */
  readonly took: () => () => void
  /** The maker hands it on. */
  readonly sealed: () => void
  /** Someone asks for the pixels. */
  readonly asked: () => void
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
  readonly #memory: PixelMemory
  readonly #generation: number
  readonly #giveBack: () => void
  readonly #watch: FrameWatch | null
  readonly #watchedMaker: (() => void) | undefined
  #shares = 1
  #made = true

  /** Frames are made by a pool; the maker holds the first share. */
  constructor(
    memory: PixelMemory,
    shape: {
      readonly format: PixelFormat
      readonly widthPx: number
      readonly heightPx: number
      readonly geometry: FrameGeometry
    },
    giveBack: () => void,
    watch: FrameWatch | null = null,
  ) {
    this.format = shape.format
    this.widthPx = shape.widthPx
    this.heightPx = shape.heightPx
    this.geometry = shape.geometry
    this.#memory = memory
    this.#generation = Atomics.load(memory.generation, 0)
    this.#giveBack = giveBack
    this.#watch = watch
    this.#watchedMaker = watch?.took()
  }

  get live(): boolean {
    return this.#shares > 0
  }

  /** The pixels, in place. */
  get bytes(): Uint8Array<SharedArrayBuffer> {
    if (this.#shares === 0) throw stale('read a frame')
    this.#watch?.asked()
    return this.#memory.bytes
  }

  /** A handle that a worker can read; hold a share until the worker is done. */
  get pixels(): SharedPixels {
    const { buffer, byteOffset } = this.bytes
    const { format, widthPx, heightPx, geometry } = this
    return { buffer, byteOffset, generation: this.#generation, format, widthPx, heightPx, geometry }
  }

  /** Keeps the frame until the returned function is called; calling it twice does nothing. */
  share(): () => void {
    if (this.#shares === 0) throw stale('share a frame')
    this.#shares++
    const watched = this.#watch?.took()
    let held = true
    return () => {
      if (!held) return
      held = false
      watched?.()
      this.#letGo()
    }
  }

  /** A copy in memory of its own, that nobody has to give back. */
  own(): Frame {
    const { bytes } = this
    const copy = createPixelMemory(bytes.byteLength)
    copy.bytes.set(bytes)
    return new Frame(copy, this, () => undefined)
  }

  /** The maker says that it has written all it will, and hands the frame on: under test a later write is told. */
  seal(): void {
    this.#watch?.sealed()
  }

  /** The maker gives its share back; doing that twice takes nobody else's. */
  release(): void {
    if (!this.#made) return
    this.#made = false
    this.#watchedMaker?.()
    this.#letGo()
  }

  #letGo(): void {
    this.#shares--
    if (this.#shares > 0) return
    // Before anyone else can have the memory: from here on every handle of this lease is stale, in workers too.
    Atomics.add(this.#memory.generation, 0, 1)
    this.#giveBack()
  }

  /** A frame tells its size, never its pixels. */
  toJSON(): { format: PixelFormat; sizePx: readonly [number, number]; bytes: number } {
    return { format: this.format, sizePx: [this.widthPx, this.heightPx], bytes: this.#memory.bytes.byteLength }
  }
}

function stale(action: string): SaccadeError {
  return new SaccadeError(`cannot ${action} after its last share was given back`, {
    code: 'stale-frame',
    remedy: 'take a share() or an own() copy inside next, before anything asynchronous',
  })
}

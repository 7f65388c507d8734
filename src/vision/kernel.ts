import { kernelBase64 } from './kernel-bytes.js'

type Row = number
/** What src/vision/kernel exports, and says more of. Rows, tables and places in the tensor are addresses. */
export type RowCalls = {
  readonly plain: (from: Row, to: Row, count: number) => void
  readonly doubled: (from: Row, to: Row, count: number) => void
  readonly picked: (from: Row, places: number, to: Row, count: number) => void
  readonly parted: (from: Row, a: Row, b: Row, c: Row, count: number) => void
  readonly sumRows: (from: Row, stride: number, rows: number, to: Row, count: number) => void
  readonly meanOfOne: (sums: Row, blocks: number, shares: number, share: number, to: Row, count: number) => void
  readonly meanOfThree: (
    ...those: [sums: Row, blocks: number, shares: number, share: number, a: Row, b: Row, c: Row, count: number]
  ) => void
  readonly mixRows: (first: Row, second: Row, share: number, to: Row, count: number) => void
  readonly linearOfOne: (from: Row, places: number, shares: number, to: Row, count: number) => void
  readonly linearOfThree: (
    ...those: [from: Row, places: number, shares: number, a: Row, b: Row, c: Row, count: number]
  ) => void
  readonly bytesAcross: (from: Row, places: number, weights: number, to: Row, count: number) => void
  readonly bytesDown: (
    ...those: [upper: Row, lower: Row, first: number, second: number, a: Row, b: Row, c: Row, count: number]
  ) => void
  readonly levelsToPlanes: (from: Row, gain: number, bias: number, to: number, count: number) => void
  readonly levelsToPixels: (
    ...those: [a: Row, b: Row, c: Row, gain: number, bias: number, to: number, count: number]
  ) => void
  readonly coloursToPlanes: (
    ...those: [y: Row, p: Row, q: Row, colours: number, a: number, b: number, c: number, count: number]
  ) => void
  readonly coloursToPixels: (y: Row, p: Row, q: Row, colours: number, to: number, count: number) => void
}

/** The first bytes are the kernel's own. */
const ownBytes = 64
/** What its loops read and write behind a row. */
const spareBytes = 64
const pageBytes = 65536

let compiled: WebAssembly.Module | null = null

/** Compiled once in a thread: a fraction of a millisecond. */
function moduleOf(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(kernelBase64), (letter) => letter.charCodeAt(0)))
  return compiled
}

/**
 * The kernel of WebAssembly with SIMD that makes rows of a tensor, and its memory, which is dealt out from the front. Memory that
 * grows lies in another buffer from then on: whoever has a view of it asks for it anew after the last `take`.
 */
export class Kernel {
  readonly rows: RowCalls
  readonly #memory = new WebAssembly.Memory({ initial: 1 })
  #used = ownBytes

  constructor() {
    // What these functions take stands in the sources that they are compiled from.
    this.rows = new WebAssembly.Instance(moduleOf(), { env: { memory: this.#memory } }).exports as unknown as RowCalls
  }

  get buffer(): ArrayBuffer {
    return this.#memory.buffer
  }

  /** How much is dealt out. */
  get used(): number {
    return this.#used
  }

  /** Takes back all that was dealt out after so much. */
  takeBack(used: number): void {
    this.#used = used
  }

  /** The address of so many bytes, and of room behind them that loops may touch. */
  take(byteCount: number): number {
    const at = this.#used
    this.#used += Math.ceil((byteCount + spareBytes) / spareBytes) * spareBytes
    const missing = this.#used - this.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / pageBytes))
    return at
  }

  /** The address of a table; what lies behind it is 0, as loops read whole vectors. */
  table(values: Int32Array | Float32Array): number {
    const at = this.take(values.byteLength)
    new Uint8Array(this.buffer, at + values.byteLength, spareBytes).fill(0)
    new Uint8Array(this.buffer, at).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    return at
  }
}

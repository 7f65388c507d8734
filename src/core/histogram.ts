import type { Spread } from './wire.js'

const subBuckets = 32
const smallestMs = 0.001
const octaves = 27
const size = octaves * subBuckets
/** What the top bits of the smallest value are. */
const offset = 1023 * subBuckets

const scratch = new DataView(new ArrayBuffer(8))

/** The exponent of a double and the five bits behind it are its bucket: no logarithm is needed. */
function bucketOf(valueMs: number): number {
  const units = valueMs / smallestMs
  if (!(units >= 1)) return 0
  scratch.setFloat64(0, units)
  return Math.min((scratch.getUint32(0) >>> 15) - offset, size - 1)
}

function valueOf(bucket: number): number {
  const octave = Math.floor(bucket / subBuckets)
  return smallestMs * 2 ** octave * (1 + ((bucket % subBuckets) + 0.5) / subBuckets)
}

/**
 * How long things took over the last seconds: a log-linear histogram (1 µs to 2 min, within 1.6 %) in slices of time.
 * Recording costs some ten nanoseconds and allocates nothing.
 */
export class Histogram {
  readonly #slices: readonly Uint32Array[]
  readonly #sliceMs: number
  #at = 0
  /** The slice that is being filled. */
  #slice: Uint32Array
  #count = 0
  #sliceEndsMs: number
  #largest = 0

  /** @param windowMs how far back it looks @param nowMs of the run's clock */
  constructor(nowMs: number, windowMs = 10_000, slices = 5) {
    this.#slice = new Uint32Array(size)
    this.#slices = [this.#slice, ...Array.from({ length: slices - 1 }, () => new Uint32Array(size))]
    this.#sliceMs = windowMs / slices
    this.#sliceEndsMs = nowMs + this.#sliceMs
  }

  record(valueMs: number, nowMs: number): void {
    if (nowMs >= this.#sliceEndsMs) this.#turn(nowMs)
    const bucket = bucketOf(valueMs)
    this.#slice[bucket] = (this.#slice[bucket] ?? 0) + 1
    this.#count++
    if (valueMs > this.#largest) this.#largest = valueMs
  }

  /** The value that the given share (0 to 1) of the records do not exceed. Null without records. */
  quantile(share: number, nowMs: number): number | null {
    if (nowMs >= this.#sliceEndsMs) this.#turn(nowMs)
    if (this.#count === 0) return null
    const rank = Math.max(1, Math.ceil(share * this.#count))
    let seen = 0
    for (let bucket = 0; bucket < size; bucket++) {
      for (const slice of this.#slices) seen += slice[bucket] ?? 0
      if (seen >= rank) return Math.min(valueOf(bucket), this.#largest)
    }
    return this.#largest
  }

  spread(nowMs: number): Spread | null {
    const p50 = this.quantile(0.5, nowMs)
    const p95 = this.quantile(0.95, nowMs)
    const p99 = this.quantile(0.99, nowMs)
    if (p50 === null || p95 === null || p99 === null) return null
    const n = this.#count
    return { p50: round(p50), p95: round(p95), p99: round(p99), n }
  }

  /** Empties the slices that are older than the window. */
  #turn(nowMs: number): void {
    const passed = Math.min(this.#slices.length, 1 + Math.floor((nowMs - this.#sliceEndsMs) / this.#sliceMs))
    for (let step = 0; step < passed; step++) {
      this.#at = (this.#at + 1) % this.#slices.length
      this.#slice = this.#slices[this.#at] ?? this.#slice
      this.#count = this.#slice.reduce((left, count) => left - count, this.#count)
      this.#slice.fill(0)
    }
    this.#sliceEndsMs =
      Math.max(this.#sliceEndsMs, nowMs - ((nowMs - this.#sliceEndsMs) % this.#sliceMs)) + this.#sliceMs
  }
}

const round = (valueMs: number): number => Math.round(valueMs * 1000) / 1000

import type { Clock } from '../../src/core/clock.js'

/** A link whose bandwidth can change: bytes go one after the other, each arrives when it is through, and after the latency. */
export class Link {
  readonly #clock: Clock
  readonly #latencyMs: number
  #bytesPerMs: number
  #freeAtMs = 0
  readonly #queue: { readonly bytes: number; readonly arrived: () => void }[] = []
  #sending = false

  constructor(clock: Clock, facts: { readonly bytesPerMs: number; readonly latencyMs: number }) {
    this.#clock = clock
    this.#bytesPerMs = facts.bytesPerMs
    this.#latencyMs = facts.latencyMs
  }

  set bytesPerMs(bytesPerMs: number) {
    this.#bytesPerMs = bytesPerMs
  }

  /** What has not left yet. */
  get queuedBytes(): number {
    return this.#queue.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  send(bytes: number, arrived: () => void): void {
    this.#queue.push({ bytes, arrived })
    this.#next()
  }

  #next(): void {
    const [first] = this.#queue
    if (this.#sending || first === undefined) return
    this.#sending = true
    const beginMs = Math.max(this.#clock.nowMs(), this.#freeAtMs)
    this.#freeAtMs = beginMs + first.bytes / this.#bytesPerMs
    this.#clock.at(this.#freeAtMs, () => {
      this.#sending = false
      this.#queue.shift()
      this.#clock.at(this.#clock.nowMs() + this.#latencyMs, first.arrived)
      this.#next()
    })
  }
}

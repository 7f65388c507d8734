/** Chunks remembered: five seconds of 20 ms, in which two quartzes drift apart by half a millisecond at most. */
const mostChunks = 250

/**
 * When samples were taken, on the page's clock: a sound card counts exactly, and its chunks come late by this or that.
 * The least late of the last ones says how the two clocks stand.
 */
export class SampleClock {
  readonly #rateHz: number
  readonly #leads: number[] = []

  constructor(rateHz: number) {
    this.#rateHz = rateHz
  }

  /**
   * A chunk came at `nowMs`.
   *
   * @param firstSample its first sample, counted by the sound card
   * @returns when that one was taken
   */
  came(firstSample: number, samples: number, nowMs: number): number {
    this.#leads.push(nowMs - ((firstSample + samples) * 1000) / this.#rateHz)
    if (this.#leads.length > mostChunks) this.#leads.shift()
    return (firstSample * 1000) / this.#rateHz + Math.min(...this.#leads)
  }
}

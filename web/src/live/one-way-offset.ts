/**
 * The run's clock on the page's: the smallest difference seen lately. The shortest way here is in it, so that an age
 * told by it is "at least".
 */
export class OneWayOffset {
  readonly #spanMs: number
  #samples: { readonly atMs: number; readonly offsetMs: number }[] = []

  constructor(spanMs = 30_000) {
    this.#spanMs = spanMs
  }

  add(runMs: number, pageMs: number): void {
    const offsetMs = pageMs - runMs
    // Only what may yet become the smallest is kept: a queue that rises.
    this.#samples = this.#samples.filter((s) => s.offsetMs < offsetMs && pageMs - s.atMs <= this.#spanMs)
    this.#samples.push({ atMs: pageMs, offsetMs })
  }

  /** Null before the first message that tells the run's time. */
  toPage(runMs: number): number | null {
    const least = this.#samples[0]
    return least === undefined ? null : runMs + least.offsetMs
  }

  clear(): void {
    this.#samples = []
  }
}

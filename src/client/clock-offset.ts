type Sample = { readonly atMs: number; readonly offsetMs: number; readonly errorMs: number }

/**
 * The run's clock on the client's, by questions and answers: the shortest round trip of the last minute tells it best. The
 * answer was given at some time within the trip, so that half of it is the most it can be wrong by.
 */
export class ClockOffset {
  readonly #spanMs: number
  #samples: readonly Sample[] = []

  constructor(spanMs = 60_000) {
    this.#spanMs = spanMs
  }

  /** @param askedMs @param answeredMs on the client's clock @param runMs what the run's clock said between */
  add(askedMs: number, runMs: number, answeredMs: number): void {
    const errorMs = (answeredMs - askedMs) / 2
    const sample = { atMs: answeredMs, offsetMs: (askedMs + answeredMs) / 2 - runMs, errorMs }
    // Only what may yet become the best is kept.
    const kept = this.#samples.filter((one) => one.errorMs < errorMs && answeredMs - one.atMs <= this.#spanMs)
    this.#samples = [...kept, sample]
  }

  /** A time of the run on the client's clock; null before the first answer. */
  toClient(runMs: number): number | null {
    const [best] = this.#samples
    return best === undefined ? null : runMs + best.offsetMs
  }

  /** The most that `toClient` can be wrong by, in ms. */
  get errorMs(): number | null {
    return this.#samples[0]?.errorMs ?? null
  }

  clear(): void {
    this.#samples = []
  }
}

/** How far another clock is from ours, and by how much that may be wrong: ours = theirs + offset ± error. */
export type Offset = { readonly offsetMs: number; readonly errorMs: number }

type Sample = Offset & { readonly sentMs: number }

/** Two clocks of quartz drift apart by no more than this, in ms a ms. */
const drift = 50e-6
/** Questions remembered. */
const mostSamples = 32

/**
 * The offset between two monotonic clocks (P2), by questions and answers: whatever the ways there and back took, the
 * answer was written between question and arrival, so half of the round trip is the most it can be wrong. The best of the
 * last questions counts, an old one less, as clocks drift. Where an answer contradicts it, the other clock has jumped
 * (a machine slept), and what was known before is forgotten.
 */
export class ClockOffset {
  #samples: Sample[] = []

  /** A question that left at `sentMs` and was answered at `arrivedMs`, on our clock, by one that read `theirMs`. */
  add(sentMs: number, arrivedMs: number, theirMs: number): void {
    const sample = { offsetMs: (sentMs + arrivedMs) / 2 - theirMs, errorMs: (arrivedMs - sentMs) / 2, sentMs }
    const best = this.at(arrivedMs)
    const most = (best?.errorMs ?? Infinity) + errorAt(sample, arrivedMs)
    if (best !== null && Math.abs(best.offsetMs - sample.offsetMs) > most) this.#samples = []
    this.#samples.push(sample)
    if (this.#samples.length > mostSamples) this.#samples.shift()
  }

  /** What is known at this time of our clock; null before the first answer. */
  at(nowMs: number): Offset | null {
    let best: Offset | null = null
    for (const sample of this.#samples) {
      const errorMs = errorAt(sample, nowMs)
      if (best === null || errorMs < best.errorMs) best = { offsetMs: sample.offsetMs, errorMs }
    }
    return best
  }
}

/** They drift from when the question left, as their clock was read some time after that. */
function errorAt({ errorMs, sentMs }: Sample, nowMs: number): number {
  return errorMs + (nowMs - sentMs) * drift
}

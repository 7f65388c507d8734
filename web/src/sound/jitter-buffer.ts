/** A stretch of sound on its way: when it was captured, on the run's clock. */
export type Stretch = { readonly fromMs: number; readonly lastsMs: number }

export type Slot = {
  /** On the clock of what plays. */
  readonly atMs: number
  /** How much faster than it was captured, near 1: too little to be heard, enough for clocks that run apart. */
  readonly rate: number
  /** What was to be played from then on is not to be played any more: it begins anew here. */
  readonly anew: boolean
}

/** How much lies ready at first, at the least and at the most: two thirds of a chunk's usual jitter, and what nobody waits for. */
const leastMs = 60
const mostAheadMs = 200
/** Further ahead than this nothing is ever played: it jumps to what is new. */
const boundMs = 400
const stepMs = 20
/** A second of it without an interruption lets it wait so much less again. */
const easeMsPerSecond = 1
/** A half per cent: a tenth of a semitone. */
const slight = 0.005

/**
 * When to play what comes unevenly. Each stretch follows the one before it, a hole between them is silence. What comes too late begins
 * anew with a little more in reserve; where more lies ready than is meant to, it is played slightly faster, where less, slower.
 * Time is handed in: of what plays, not of the page.
 */
export class JitterBuffer {
  #reserveMs = leastMs
  /** The end of the newest: captured, and played. Null before the first. */
  #end: { readonly capturedMs: number; readonly playedMs: number } | null = null
  /** How much lies ready when something comes, smoothed. */
  #aheadMs = leastMs
  #interruptions = 0

  /** How often the sound was interrupted. */
  get interruptions(): number {
    return this.#interruptions
  }

  /** Null for what comes after something newer: it is not played. */
  take({ fromMs, lastsMs }: Stretch, nowMs: number): Slot | null {
    const end = this.#end
    // Stamps are rounded, and those of arrival not even.
    const holeMs = end === null ? 0 : fromMs - end.capturedMs
    if (holeMs <= -lastsMs) return null
    const meantMs = end === null ? 0 : end.playedMs + Math.max(0, holeMs)
    const late = meantMs < nowMs
    const anew = end === null || late || meantMs - nowMs > boundMs
    if (anew) {
      if (end !== null) {
        this.#interruptions++
        if (late) this.#reserveMs = Math.min(mostAheadMs, this.#reserveMs + stepMs)
      }
      this.#aheadMs = this.#reserveMs
    } else {
      this.#reserveMs = Math.max(leastMs, this.#reserveMs - (easeMsPerSecond * lastsMs) / 1000)
      this.#aheadMs += (meantMs - nowMs - this.#aheadMs) * 0.05
    }
    const atMs = anew ? nowMs + this.#reserveMs : meantMs
    const rate = anew ? 1 : this.#rate()
    this.#end = { capturedMs: fromMs + lastsMs, playedMs: atMs + lastsMs / rate }
    return { atMs, rate, anew }
  }

  /** Half and half as much again of what is meant to lie ready is as meant. */
  #rate(): number {
    if (this.#aheadMs > this.#reserveMs * 1.5) return 1 + slight
    return this.#aheadMs < this.#reserveMs * 0.5 ? 1 - slight : 1
  }
}

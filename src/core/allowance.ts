/** So many at once, and so many a second in the long run: a bucket that fills by itself. */
export class Allowance {
  readonly #perSecond: number
  readonly #atOnce: number
  #left: number
  #atMs: number

  constructor(perSecond: number, atOnce: number, nowMs: number) {
    this.#perSecond = perSecond
    this.#atOnce = atOnce
    this.#left = atOnce
    this.#atMs = nowMs
  }

  /** Takes one, where there is one. */
  take(nowMs: number): boolean {
    this.#left = Math.min(this.#atOnce, this.#left + ((nowMs - this.#atMs) * this.#perSecond) / 1000)
    this.#atMs = nowMs
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}

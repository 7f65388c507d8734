/** Ages as they came, over the last seconds: a sawtooth, whose teeth start where new data is first acted on. */
export class AgeHistory {
  readonly spanMs: number
  readonly #at: number[] = []
  readonly #age: number[] = []
  #toothMs: number | null = null

  constructor(spanMs: number) {
    this.spanMs = spanMs
  }

  /** One that is told to lie before the last lies at it: while the clocks get to know each other, times go back a little. */
  add(toldAtMs: number, ageMs: number): void {
    const atMs = Math.max(toldAtMs, this.newestAtMs ?? -Infinity)
    const before = this.newest
    // An age that fell by more than jitter is of newer data: a tooth starts, and its first age is a reaction (T5).
    if (before === null || ageMs < before - 1) this.#toothMs = ageMs
    this.#at.push(atMs)
    this.#age.push(ageMs)
    // Let go in slices: shifting at each packet would move the whole array.
    let old = 0
    while (old < this.#at.length && (this.#at[old] ?? 0) < atMs - this.spanMs) old++
    if (old > 256) {
      this.#at.splice(0, old)
      this.#age.splice(0, old)
    }
  }

  /** New data takes the place of what was there, which had grown old until now: where nobody tells it in between. */
  renew(atMs: number, ageMs: number): void {
    const [before, beforeMs] = [this.newest, this.newestAtMs]
    if (before !== null && beforeMs !== null) this.add(atMs, before + Math.max(0, atMs - beforeMs))
    this.add(atMs, ageMs)
  }

  clear(): void {
    this.#at.length = 0
    this.#age.length = 0
    this.#toothMs = null
  }

  get newest(): number | null {
    return this.#age[this.#age.length - 1] ?? null
  }

  get newestAtMs(): number | null {
    return this.#at[this.#at.length - 1] ?? null
  }

  /** The age at which the last tooth started. */
  get toothMs(): number | null {
    return this.#toothMs
  }

  /** From one before the span on, oldest first. */
  each(nowMs: number, visit: (atMs: number, ageMs: number) => void): void {
    let first = this.#at.length
    while (first > 0 && (this.#at[first - 1] ?? 0) >= nowMs - this.spanMs) first--
    for (let i = Math.max(0, first - 1); i < this.#at.length; i++) visit(this.#at[i] ?? 0, this.#age[i] ?? 0)
  }

  get size(): number {
    return this.#at.length
  }
}

/** How many a second were captured: by their numbers and capture times, so that what is lost on the way here counts too. */
export class SeqRate {
  readonly #spanMs: number
  readonly #kept: { readonly seq: number; readonly atMs: number }[] = []

  constructor(spanMs = 2000) {
    this.#spanMs = spanMs
  }

  add(seq: number, capturedAtMs: number): void {
    const last = this.#kept[this.#kept.length - 1]
    if (last !== undefined && seq <= last.seq) this.#kept.length = 0
    this.#kept.push({ seq, atMs: capturedAtMs })
    while ((this.#kept[0]?.atMs ?? Infinity) < capturedAtMs - this.#spanMs) this.#kept.shift()
  }

  /** Null before it can be told. */
  get perSecond(): number | null {
    const first = this.#kept[0]
    const last = this.#kept[this.#kept.length - 1]
    if (first === undefined || last === undefined || last.atMs - first.atMs < this.#spanMs / 4) return null
    return ((last.seq - first.seq) * 1000) / (last.atMs - first.atMs)
  }

  clear(): void {
    this.#kept.length = 0
  }
}

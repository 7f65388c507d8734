/** First in, first out, of things that know the one behind them; each stands in one line at a time. */
export class Line<T extends { behind: T | null }> {
  #first: T | null = null
  #last: T | null = null

  add(item: T): void {
    if (this.#last === null) this.#first = item
    else this.#last.behind = item
    this.#last = item
  }

  shift(): T | null {
    const first = this.#first
    if (first === null) return null
    this.#first = first.behind
    first.behind = null
    if (this.#first === null) this.#last = null
    return first
  }

  clear(): void {
    this.#first = null
    this.#last = null
  }
}

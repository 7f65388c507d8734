/**
 * Things in order, the first of them at hand: putting one in and taking the first out cost the logarithm of how many there are.
 * What has been called off stays until its turn or until such are most of all, so that calling off costs nothing.
 */
export class Heap<T extends { readonly live: boolean }> {
  readonly #before: (a: T, b: T) => boolean
  #items: T[] = []
  #calledOff = 0

  /** @param before whether a comes before b; never both, and one of them for any two */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  /** The first that is live. */
  get first(): T | undefined {
    while (this.#items[0]?.live === false) {
      this.#calledOff--
      this.#removeFirst()
    }
    return this.#items[0]
  }

  push(item: T): void {
    this.#items.push(item)
    this.#up(this.#items.length - 1)
  }

  /** Takes the first that is live out. */
  shift(): T | undefined {
    const { first } = this
    if (first !== undefined) this.#removeFirst()
    return first
  }

  /** One of those in it is no longer live. */
  calledOff(): void {
    this.#calledOff++
    if (this.#calledOff < 64 || this.#calledOff * 2 < this.#items.length) return
    this.#items = this.#items.filter(({ live }) => live)
    this.#calledOff = 0
    for (let index = (this.#items.length >> 1) - 1; index >= 0; index--) this.#down(index)
  }

  #removeFirst(): void {
    const last = this.#items.pop()
    if (last === undefined || this.#items.length === 0) return
    this.#items[0] = last
    this.#down(0)
  }

  #up(from: number): void {
    const items = this.#items
    const item = items[from] as T
    let index = from
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = items[above] as T
      if (!this.#before(item, parent)) break
      items[index] = parent
      index = above
    }
    items[index] = item
  }

  #down(from: number): void {
    const items = this.#items
    const item = items[from] as T
    let index = from
    for (;;) {
      let below = 2 * index + 1
      if (below >= items.length) break
      if (below + 1 < items.length && this.#before(items[below + 1] as T, items[below] as T)) below++
      const child = items[below] as T
      if (!this.#before(child, item)) break
      items[index] = child
      index = below
    }
    items[index] = item
  }
}

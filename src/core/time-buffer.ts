type Timed<T> = { readonly atMs: number; readonly item: T }

/**
 * Items in order of their time; of equal times the first to arrive stands first. Who fills it also empties it.
 * Adding at the end and taking from the front cost the same whatever lies between.
 */
export class TimeBuffer<T> {
  readonly #timed: (Timed<T> | undefined)[] = []
  /** What stands before it was taken. */
  #first = 0

  get length(): number {
    return this.#timed.length - this.#first
  }

  /** Most arrive in order: those behind are passed one by one. */
  insert(atMs: number, item: T): void {
    let place = this.length
    while (place > 0 && this.#at(place - 1).atMs > atMs) place--
    if (place === this.length) this.#timed.push({ atMs, item })
    else this.#timed.splice(this.#first + place, 0, { atMs, item })
  }

  timeAt(place: number): number {
    return this.#at(place).atMs
  }

  itemAt(place: number): T {
    return this.#at(place).item
  }

  /** The first place whose time is not before `atMs`; the length where there is none. */
  placeFrom(atMs: number): number {
    return this.#search((timeMs) => timeMs >= atMs)
  }

  /** The first place whose time is after `atMs`; the length where there is none. */
  placeAfter(atMs: number): number {
    return this.#search((timeMs) => timeMs > atMs)
  }

  takeFirst(): T {
    const { item } = this.#at(0)
    this.#timed[this.#first] = undefined
    this.#first++
    if (this.#first >= 64 && this.#first * 2 >= this.#timed.length) {
      this.#timed.splice(0, this.#first)
      this.#first = 0
    }
    return item
  }

  /** Takes out all that the test names. */
  takeAll(test: (item: T) => boolean): readonly T[] {
    const all = this.#timed.splice(0).filter((timed) => timed !== undefined)
    this.#first = 0
    this.#timed.push(...all.filter(({ item }) => !test(item)))
    return all.filter(({ item }) => test(item)).map(({ item }) => item)
  }

  #search(reached: (timeMs: number) => boolean): number {
    let [low, high] = [0, this.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (reached(this.#at(middle).atMs)) high = middle
      else low = middle + 1
    }
    return low
  }

  #at(place: number): Timed<T> {
    const timed = this.#timed[this.#first + place]
    if (timed === undefined || place < 0) throw new RangeError(`no item at ${String(place)} of ${String(this.length)}`)
    return timed
  }
}

/** The place of the newest that is not after `atMs`: of equal times the first. −1 where there is none. */
export function latestIn(buffer: TimeBuffer<unknown>, atMs: number): number {
  const after = buffer.placeAfter(atMs)
  return after === 0 ? -1 : buffer.placeFrom(buffer.timeAt(after - 1))
}

/** The place of the one nearest to `atMs`: of two that are as near, the earlier. −1 where there is none. */
export function nearestIn(buffer: TimeBuffer<unknown>, atMs: number): number {
  const before = latestIn(buffer, atMs)
  const after = buffer.placeAfter(atMs)
  if (after === buffer.length) return before
  if (before === -1) return after
  return buffer.timeAt(after) - atMs < atMs - buffer.timeAt(before) ? after : before
}

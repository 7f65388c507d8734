/** A run that waits for a worker. */
export type WaitingRun = {
  /** The lowest number goes first. */
  readonly priority: number
}

/** So often a run is overtaken by such as came after it; then it goes before all that have not waited so long. */
export const mostOvertaken = 8

type Place<T> = { readonly run: T; readonly order: number; overtaken: number }

/**
 * Runs that wait, in the order in which they are to be taken: by priority, first in first out within one. None waits for ever:
 * whoever was overtaken eight times goes next.
 */
export class RunLine<T extends WaitingRun> implements Iterable<T> {
  /** In order. Short: whoever asks for runs has a bound of how many may be under way. */
  #places: Place<T>[] = []
  #order = 0

  get length(): number {
    return this.#places.length
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const { run } of [...this.#places]) yield run
  }

  add(run: T): void {
    const place = { run, order: this.#order++, overtaken: 0 }
    const behind = this.#places.findLastIndex((other) => !goesBefore(place, other))
    this.#places.splice(behind + 1, 0, place)
  }

  /** The first that may be taken, if there is one; those before it in time that might have been taken as well were overtaken. */
  take(mayBe: (run: T) => boolean): T | null {
    const at = this.#places.findIndex(({ run }) => mayBe(run))
    const taken = this.#places[at]
    if (taken === undefined) return null
    this.#places.splice(at, 1)
    let moves = false
    for (const place of this.#places) {
      if (place.order > taken.order || !mayBe(place.run)) continue
      place.overtaken++
      moves ||= place.overtaken === mostOvertaken
    }
    if (moves) this.#places.sort((a, b) => (goesBefore(a, b) ? -1 : 1))
    return taken.run
  }

  /** Takes out all that are meant. */
  remove(isMeant: (run: T) => boolean): T[] {
    const removed = this.#places.filter(({ run }) => isMeant(run)).map(({ run }) => run)
    if (removed.length > 0) this.#places = this.#places.filter(({ run }) => !isMeant(run))
    return removed
  }
}

function goesBefore(a: Place<WaitingRun>, b: Place<WaitingRun>): boolean {
  const [rankA, rankB] = [rankOf(a), rankOf(b)]
  return rankA === rankB ? a.order < b.order : rankA < rankB
}

function rankOf({ run, overtaken }: Place<WaitingRun>): number {
  return overtaken >= mostOvertaken ? -Infinity : run.priority
}

import { type Observable, Subscriber } from 'rxjs'

/**
 * Subscribes to a source on behalf of an operator, so that a synchronous source stops at once when downstream has
 * finished. (A plain inner subscription exists only after the source has run dry.)
 * Errors go straight through, unless the operator has something to let go first; what `next` throws is such an error.
 */
export function drive<T>(
  source: Observable<T>,
  downstream: Subscriber<unknown>,
  next: (value: T) => void,
  completed: () => void,
  failed: (error: unknown) => void = (error) => {
    downstream.error(error)
  },
): void {
  const upstream = new Upstream(next, completed, failed)
  downstream.add(upstream)
  source.subscribe(upstream)
}

/** What RxJS's own operators subscribe with: there before the source is, so that downstream can close it at any time. */
class Upstream<T> extends Subscriber<T> {
  readonly #taken: (value: T) => void
  readonly #completed: () => void
  readonly #failed: (error: unknown) => void

  constructor(taken: (value: T) => void, completed: () => void, failed: (error: unknown) => void) {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- RxJS 7 has no public way to one; takeUntil costs a packet three times as much
    super()
    this.#taken = taken
    this.#completed = completed
    this.#failed = failed
  }

  protected override _next(value: T): void {
    // What an operator throws (a stale frame, most often) is an error of its stream; of the process, it would be told by nobody.
    try {
      this.#taken(value)
    } catch (thrown) {
      this.error(thrown)
    }
  }

  protected override _error(error: unknown): void {
    try {
      this.#failed(error)
    } finally {
      this.unsubscribe()
    }
  }

  protected override _complete(): void {
    try {
      this.#completed()
    } finally {
      this.unsubscribe()
    }
  }
}

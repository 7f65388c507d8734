import { type Observable, Subject, type Subscriber, takeUntil } from 'rxjs'

/**
 * Subscribes to a source on behalf of an operator, so that a synchronous source stops at once when downstream has
 * finished. (A plain inner subscription exists only after the source has run dry.)
 * Errors go straight through, unless the operator has something to let go first.
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
  const finished$ = new Subject<void>()
  downstream.add(() => {
    finished$.next()
  })
  source.pipe(takeUntil(finished$)).subscribe({
    // As RxJS's own operators do: what an operator throws (a stale frame, most often) is an error of its stream. It would
    // be one of the process otherwise, told by nobody.
    next: (value) => {
      try {
        next(value)
      } catch (error) {
        failed(error)
      }
    },
    error: failed,
    complete: () => {
      if (!downstream.closed) completed()
    },
  })
}

import { Observable } from 'rxjs'

/**
 * Several sources as one. Where one dies the others go on (S4); it fails when all of them have.
 *
 *     a     -1---x
 *     b     ---2---3-|
 *     out   -1-2---3-|    the death of a goes to `died`
 */
export function mergeLiving<T>(sources: readonly Observable<T>[], died: (error: unknown) => void): Observable<T> {
  const [only] = sources
  if (only !== undefined && sources.length === 1) return only
  return new Observable((downstream) => {
    let open = sources.length
    let dead = 0
    const ended = (error: unknown): void => {
      open--
      if (open > 0) return
      if (dead === sources.length) downstream.error(error)
      else downstream.complete()
    }
    for (const source of sources) {
      const reading = source.subscribe({
        next: (value) => {
          downstream.next(value)
        },
        error: (error: unknown) => {
          died(error)
          dead++
          ended(error)
        },
        complete: () => {
          ended(null)
        },
      })
      downstream.add(reading)
    }
  })
}

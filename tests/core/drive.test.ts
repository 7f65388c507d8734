import { Observable, of, Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { drive } from '../../src/core/drive.js'

const driven = <T>(source$: Observable<T>, next: (value: T) => void): Observable<T> =>
  new Observable((downstream) => {
    drive(
      source$,
      downstream,
      (value) => {
        next(value)
        downstream.next(value)
      },
      () => {
        downstream.complete()
      },
    )
  })

describe('drive', () => {
  test('what next throws is an error of the stream, and its source is let go', () => {
    const source$ = new Subject<number>()
    const seen: unknown[] = []
    driven(source$, (value) => {
      if (value === 2) throw new Error('cannot take two')
    }).subscribe({ next: (value) => seen.push(value), error: (error: Error) => seen.push(error.message) })
    source$.next(1)
    source$.next(2)
    expect(source$.observed).toBe(false)
    source$.next(3)
    expect(seen).toEqual([1, 'cannot take two'])
  })

  test('its source is let go on completion, on error and when downstream goes', () => {
    for (const end of ['complete', 'error', 'unsubscribe'] as const) {
      const source$ = new Subject<number>()
      const subscription = driven(source$, () => undefined).subscribe({ error: () => undefined })
      expect(source$.observed).toBe(true)
      if (end === 'complete') source$.complete()
      else if (end === 'error') source$.error(new Error('broken'))
      else subscription.unsubscribe()
      expect(source$.observed).toBe(false)
      expect(subscription.closed).toBe(true)
    }
  })

  test('what has finished downstream takes no completion any more', () => {
    const ends: string[] = []
    new Observable<number>((downstream) => {
      downstream.complete()
      drive(
        of(1),
        downstream,
        () => ends.push('next'),
        () => ends.push('complete'),
      )
    }).subscribe()
    expect(ends).toEqual([])
  })
})

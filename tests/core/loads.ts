import fc from 'fast-check'
import { Observable } from 'rxjs'
import type { WorkKey } from '../../src/core/clock.js'
import type { Packet } from '../../src/core/packet.js'
import type { VirtualClock } from '../../src/core/virtual-clock.js'
import { live, packetOf, type VirtualParts, virtualRuntime } from './births.js'

/** What arrives when, and how long the work on each takes. */
export type Load = { readonly atMs: readonly number[]; readonly costsMs: readonly number[] }

export const anyLoad: fc.Arbitrary<Load> = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 30 })), { minLength: 1, maxLength: 40 })
  .map((pairs) => {
    let atMs = 0
    return { atMs: pairs.map(([afterMs]) => (atMs += afterMs)), costsMs: pairs.map(([, costMs]) => costMs) }
  })

/** Numbers that arrive at their times, whoever is busy; the last one completes. */
export function arriving(clock: VirtualClock, atMs: readonly number[], origin = live): Observable<Packet<number>> {
  return new Observable((downstream) => {
    const cancels = atMs.map((dueMs, seq) =>
      clock.at(dueMs, () => {
        downstream.next(packetOf(seq, { origin, seq, capturedAtMs: clock.nowMs() }))
        if (seq === atMs.length - 1) downstream.complete()
      }),
    )
    return () => {
      for (const cancel of cancels) cancel()
    }
  })
}

/** A runtime in which the work of item n has a declared cost. */
export function costly(costsMs: readonly number[]): VirtualParts {
  return virtualRuntime((clock) => ({
    ...clock,
    work: (key: WorkKey, start, deliver) => clock.work({ ...key, costMs: costsMs[key.seq] ?? 0 }, start, deliver),
  }))
}

/** Work in the clock's own time: gives a value after so long, at once where that is 0. An error where it says so. */
export function lasting<T>(clock: VirtualClock, costMs: number, value: T, fails = false): Observable<T> {
  return new Observable((downstream) => {
    const end = (): void => {
      if (fails) downstream.error(new Error('the work failed'))
      else {
        downstream.next(value)
        downstream.complete()
      }
    }
    if (costMs > 0) return clock.at(clock.nowMs() + costMs, end)
    end()
    return undefined
  })
}

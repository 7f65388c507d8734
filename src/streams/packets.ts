import { Observable } from 'rxjs'
import { CountingGate } from '../core/gate.js'
import { createPacket, type Packet } from '../core/packet.js'
import { currentRuntime } from '../core/runtime.js'

/**
 * Any iterable as a recorded stream: it can wait, and goes on while its gate is open (E5).
 *
 *     in    [a, b, c]
 *     gate  -open-shut---open--
 *     out   -a--b---------c|
 *
 * Order is the iterable's; nothing is dropped; completes at its end. Never emits in the turn of the subscription. A packet is
 * captured when it is taken from the iterable, never before the one that came before it (T3).
 *
 * @example
 * packets([1, 2, 3]).pipe(mapValue((n) => n * 2))
 */
export function packets<T>(values: Iterable<T>, name = 'packets'): Observable<Packet<T>> {
  const { clock } = currentRuntime()
  return new Observable((downstream) => {
    const iterator = values[Symbol.iterator]()
    const origin = { name, live: false }
    const stamp = { kind: 'synthetic' } as const
    let seq = 0
    let capturedAtMs = clock.nowMs()
    let draining = false
    const gate = new CountingGate(() => {
      drain()
    })
    const drain = (): void => {
      if (draining) return
      draining = true
      try {
        while (gate.open && !downstream.closed) {
          const result = iterator.next()
          if (result.done === true) downstream.complete()
          else {
            capturedAtMs = Math.max(capturedAtMs, clock.nowMs())
            downstream.next(createPacket({ origin, seq: seq++, capturedAtMs, stamp, value: result.value, gate }))
          }
        }
      } catch (error) {
        downstream.error(error)
      } finally {
        draining = false
      }
    }
    const cancel = clock.at(clock.nowMs(), drain)
    return () => {
      cancel()
      iterator.return?.()
    }
  })
}

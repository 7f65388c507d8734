import { Observable } from 'rxjs'
import { drive } from './drive.js'
import { Feeders } from './feeders.js'
import { freeGate } from './gate.js'
import { Losses } from './losses.js'
import type { Origin, Packet } from './packet.js'
import type { StageContext } from './stage.js'

/**
 * A stream as it enters the house: counted, and its time goes forwards (T3).
 *
 *     in    -a(10 ms)-b(30 ms)-c(20 ms)-d(40 ms)-
 *     out   -a--------b------------------d-------    c is counted as time, and d says lost: 1
 *
 * While the run is paused, what can wait is held by its gate; what cannot is counted as `paused`, and the next one says so.
 *
 * @param result the name behind the stream's: `room.video` counts it
 */
export function forwards<T>(
  source: Observable<Packet<T>>,
  result: string,
  { runtime, name }: Pick<StageContext, 'runtime' | 'name'>,
): Observable<Packet<T>> {
  const meter = runtime.meter(`${name}.${result}`)
  const { pausing } = runtime.controls
  return new Observable((downstream) => {
    const latestMs = new Map<Origin, number>()
    const lost = new Losses()
    const feeders = new Feeders()
    const obey = (paused: boolean): void => {
      feeders.hold(() => paused)
    }
    downstream.add(() => {
      meter.stopped()
    })
    downstream.add(pausing.paused$.subscribe(obey))
    drive(
      source,
      downstream,
      (packet) => {
        const { origin, capturedAtMs } = packet
        meter.took()
        feeders.hear(packet)
        if (pausing.paused) {
          obey(true)
          // One that can wait and was not heard of before is on its way: it is the last.
          if (origin.live || packet.gate === freeGate) {
            meter.dropped('paused')
            lost.add(origin, 1 + packet.lost)
            return
          }
        }
        if (capturedAtMs < (latestMs.get(origin) ?? -Infinity)) {
          meter.dropped('time')
          lost.add(origin, 1 + packet.lost)
          runtime.tellOnce('warning', `${meter.name}: the time of a packet went back, so it was dropped`)
          return
        }
        latestMs.set(origin, capturedAtMs)
        const lostBefore = lost.take(origin)
        const nowMs = runtime.clock.nowMs()
        meter.gave(0, nowMs - capturedAtMs, nowMs)
        downstream.next(lostBefore === 0 ? packet : { ...packet, lost: packet.lost + lostBefore })
      },
      () => {
        meter.completed()
        downstream.complete()
      },
      (error) => {
        meter.failed(error)
        downstream.error(error)
      },
    )
  })
}

import type { Clock } from '../core/clock.js'
import type { Packet } from '../core/packet.js'
import type { Schedule } from './schedule.js'
import { acting } from './watch-gate.js'

export type Consumer = {
  /** Takes a packet: holds its gate for as long as the schedule says, or for an instant. */
  readonly take: (packet: Packet<unknown>) => void
  /** Lets go of everything, as one must who unsubscribes. */
  readonly leave: () => void
}

/** Whoever is downstream of the stage: busy with each packet for as long as its schedule says (E5). */
export function createConsumer(schedule: Schedule<unknown>, clock: Clock): Consumer {
  const holds = new Set<() => void>()
  const { items, origins } = schedule
  const busy = new Map(
    items.map(({ origin, seq, busyMs }) => [`${origins[origin]?.name ?? ''} ${String(seq)}`, busyMs]),
  )
  let count = 0
  return {
    take({ gate, origin, seq }) {
      // A packet that a sink or a stream has made is none of the schedule's: its turn counts.
      const busyMs = busy.get(`${origin.name} ${String(seq)}`) ?? items[count % Math.max(1, items.length)]?.busyMs ?? 0
      count++
      acting.consumer = true
      const letGo = gate.hold()
      acting.consumer = false
      if (busyMs === 0) {
        letGo()
        return
      }
      const over = (): void => {
        holds.delete(over)
        cancel()
        letGo()
      }
      const cancel = clock.at(clock.nowMs() + busyMs, over)
      holds.add(over)
    },
    leave() {
      for (const over of [...holds]) over()
    },
  }
}

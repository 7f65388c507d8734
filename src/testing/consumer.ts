import type { Clock } from '../core/clock.js'
import type { Gate } from '../core/gate.js'
import type { Packet } from '../core/packet.js'
import type { Schedule } from './schedule.js'
import { nameOf } from './verdict.js'
import { acting } from './watch-gate.js'

export type Consumer = {
  /** What was given with a gate that the consumer was holding, in words (E5). */
  readonly pressed: string | null

  /** Takes a packet: holds its gate for as long as the schedule says, or for an instant. */
  readonly take: (packet: Packet<unknown>) => void
  /** Lets go of everything, as one must who unsubscribes. */
  readonly leave: () => void
}

/** Whoever is downstream of the stage: busy with each packet for as long as its schedule says (E5). */
export function createConsumer(schedule: Schedule<unknown>, clock: Clock): Consumer {
  const holds = new Set<() => void>()
  const held = new Set<Gate>()
  const { items, origins } = schedule
  const busy = new Map(
    items.map(({ origin, seq, busyMs }) => [`${origins[origin]?.name ?? ''} ${String(seq)}`, busyMs]),
  )
  let count = 0
  let pressed: string | null = null
  return {
    get pressed() {
      return pressed
    },
    take(packet) {
      const { gate, origin, seq } = packet
      if (held.has(gate)) pressed ??= `it gave ${nameOf(packet)} while its gate was shut`
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
        held.delete(gate)
        cancel()
        letGo()
      }
      const cancel = clock.at(clock.nowMs() + busyMs, over)
      holds.add(over)
      // That of a live source is open all the same.
      if (!gate.open) held.add(gate)
    },
    leave() {
      for (const over of [...holds]) over()
    },
  }
}

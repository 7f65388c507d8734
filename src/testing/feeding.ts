import { Observable, type Subscriber } from 'rxjs'
import type { Clock } from '../core/clock.js'
import { SaccadeError } from '../core/errors.js'
import { Frame } from '../core/frame.js'
import { createPacket, type Packet } from '../core/packet.js'
import type { Item, Schedule } from './schedule.js'
import { valueText } from './value-text.js'
import { lend } from './virtual-source.js'
import { type WatchedGate, watchGate } from './watch-gate.js'
import type { WatchedPool } from './watch-pool.js'

/** A packet as it was given to the stage, and its value as text, which a frame outlives. */
export type Fed = { readonly packet: Packet<unknown>; readonly text: string; readonly item: Item<unknown> }

export type Feeding = {
  readonly source$: Observable<Packet<unknown>>
  readonly fed: readonly Fed[]
  readonly gates: readonly WatchedGate[]
  /** Whether it has said that it is complete, or failed. */
  readonly hasEnded: () => boolean
}

/** The message of a schedule that fails. */
export const drawnFailure = 'the source failed, as the schedule says'

/**
 * The source of a schedule: each item at its time; one of a recorded origin waits for its gate too (E5). Frames are lent for
 * the length of `next` and sealed.
 */
export function feeding(
  schedule: Schedule<unknown>,
  clock: Clock,
  pool: WatchedPool,
  around: (call: () => void) => void,
): Feeding {
  const fed: Fed[] = []
  let downstream: Subscriber<Packet<unknown>> | null = null
  /** What has come of each origin and was not yet given, as indices of items. */
  const due: number[][] = schedule.origins.map(() => [])
  let toCome = schedule.items.length
  let over = false
  let ended = false
  let giving = false

  const give = (index: number): void => {
    const item = schedule.items[index]
    const origin = schedule.origins[item?.origin ?? 0]
    const gate = gates[item?.origin ?? 0]
    if (item === undefined || origin === undefined || gate === undefined) return
    lend(pool, item.value, (value) => {
      if (value instanceof Frame) pool.seal(value)
      const { seq, capturedAtMs, lost, epoch } = item
      const stamp = { kind: 'medium' } as const
      const packet = createPacket({ origin, seq, capturedAtMs, stamp, lost, epoch, value, gate })
      fed.push({ packet, text: valueText(value), item })
      around(() => downstream?.next(packet))
    })
  }

  const isOver = (): boolean => ended || downstream?.closed !== false

  /** Gives what may go, one after the other: a gate that opens meanwhile does not begin a second round. */
  const giveDue = (): void => {
    if (giving) return
    giving = true
    for (let more = true; more && !isOver();) {
      more = false
      for (const [which, waiting] of due.entries()) {
        // Asked anew for each: whoever took the last one may have unsubscribed in that call.
        if (isOver()) break
        const [first] = waiting
        const waits = schedule.origins[which]?.live === false && gates[which]?.open === false
        if (first === undefined || waits) continue
        waiting.shift()
        toCome--
        give(first)
        more = true
      }
    }
    giving = false
    if (!over || ended || toCome > 0) return
    ended = true
    around(() => downstream?.complete())
  }
  const gates = schedule.origins.map(() => watchGate(giveDue))

  const source$ = new Observable<Packet<unknown>>((subscriber) => {
    downstream = subscriber
    const cancels = schedule.items.map(({ atMs, origin }, index) =>
      clock.at(atMs, () => {
        due[origin]?.push(index)
        giveDue()
      }),
    )
    cancels.push(
      clock.at(schedule.endAtMs, () => {
        if (schedule.ending.how === 'error') {
          // Before it says so: a gate that opens on the way down must not find anything to give.
          ended = true
          around(() => {
            subscriber.error(new SaccadeError(drawnFailure, { code: 'stage', remedy: 'none is needed' }))
          })
        } else if (schedule.ending.how !== 'cancel') {
          over = true
          giveDue()
        }
      }),
    )
    return () => {
      for (const cancel of cancels) cancel()
    }
  })
  return { source$, fed, gates, hasEnded: () => ended }
}

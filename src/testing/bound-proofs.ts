import { Observable } from 'rxjs'
import { createPacket, type Packet } from '../core/packet.js'
import { Runtime } from '../core/runtime.js'
import { createVirtualClock } from '../core/virtual-clock.js'
import { type Exam, formOf } from './exam.js'
import { fc } from './fast-check.js'
import { Listener } from './listener.js'
import { openStage } from './open-stage.js'
import { canSkip, valuesOf } from './ordinary-proof.js'
import { createProof, type Proof } from './proof.js'
import { lend } from './virtual-source.js'
import { watchGate } from './watch-gate.js'
import { watchPool } from './watch-pool.js'

const camera = { name: 'camera', live: true }
const file = { name: 'camera', live: false }

/** A few values, given in turn: a hundred thousand of them need not all differ. */
const fewValues = (exam: Exam): fc.Arbitrary<readonly unknown[]> =>
  fc.array(valuesOf(exam), { minLength: 4, maxLength: 8 })

type Torrent = {
  /** How many the source gave in one turn. */
  readonly fed: number
  readonly given: number
  /** How many had been fed when the consumer had what it wants. */
  readonly fedWhenLeft: number | null
  /** How many packets and frames were kept at most, while whoever took the first was busy. */
  readonly mostHeld: number
  readonly ended: string | null
  readonly failure: unknown
}

/** A source that gives in one turn as many as it can, until nobody wants more. */
async function torrent(exam: Exam, values: readonly unknown[], most: number, wanted: number): Promise<Torrent> {
  const clock = createVirtualClock()
  const runtime = new Runtime({ clock, pool: watchPool(), adapters: { ...new Runtime().adapters, ...exam.adapters } })
  const origin = exam.pace === 'recorded' ? file : camera
  const gate = watchGate(() => undefined)
  const counts = { fed: 0, given: 0 }
  let fedWhenLeft: number | null = null
  let mostHeld = 0
  let failure: unknown = null
  // So that what waits behind the first has to go all at once.
  let busyWithFirst: () => void = () => undefined
  let pouring = true
  const held = (): number =>
    Math.max(
      runtime.pool.count().lent,
      [...runtime.meters.values()].reduce((sum, meter) => sum + meter.held, 0),
    )
  const source$ = new Observable<Packet<unknown>>((downstream) => {
    while (!downstream.closed && counts.fed < most) {
      const seq = counts.fed++
      lend(runtime.pool, values[seq % values.length], (value) => {
        const stamp = { kind: 'synthetic' } as const
        // A second apart: what passes only so many a second passes them all.
        downstream.next(createPacket({ origin, seq, capturedAtMs: seq * 1000, stamp, value, gate }))
      })
      // Not after each: it is asked of every meter.
      if (seq % 64 === 0) mostHeld = Math.max(mostHeld, held())
    }
    mostHeld = Math.max(mostHeld, held())
    downstream.complete()
  })
  const { outputs } = openStage(exam, runtime, source$, {
    how: canSkip(exam) ? { ...exam.how, onError: 'skip' } : exam.how,
  })
  const listeners = outputs.map((_, result): Listener<Packet<unknown>> => {
    const listener: Listener<Packet<unknown>> = new Listener<Packet<unknown>>({
      next: (packet) => {
        if (result === 0 && ++counts.given === wanted) {
          fedWhenLeft = counts.fed
          listener.unsubscribe()
        } else if (counts.given === 1 && pouring) busyWithFirst = packet.gate.hold()
        else packet.gate.hold()()
      },
      error: (error) => {
        failure = error
      },
    })
    return listener
  })
  for (const [result, output] of [...outputs.entries()].reverse()) listeners[result]?.listen(output)
  pouring = false
  try {
    busyWithFirst()
  } catch (thrown) {
    failure = thrown
  }
  await clock.run(() => clock.nowMs() > 60_000)
  const ended = listeners[0]?.ended ?? null
  for (const listener of listeners) listener.unsubscribe()
  return { ...counts, fedWhenLeft, mostHeld, ended, failure }
}

/** E1, E10: a source that gives everything in one turn passes, without recursion, keeps to a bound, and completes. */
export function torrentProof(exam: Exam): Proof {
  const most = Math.max(exam.port?.name === 'picture' ? 3000 : 100_000, 3 * exam.holdsAtMost)
  const many = String(most)
  return createProof({
    cases: fewValues(exam),
    runs: 1,
    shrinks: false,
    told: () => `${many} items that come in one turn, while whoever took the first is busy`,
    async look(values) {
      const { ended, given, failure, mostHeld } = await torrent(exam, values, most, Infinity)
      const kept = `it kept ${String(mostHeld)} of ${many} packets: nothing bounds it`
      const passed = `of ${many} items that came in one turn it gave ${String(given)}, and it never completes`
      return {
        E1: mostHeld <= exam.holdsAtMost ? true : kept,
        E10: recursed(failure) ? `it recurses: ${String(failure)}` : ended === null ? passed : true,
      }
    },
  })
}

/** RxJS and our own stages hand on what was thrown as it is, or as the cause. */
function recursed(failure: unknown): boolean {
  if (failure instanceof RangeError && failure.message.includes('call stack')) return true
  return failure instanceof Error && failure.cause !== undefined && recursed(failure.cause)
}

/** E10: a synchronous source is let go of as soon as the consumer has what it wants. */
export function lettingGoProof(exam: Exam): Proof {
  const most = exam.port?.name === 'picture' ? 300 : 3000
  return createProof({
    cases: fc.record({ values: fewValues(exam), wanted: fc.integer({ min: 1, max: 5 }) }),
    runs: 10,
    told: ({ wanted }) => `a source that gives in one turn, and a consumer that takes ${String(wanted)}`,
    async look({ values, wanted }) {
      const { fed, fedWhenLeft } = await torrent(exam, values, most, wanted)
      if (fedWhenLeft === null) return { E10: null }
      const after = fed - fedWhenLeft
      return {
        E10:
          after === 0
            ? true
            : `it never lets go of a synchronous source: ${String(after)} items more after its consumer had left`,
      }
    },
  })
}

export const isSynchronous = ({ stage }: Exam): boolean => formOf(stage) === 'each' || formOf(stage) === 'packets'

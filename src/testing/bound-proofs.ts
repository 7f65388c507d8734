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
import { Schedule } from './schedule.js'
import { runTrial } from './trial.js'
import { lend } from './virtual-source.js'
import { watchGate } from './watch-gate.js'

const camera = { name: 'camera', live: true }
const file = { name: 'camera', live: false }

/** A few values, given in turn: a hundred thousand of them need not all differ. */
const fewValues = (exam: Exam): fc.Arbitrary<readonly unknown[]> =>
  fc.array(valuesOf(exam), { minLength: 4, maxLength: 8 })

/** E1: while nothing is taken and items keep coming, it keeps no more than a bound. */
export function floodProof(exam: Exam): Proof {
  const many = 3 * exam.holdsAtMost
  return createProof({
    cases: fewValues(exam),
    runs: 1,
    told: () => `${String(many)} items at one instant, and whoever takes the first is busy for 1 s`,
    async look(values) {
      const items = Array.from({ length: many }, (_, seq) => {
        const facts = { atMs: 10, capturedAtMs: 10, origin: 0, seq, lost: 0, epoch: 0, costMs: 0 }
        return { ...facts, value: values[seq % values.length], busyMs: seq === 0 ? 1000 : 0 }
      })
      const { mostHeld } = await runTrial(
        exam,
        new Schedule(items, [exam.pace === 'recorded' ? file : camera], { how: 'complete', atMs: 20 }),
      )
      return {
        E1:
          mostHeld <= exam.holdsAtMost
            ? true
            : `it kept ${String(mostHeld)} packets of ${String(many)}: nothing bounds it`,
      }
    },
  })
}

type Torrent = {
  /** How many the source gave in one turn. */
  readonly fed: number
  readonly given: number
  /** How many had been fed when the consumer had what it wants. */
  readonly fedWhenLeft: number | null
  readonly ended: string | null
  readonly failure: unknown
}

/** A source that gives in one turn as many as it can, until nobody wants more. */
async function torrent(exam: Exam, values: readonly unknown[], most: number, wanted: number): Promise<Torrent> {
  const clock = createVirtualClock()
  const runtime = new Runtime({ clock, adapters: { ...new Runtime().adapters, ...exam.adapters } })
  const origin = exam.pace === 'recorded' ? file : camera
  const gate = watchGate(() => undefined)
  const counts = { fed: 0, given: 0 }
  let fedWhenLeft: number | null = null
  let failure: unknown = null
  const source$ = new Observable<Packet<unknown>>((downstream) => {
    while (!downstream.closed && counts.fed < most) {
      const seq = counts.fed++
      lend(runtime.pool, values[seq % values.length], (value) => {
        const stamp = { kind: 'synthetic' } as const
        // A second apart: what passes only so many a second passes them all.
        downstream.next(createPacket({ origin, seq, capturedAtMs: seq * 1000, stamp, value, gate }))
      })
    }
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
        } else packet.gate.hold()()
      },
      error: (error) => {
        failure = error
      },
    })
    return listener
  })
  for (const [result, output] of [...outputs.entries()].reverse()) listeners[result]?.listen(output)
  await clock.run(() => clock.nowMs() > 60_000)
  const ended = listeners[0]?.ended ?? null
  for (const listener of listeners) listener.unsubscribe()
  return { ...counts, fedWhenLeft, ended, failure }
}

/** E10: a source that gives everything in one turn passes, without recursion, and completes. */
export function torrentProof(exam: Exam): Proof {
  const most = exam.port?.name === 'picture' ? 3000 : 100_000
  return createProof({
    cases: fewValues(exam),
    runs: 1,
    told: () => `${String(most)} items that come in one turn`,
    async look(values) {
      const { ended, given, failure } = await torrent(exam, values, most, Infinity)
      if (failure instanceof Error && recursed(failure)) return { E10: `it recurses: ${String(failure)}` }
      if (ended !== null) return { E10: true }
      return { E10: `of ${String(most)} items that came in one turn it gave ${String(given)}, and it never completes` }
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

import type { Clock } from '../core/clock.js'
import { Frame } from '../core/frame.js'
import type { LoadModel } from '../core/inference.js'
import type { Packet } from '../core/packet.js'
import { Runtime } from '../core/runtime.js'
import type { How } from '../core/stage.js'
import { createVirtualClock, type VirtualClock } from '../core/virtual-clock.js'
import type { StageState } from '../core/wire.js'
import { createConsumer } from './consumer.js'
import type { Exam } from './exam.js'
import { type Fed, feeding } from './feeding.js'
import { imbalance } from './imbalance.js'
import { Listener } from './listener.js'
import { openStage } from './open-stage.js'
import type { Schedule } from './schedule.js'
import { valueText } from './value-text.js'
import { watchClock } from './watch-clock.js'
import { watchPool } from './watch-pool.js'
import { watchTimers } from './watch-timers.js'

/** A packet that came out of the stage: when, of which of its results, and its value as text, which a frame outlives. */
export type Given = {
  readonly packet: Packet<unknown>
  readonly text: string
  readonly atMs: number
  readonly result: number
  /** How many packets had been fed by then. */
  readonly afterFed: number
}

/** All that was seen of a stage on one schedule. */
export type Trial = {
  readonly exam: Exam
  readonly schedule: Schedule<unknown>
  readonly fed: readonly Fed[]
  readonly given: readonly Given[]
  /** How the stage ended; null where it was unsubscribed from, or never ended. */
  readonly ended: 'complete' | 'error' | null
  readonly failure: unknown
  /** Whether the source got so far: one that waits does not, where its gate is never let go. */
  readonly sourceEnded: boolean
  /** Whether the consumer unsubscribed. */
  readonly cancelled: boolean
  /** What broke the grammar of signals. */
  readonly grammar: readonly string[]
  /** What was said after the consumer had unsubscribed. */
  readonly late: readonly string[]
  /** What still waited on the clock when the subscription was over. */
  readonly waiting: readonly string[]
  /** Whether the clock ran dry. */
  readonly dry: boolean
  /** Timers that were started without the clock. */
  readonly foreign: readonly string[]
  /** What was given with a gate that the consumer was holding. */
  readonly pressed: string | null
  readonly gatesShut: number
  readonly stageHeld: boolean
  /** The first instant at which the counters did not add up, in words. */
  readonly imbalance: string | null
  readonly mostHeld: number
  readonly lent: number
  readonly written: number
  /** What the runtime still has open. */
  readonly left: readonly string[]
  readonly states: ReadonlyMap<string, StageState>
  readonly modelsLoaded: number
}

export type TrialWays = {
  readonly how?: How
  /** Whether an operator that touches packets is listened to as it is, without the counting around it. */
  readonly raw?: boolean
  /** The clock that the stage has, made of the one that runs. */
  readonly clockOf?: (clock: VirtualClock) => Clock
}

/** Virtual time after which a schedule must be over, whatever a stage has still to do. */
const patienceMs = 60_000
/** Real time that a stage's workers have for an answer, or for their end. */
const answerMs = 30_000

/** Runs a stage on a schedule, on a clock, pool and gates that watch it. */
export async function runTrial(exam: Exam, schedule: Schedule<unknown>, ways: TrialWays = {}): Promise<Trial> {
  const virtual = createVirtualClock()
  const foreign: string[] = []
  const around = (call: () => void): void => {
    watchTimers(call, (name) => foreign.push(name))
  }
  const costs = new Map(schedule.items.map(({ seq, costMs }) => [seq, costMs]))
  const clock = watchClock(ways.clockOf?.(virtual) ?? virtual, ({ seq }) => costs.get(seq) ?? 0, around)
  const pool = watchPool()
  const machine = new Runtime().adapters
  let modelsLoaded = 0
  const loadModel: LoadModel = (spec) => {
    modelsLoaded++
    return (exam.adapters.loadModel ?? machine.loadModel)(spec)
  }
  const runtime = new Runtime({ clock, pool, adapters: { ...machine, ...exam.adapters, loadModel } })
  const { source$, fed, gates, hasEnded } = feeding(schedule, virtual, pool, around)
  const { outputs } = openStage(exam, runtime, source$, ways)
  const consumer = createConsumer(schedule, virtual)

  const given: Given[] = []
  let failure: unknown = null
  let cancelled = false
  const listeners = outputs.map((_, result) => {
    const listener: Listener<Packet<unknown>> = new Listener<Packet<unknown>>({
      next(packet) {
        const text = valueText(packet.value)
        given.push({ packet, text, atMs: virtual.nowMs(), result, afterFed: fed.length })
        if (packet.value instanceof Frame && packet.value.live) pool.seal(packet.value)
        const { ending } = schedule
        if (ending.how === 'take' && given.length >= ending.count) cancel()
        else consumer.take(packet)
      },
      error(error) {
        if (result === 0) failure = error
      },
    })
    return listener
  })
  const cancel = (): void => {
    if (cancelled || listeners[0]?.ended !== null) return
    cancelled = true
    for (const listener of listeners) listener.unsubscribe()
    consumer.leave()
  }
  if (schedule.ending.how === 'cancel')
    virtual.at(schedule.ending.atMs, () => {
      around(cancel)
    })
  else if (exam.stage.kind === 'stream')
    virtual.at(schedule.endAtMs, () => {
      runtime.stop()
    })
  around(() => {
    // The first one last: it runs the sink, and the others must not miss what it measures.
    for (const [result, output] of [...outputs.entries()].reverse()) listeners[result]?.listen(output)
  })

  const seen: { imbalance: string | null; waiting: readonly string[] | null; mostHeld: number } = {
    imbalance: null,
    waiting: null,
    mostHeld: 0,
  }
  const lastMs =
    schedule.endAtMs + schedule.items.reduce((sum, { busyMs, costMs }) => sum + busyMs + costMs, patienceMs)
  const look = (): boolean => {
    const { text, held } = imbalance(exam, runtime, fed.length, given)
    seen.imbalance ??= text
    seen.mostHeld = Math.max(seen.mostHeld, held, pool.count().lent)
    if (seen.waiting === null && (cancelled || listeners.every((listener) => listener.ended !== null))) {
      seen.waiting = clock.waiting()
      // What is said in the turn of the unsubscribing was on its way; RxJS lets it fall.
      for (const listener of listeners) listener.late.length = 0
    }
    return virtual.nowMs() > lastMs
  }
  const waitFor = (promise: Promise<unknown>, what: string): Promise<void> =>
    answered(machine.clock, promise, `${exam.stage.name} to ${what}`)
  await waitFor(virtual.run(look), 'answer')
  // What loads in real time may have been overtaken by the clock, which knows nothing of it.
  await waitFor(runtime.opened(), 'open')
  await waitFor(virtual.run(look), 'answer')
  const ended = listeners[0]?.ended ?? null
  const dry = virtual.nowMs() <= lastMs
  for (const listener of listeners) {
    listener.unsubscribe()
    listener.unsubscribe()
  }
  consumer.leave()
  if (exam.real) await waitFor(runtime.closed(), 'close')
  else await settled(runtime, virtual)

  return {
    exam,
    schedule,
    fed,
    given,
    ended: ended === 'next' ? null : ended,
    failure,
    sourceEnded: hasEnded(),
    cancelled,
    grammar: listeners.flatMap(({ faults }) => faults),
    late: listeners.flatMap(({ late }) => late),
    waiting: seen.waiting ?? clock.waiting(),
    dry,
    foreign,
    pressed: consumer.pressed,
    gatesShut: gates.filter(({ open }) => !open).length,
    stageHeld: gates.some(({ stageHeld }) => stageHeld),
    imbalance: seen.imbalance ?? imbalance(exam, runtime, fed.length, given, true).text,
    mostHeld: seen.mostHeld,
    lent: pool.count().lent,
    written: pool.written(),
    left: runtime.left,
    states: new Map([...runtime.meters].map(([name, meter]) => [name, meter.read(virtual.nowMs())])),
    modelsLoaded,
  }
}

async function answered(clock: Clock, promise: Promise<unknown>, what: string): Promise<void> {
  let cancel: () => void = () => undefined
  const late = new Promise<'late'>((resolve) => {
    cancel = clock.at(clock.nowMs() + answerMs, () => {
      resolve('late')
    })
  })
  const first = await Promise.race([promise.then(() => 'there' as const), late])
  cancel()
  if (first === 'late') throw new Error(`waited ${String(answerMs / 1000)} s of real time for ${what}`)
}

/** Waits for what a runtime has open, as long as only promises stand in between. */
async function settled(runtime: Runtime, clock: VirtualClock): Promise<void> {
  for (let turn = 0; turn < 200 && runtime.left.length > 0; turn++) await clock.run(() => false)
}

import type { Clock } from '../core/clock.js'
import type { Runtime } from '../core/runtime.js'
import type { Branches } from './branches.js'
import type { Plan } from './planned.js'

/** What had to be cut off when a run was stopped, by stage: empty where everything ended by itself. */
export type StopReport = { readonly cutOff: readonly string[] }

/** Closes what serves a run: gives what did not go by itself within so long, in words. */
export type Closer = (withinMs: number) => Promise<readonly string[]>

/** A run, as far as its end is concerned. */
export type EndingRun = {
  readonly plan: Plan
  readonly runtime: Runtime
  readonly branches: Branches
  /** Resolves when all who consume have ended: sinks in their safe state, taps. */
  readonly ended: Promise<void>
  /** Who has not. */
  readonly open: () => readonly string[]
  /** Lets go of all that was subscribed to and set, and tells the viewers. */
  readonly release: () => void
  readonly closers: readonly Closer[]
}

/**
 * When each phase is over at the latest, as a share of the time for all (S5). What moves is given the most of it. It is told
 * to be safe a little before it is waited for no longer, as it looks at the clock only when it moves.
 */
const until = { drained: 0.3, safe: 0.7, consumed: 0.85, closed: 1 } as const
/** What viewers are given to say goodbye, as a share of the time for all. */
const goodbye = 0.1

/**
 * Ends a run, phase by phase (S5): sources stop → edges drain → what moves comes to its safe state → sinks close → workers
 * finish the run they are in → pools are released. What is not over in time is cut off and named; the next phase goes on.
 * Never rejects.
 */
export async function endRun(run: EndingRun, withinMs: number): Promise<StopReport> {
  const { runtime, branches } = run
  const realMs = runtime.adapters.clock.nowMs()
  const runMs = runtime.clock.nowMs()

  /**
   * Whether it was over in time. Virtual time passes at once where nothing is on its way on the run's clock: only for what is,
   * it can tell the time. The real one always does, as what hangs may hold the virtual one.
   */
  const inTime = async (share: number, over: Promise<unknown>, isOnRunsClock: boolean): Promise<boolean> => {
    const clocks: (readonly [Clock, number])[] = [[runtime.adapters.clock, realMs]]
    if (isOnRunsClock && runtime.clock.virtual) clocks.push([runtime.clock, runMs])
    let late = false
    const cancels: (() => void)[] = []
    const limit = new Promise<void>((resolve) => {
      for (const [clock, sinceMs] of clocks) {
        const cancel = clock.at(sinceMs + withinMs * share, () => {
          late = true
          resolve()
        })
        cancels.push(cancel)
      }
    })
    await Promise.race([over, limit])
    for (const cancel of cancels) cancel()
    return !late
  }

  runtime.stop(runMs + withinMs * until.safe)
  branches.completeStreams()
  if (!(await inTime(until.drained, branches.drained(), true))) discardRest(run)
  if (!(await inTime(until.consumed, run.ended, true)))
    for (const name of run.open()) runtime.cutOff(`${name}: did not end`)
  run.release()
  for (const close of run.closers) {
    const closing = Promise.resolve()
      .then(() => close(withinMs * goodbye))
      .then((left) => {
        for (const what of left) runtime.cutOff(what)
      })
    runtime.track('the server: did not close', closing)
  }
  const closed = runtime.closed().then(() => runtime.pool.idle())
  if (!(await inTime(until.closed, closed, false))) for (const what of leftOf(runtime)) runtime.cutOff(what)
  return { cutOff: runtime.wasCutOff }
}

/** The edges have had their time: what still waits and what is in work is let go, and told of by stage. */
function discardRest({ plan, runtime, branches }: EndingRun): void {
  const stages = new Map(plan.entries.flatMap(({ steps }) => steps.map(({ key, stage }) => [key, stage] as const)))
  const before = [...runtime.meters.values()].map((meter) => [meter, meter.droppedBy('shutdown')] as const)
  branches.cut()
  for (const [meter, count] of before) {
    const discarded = meter.droppedBy('shutdown') - count
    if (discarded === 0) continue
    const { name } = meter
    const stage = stages.get(name)
    if (stage?.kind === 'operator' && 'work' in stage) runtime.cutOff(underWay(name))
    else {
      const packets = `${String(discarded)} ${discarded === 1 ? 'packet' : 'packets'} discarded`
      const isQueue = stage?.name === 'queue' || name.endsWith('/queue')
      runtime.cutOff(`${isQueue ? 'queue ' : ''}${name}: ${packets}`)
    }
  }
}

const underWay = (stage: string): string => `${stage}: a run was still under way`

/** What has not ended at all. */
function leftOf(runtime: Runtime): readonly string[] {
  const { left } = runtime
  if (left.length > 0) return left.map((what) => (runtime.meters.has(what) ? underWay(what) : what))
  const timers = runtime.clock.timers()
  if (timers > 0) return [`${String(timers)} ${timers === 1 ? 'timer' : 'timers'} not cancelled`]
  const { lent } = runtime.pool.count()
  return [`${String(lent)} ${lent === 1 ? 'frame' : 'frames'} not given back`]
}

import { catchError, defer, EMPTY, finalize, merge, NEVER, Observable, share, Subject, takeUntil, tap } from 'rxjs'
import { applyOperator } from '../core/apply-operator.js'
import { asSaccadeError, type SaccadeError } from '../core/errors.js'
import { Meter } from '../core/meter.js'
import type { Packet } from '../core/packet.js'
import type { Runtime } from '../core/runtime.js'
import { type AnySink, anyPort, type AnyStream, type Port, type SinkInput, type StageContext } from '../core/stage.js'
import { resultNames } from './connections.js'
import type { Plan, PlannedEntry, PlannedJoin, PlannedStep } from './planned.js'

type Packets = Observable<Packet<unknown>>

/** A plan as Observables: nothing runs before they are subscribed to. */
export type Built = {
  /** Every result by its full name, shared. */
  readonly results: ReadonlyMap<string, Packets>
  /** Every sink: runs while subscribed to. */
  readonly sinks: readonly { readonly name: string; readonly done$: Observable<never> }[]
  /** Each failure of a branch, once. */
  readonly failures$: Observable<SaccadeError>
}

/** Makes the Observables of a plan. Call inside `runtime.run()`. */
export function build(plan: Plan, runtime: Runtime): Built {
  const results = new Map<string, Packets>()
  const sinks: { name: string; done$: Observable<never> }[] = []
  const failures$ = new Subject<SaccadeError>()
  const told = new Set<unknown>()
  const ending$ = new Subject<void>()
  let open = 0

  const failed = (thrown: unknown): void => {
    if (told.has(thrown)) return
    told.add(thrown)
    const error = asSaccadeError(thrown, { code: 'stage', remedy: 'see the cause' })
    runtime.tell('error', `${error.stage ?? 'a stage'}: ${error.message} → ${error.remedy}`)
    failures$.next(error)
  }

  /** Counts the open results of streams: when the last has ended, the run ends. */
  const counted = (packets$: Packets): Packets =>
    new Observable((downstream) => {
      open++
      let counting = true
      const ended = (): void => {
        if (!counting) return
        counting = false
        open--
        if (open === 0) ending$.next()
      }
      // Before those behind hear of it; and a stream that nobody listens to any more has ended too.
      return packets$.pipe(tap({ error: ended, complete: ended }), finalize(ended)).subscribe(downstream)
    })

  const once = (packets$: Packets): Packets => packets$.pipe(share({ resetOnComplete: false, resetOnError: false }))

  const portOf = (name: string): Port<unknown> => plan.results.get(name) ?? anyPort
  const resultOf = (name: string): Packets => results.get(name) ?? EMPTY

  const contextOf = (step: PlannedStep): StageContext => {
    return { runtime, name: step.key, meter: runtime.meter(step.key), how: step.how }
  }

  const through = (packets$: Packets, steps: readonly PlannedStep[]): Packets =>
    steps.reduce((before$, step) => {
      const { stage } = step
      return stage.kind === 'operator' ? before$.pipe(applyOperator(stage, step.options, contextOf(step))) : before$
    }, packets$)

  const joined = ({ inputs }: PlannedJoin, step: PlannedStep): Packets => {
    const { stage } = step
    if (stage.kind !== 'operator' || !('joins' in stage)) return EMPTY
    const named = inputs.map(({ name, from, selector }) => {
      // A sink that is sampled is built after this.
      const input$ = defer(() => resultOf(from))
      // A side that dies is told here: the join goes on without it.
      return [name, selector === null ? input$ : input$.pipe(tap({ error: failed }))] as const
    })
    return stage.joins(step.options, contextOf(step))(Object.fromEntries(named)) as Packets
  }

  /** What comes to an entry, through some of its steps. */
  const flow = ({ from, join }: PlannedEntry, steps: readonly PlannedStep[]): Packets => {
    const [first, ...rest] = steps
    if (join === null || first === undefined) return through(merge(...from.map(resultOf)), steps)
    return through(joined(join, first), rest)
  }

  const buildStream = (entry: PlannedEntry, stage: AnyStream, step: PlannedStep): void => {
    const context = { runtime, name: entry.name, meter: new Meter(entry.name, runtime.clock.nowMs()), how: step.how }
    const opened = stage.open(step.options, context, entry.wish) as Readonly<Record<string, Packets>>
    const shared = Object.entries(opened).map(([result, packets$]) => [result, once(counted(packets$))] as const)
    for (const [result, packets$] of shared) {
      results.set(`${entry.name}.${result}`, packets$)
      if (result === stage.mainResult) results.set(entry.name, packets$)
    }
  }

  /** A branch that died leaves its sink running, in silence, until the run ends (S4). */
  const lasting = (packets$: Packets): Packets =>
    packets$.pipe(
      catchError((error: unknown) => {
        failed(error)
        return defer(() => (open === 0 ? EMPTY : NEVER.pipe(takeUntil(ending$))))
      }),
    )

  const buildSink = (entry: PlannedEntry, stage: AnySink, steps: readonly PlannedStep[], last: PlannedStep): void => {
    const input = (name: string): SinkInput => ({
      name,
      port: portOf(name),
      packets$: lasting(through(resultOf(name), steps)),
    })
    const inputs: readonly SinkInput[] =
      stage.takes === 'channels' && steps.length === 0
        ? entry.from.map(input)
        : [
            {
              name: entry.name,
              port: steps.length === 0 ? portOf(entry.from[0] ?? '') : outputOf(steps, portOf(entry.from[0] ?? '')),
              packets$: lasting(flow(entry, steps)),
            },
          ]
    const sink = stage.consume(last.options, contextOf(last))(inputs)
    for (const [name, result] of resultsOfSink(entry, stage, sink.results)) {
      results.set(name, result)
    }
    sinks.push({ name: entry.name, done$: sink.done$ })
  }

  for (const entry of plan.entries) {
    const last = entry.steps.at(-1)
    if (last === undefined) continue
    const { stage } = last
    if (stage.kind === 'stream') buildStream(entry, stage, last)
    else if (stage.kind === 'sink') buildSink(entry, stage, entry.steps.slice(0, -1), last)
    else results.set(entry.name, once(flow(entry, entry.steps)))
  }
  return { results, sinks, failures$ }
}

function resultsOfSink(
  entry: PlannedEntry,
  stage: AnySink,
  opened: Readonly<Record<string, Packets>>,
): readonly (readonly [string, Packets])[] {
  return resultNames(entry, stage).flatMap(([name]) => {
    const result = name === entry.name ? (stage.mainResult ?? '') : name.slice(entry.name.length + 1)
    const packets$ = opened[result]
    return packets$ === undefined ? [] : [[name, packets$] as const]
  })
}

/** What comes out of a row of operators: those that keep any type are looked through. */
function outputOf(steps: readonly PlannedStep[], incoming: Port<unknown>): Port<unknown> {
  return steps.reduce((port, { stage }) => {
    return stage.kind === 'operator' && stage.output.name !== 'any' ? (stage.output as Port<unknown>) : port
  }, incoming)
}

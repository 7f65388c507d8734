import { catchError, defer, EMPTY, finalize, type Observable, tap } from 'rxjs'
import { applyOperator } from '../core/apply-operator.js'
import { asSaccadeError } from '../core/errors.js'
import { fanOut } from '../core/fan-out.js'
import { Meter } from '../core/meter.js'
import { consumeSink, openStream } from '../core/open-stage.js'
import type { Packet } from '../core/packet.js'
import type { Runtime } from '../core/runtime.js'
import { type AnySink, anyPort, type AnyStream, type Port, type SinkInput, type StageContext } from '../core/stage.js'
import { supervise } from '../core/supervise.js'
import { type Branches, createBranches } from './branches.js'
import { changeableOf } from './changeable-options.js'
import { resultNames } from './connections.js'
import { mergeLiving } from './merge-living.js'
import type { Plan, PlannedEntry, PlannedJoin, PlannedStep } from './planned.js'

type Packets = Observable<Packet<unknown>>

/** A plan as Observables: nothing runs before they are subscribed to. */
export type Built = {
  /** Every result by its full name, shared. */
  readonly results: ReadonlyMap<string, Packets>
  /** Every sink: runs while subscribed to, and completes also where it fails. */
  readonly sinks: readonly { readonly name: string; readonly done$: Observable<never> }[]
  readonly branches: Branches
}

/** Makes the Observables of a plan. Call inside `runtime.run()`. */
export function build(plan: Plan, runtime: Runtime): Built {
  const results = new Map<string, Packets>()
  const sinks: { name: string; done$: Observable<never> }[] = []
  const branches = createBranches(runtime)

  const once = (packets$: Packets): Packets => packets$.pipe(fanOut({ resetOnComplete: false, resetOnError: false }))

  const portOf = (name: string): Port<unknown> => plan.results.get(name) ?? anyPort
  const resultOf = (name: string): Packets => results.get(name) ?? EMPTY

  const merged = (names: readonly string[]): Packets => mergeLiving(names.map(resultOf), branches.failed)

  /** The steps of entries whose results reach something that moves. */
  const urgent = new Set(plan.entries.filter((entry) => entry.urgent).flatMap(({ steps }) => steps))

  const contextOf = (step: PlannedStep): StageContext => {
    const context = {
      ...{ runtime, name: step.key, meter: runtime.meter(step.key), how: step.how },
      urgent: urgent.has(step),
    }
    if (changeableOf(step).length === 0) return context
    return { ...context, changing: runtime.controls.mayChange(step.key, step.options) }
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
      return [name, selector === null ? input$ : input$.pipe(tap({ error: branches.failed }))] as const
    })
    const context = contextOf(step)
    const create = (sides: readonly Packets[]): Packets =>
      stage.joins(
        step.options,
        context,
      )(Object.fromEntries(named.map(([name], index) => [name, sides[index] ?? EMPTY]))) as Packets
    const { onError } = step.how
    if (typeof onError !== 'object') return create(named.map(([, input$]) => input$))
    const fed = inputs.map(({ name, selector }, index) => ({
      packets$: named[index]?.[1] ?? EMPTY,
      meter: selector === null ? context.meter : runtime.meter(`${context.name}/${name}`),
      spare: selector !== null,
    }))
    return supervise(fed, create, { restart: onError.restart, changing: null }, context, true)
  }

  /** What comes to an entry, through some of its steps. */
  const flow = ({ from, join }: PlannedEntry, steps: readonly PlannedStep[]): Packets => {
    const [first, ...rest] = steps
    if (join === null || first === undefined) return through(merged(from), steps)
    return through(joined(join, first), rest)
  }

  const buildStream = (entry: PlannedEntry, stage: AnyStream, step: PlannedStep): void => {
    const context = { runtime, name: entry.name, meter: new Meter(entry.name, runtime.clock.nowMs()), how: step.how }
    const opened = openStream(stage, step.options, context, entry.wish)
    for (const [result, opened$] of Object.entries(opened)) {
      const packets$ = once(branches.stream(opened$, `${entry.name}.${result}`))
      results.set(`${entry.name}.${result}`, packets$)
      if (result === stage.mainResult) results.set(entry.name, packets$)
    }
  }

  const buildSink = (entry: PlannedEntry, stage: AnySink, steps: readonly PlannedStep[], last: PlannedStep): void => {
    const channel = (name: string): SinkInput => ({
      name,
      port: portOf(name),
      packets$: branches.input(through(resultOf(name), steps)),
    })
    const channels: readonly SinkInput[] =
      stage.takes === 'channels' && steps.length === 0
        ? entry.from.map(channel)
        : [
            {
              name: entry.name,
              port: steps.length === 0 ? portOf(entry.from[0] ?? '') : outputOf(steps, portOf(entry.from[0] ?? '')),
              packets$: branches.input(flow(entry, steps)),
            },
          ]
    const context = contextOf(last)
    const { meter } = context
    const sink = consumeSink(stage, last.options, context)(channels)
    for (const [name, result] of resultsOfSink(entry, stage, sink.results)) {
      results.set(name, result)
    }
    const done$ = sink.done$.pipe(
      tap({
        complete: () => {
          meter.completed()
        },
      }),
      catchError((thrown: unknown) => {
        const error = asSaccadeError(thrown, { code: 'stage', remedy: 'see the cause' }).at({ stage: entry.name })
        meter.failed(error.message)
        branches.failed(error)
        return EMPTY
      }),
      finalize(() => {
        meter.stopped()
      }),
    )
    sinks.push({ name: entry.name, done$ })
  }

  for (const entry of plan.entries) {
    const last = entry.steps.at(-1)
    if (last === undefined) continue
    const { stage } = last
    if (stage.kind === 'stream') buildStream(entry, stage, last)
    else if (stage.kind === 'sink') buildSink(entry, stage, entry.steps.slice(0, -1), last)
    else results.set(entry.name, once(flow(entry, entry.steps)))
  }
  return { results, sinks, branches }
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

import type { MonoTypeOperatorFunction, Observable, OperatorFunction } from 'rxjs'
import { merge } from 'rxjs'
import type { z } from 'zod'
import { applyOperator } from './apply-operator.js'
import { SaccadeError } from './errors.js'
import { fanOut } from './fan-out.js'
import { forwards } from './forwards.js'
import { howSchema, type HowWord, issuesOf, misfits, type WrittenHow } from './how.js'
import { consumeSink, openStream } from './open-stage.js'
import type { Packet } from './packet.js'
import { currentRuntime } from './runtime.js'
import {
  type AnySink,
  type AnyStage,
  anyPort,
  type How,
  type JoinsForm,
  type Options,
  type OperatorDefinition,
  type Port,
  type SinkDefinition,
  type StageContext,
  type StreamDefinition,
  type StreamWish,
  type ValueOf,
} from './stage.js'

/** Options as they are written: a map by name, or a scalar for the main one. */
type Written<O extends Options> = z.input<O> | string | number | boolean

/** An operator of the registry, callable in a pipe. */
export type Operator<O extends Options, In, Out> = ((
  what?: Written<O>,
  how?: WrittenHow,
) => OperatorFunction<Packet<In>, Packet<Out>>) & { readonly definition: OperatorDefinition<O, In, Out> }

/** An operator that keeps any type. */
export type PassingOperator<O extends Options> = (<T>(
  what?: Written<O>,
  how?: WrittenHow,
) => MonoTypeOperatorFunction<Packet<T>>) & { readonly definition: OperatorDefinition<O, unknown, unknown> }

type WithoutKind<D> = D extends unknown ? Omit<D, 'kind'> : never

/**
 * Defines an operator once: callable in a plain `pipe()`, and known to pipeline files by its name.
 *
 * @example
 * export const double = defineOperator({
 *   name: 'double', summary: 'Doubles a number.', input: Numbers, output: Numbers,
 *   options: z.strictObject({}), example: {}, each: () => (value) => value * 2,
 * })
 */
export function defineOperator<O extends Options, In, Out>(
  facts: WithoutKind<OperatorDefinition<O, In, Out>>,
): Operator<O, In, Out> {
  const definition = { kind: 'operator', ...facts } as OperatorDefinition<O, In, Out>
  const make = (what?: Written<O>, how?: WrittenHow): OperatorFunction<Packet<In>, Packet<Out>> =>
    applyOperator(
      definition,
      readOptions(definition, what),
      createContext(definition.name, readHow(definition as AnyStage, how)),
    )
  return Object.assign(make, { definition })
}

/** Defines an operator that gives the type it takes: throttle, queue. */
export function definePassing<O extends Options>(
  facts: WithoutKind<OperatorDefinition<O, unknown, unknown>>,
): PassingOperator<O> {
  return defineOperator(facts) as unknown as PassingOperator<O>
}

/** An operator that gives lists of what it takes. */
export type GatheringOperator<O extends Options> = (<T>(
  what?: Written<O>,
  how?: How,
) => OperatorFunction<Packet<T>, Packet<readonly T[]>>) & {
  readonly definition: OperatorDefinition<O, unknown, readonly unknown[]>
}

/** Defines an operator that gives lists of what it takes: window, batch. */
export function defineGathering<O extends Options>(
  facts: WithoutKind<OperatorDefinition<O, unknown, readonly unknown[]>>,
): GatheringOperator<O> {
  return defineOperator(facts) as unknown as GatheringOperator<O>
}

/** The results of an opened stream as code has them: `video$`, `audio$`. */
export type Opened<Results extends Readonly<Record<string, Port<unknown>>>> = {
  readonly [Result in keyof Results & string as `${Result}$`]: Observable<Packet<ValueOf<Results[Result]>>>
}

/** What its readers want of a stream, and what becomes of it after an error. */
export type StreamHow = Partial<StreamWish> & Pick<WrittenHow, 'onError'>

export type StreamFactory<O extends Options, Results extends Readonly<Record<string, Port<unknown>>>> = ((
  what: Written<O>,
  how?: StreamHow,
) => Opened<Results>) & { readonly definition: StreamDefinition<O, Results> }

/** Defines a stream: in code its results are shared Observables, opened by the first subscriber. */
export function defineStream<O extends Options, Results extends Readonly<Record<string, Port<unknown>>>>(
  facts: Omit<StreamDefinition<O, Results>, 'kind'>,
): StreamFactory<O, Results> {
  const definition: StreamDefinition<O, Results> = {
    kind: 'stream',
    ...facts,
    open: (options, context, wish) => {
      const results = facts.open(options, context, wish)
      return facts.metersItself === true ? results : entering(results, context)
    },
  }
  const make = (what: Written<O>, how: StreamHow = {}): Opened<Results> => {
    const { picture = null, sound = null, behind = {}, ...words } = how
    const context = createContext(definition.name, readHow(definition as AnyStage, words))
    const opened = openStream(definition, readOptions(definition, what), context, { picture, sound, behind })
    const shared = Object.entries(opened).map(([result, packets$]) => [`${result}$`, packets$.pipe(fanOut())])
    return Object.fromEntries(shared) as Opened<Results>
  }
  return Object.assign(make, { definition })
}

/** What a stream opens, each result counted and going forwards in time. */
function entering<Opens extends object>(results: Opens, context: StageContext): Opens {
  const forward = Object.entries(results).map(([result, packets$]) => [
    result,
    forwards(packets$ as Observable<Packet<unknown>>, result, context),
  ])
  return Object.fromEntries(forward) as Opens
}

export type SinkFactory<O extends Options, In, Out> = ((
  what?: Written<O>,
  how?: WrittenHow,
) => OperatorFunction<Packet<In>, Packet<Out>>) & {
  readonly definition: SinkDefinition<O, In, Readonly<Record<string, Port<Out>>>>
}

/** Defines a sink: in a plain pipe it is an operator that gives back what it measured. */
export function defineSink<O extends Options, In, Out>(
  facts: Omit<SinkDefinition<O, In, Readonly<Record<string, Port<Out>>>>, 'kind'>,
): SinkFactory<O, In, Out> {
  const definition: SinkDefinition<O, In, Readonly<Record<string, Port<Out>>>> = { kind: 'sink', ...facts }
  const make = (what?: Written<O>, how?: WrittenHow): OperatorFunction<Packet<In>, Packet<Out>> => {
    const context = createContext(definition.name, readHow(definition as AnyStage, how))
    const consume = consumeSink(definition as AnySink, readOptions(definition, what), context)
    return (packets$) => {
      const sink = consume([{ name: definition.name, port: definition.input, packets$ }])
      const measured$ = definition.mainResult === null ? undefined : sink.results[definition.mainResult]
      return measured$ === undefined ? sink.done$ : merge(measured$ as Observable<Packet<Out>>, sink.done$)
    }
  }
  return Object.assign(make, { definition })
}

/** Defines the operator of several inputs; how it is called in code is its own matter. */
export function defineJoin<O extends Options, Out>(
  facts: Omit<Extract<OperatorDefinition<O, unknown, Out>, JoinsForm<O, Out>>, 'kind' | 'input'>,
): {
  readonly definition: OperatorDefinition<O, unknown, Out>
  readonly join: (
    inputs: Readonly<Record<string, Observable<Packet<unknown>>>>,
    what: unknown,
  ) => Observable<Packet<Out>>
} {
  const definition = { kind: 'operator', input: anyPort, ...facts } as const
  return {
    definition,
    join: (inputs, what) => facts.joins(readOptions(definition, what), createContext(definition.name, {}))(inputs),
  }
}

/** What a stage captures when it is constructed: the current runtime, a name, a meter. */
export function createContext(stage: string, how: How): StageContext {
  const runtime = currentRuntime()
  const name = runtime.nameOf(stage)
  return { runtime, name, meter: runtime.meter(name), how }
}

/** @throws SaccadeError `config`, with every word that is not one, or not one for this stage */
function readHow(stage: AnyStage, written: WrittenHow = {}): How {
  const result = howSchema.safeParse(written)
  const problems = result.success
    ? misfits(stage, Object.keys(written) as readonly HowWord[], result.data).map(({ text }) => text)
    : issuesOf(result.error).map(({ path, message }) => `${path.join('.') || 'how'}: ${message}`)
  if (result.success && problems.length === 0) return result.data
  throw new SaccadeError(`cannot make ${stage.name}: ${problems.join('; ')}`, {
    code: 'config',
    stage: stage.name,
    remedy: `write for example ${stage.name}({}, { onError: 'skip' }); saccade stages ${stage.name} lists the words`,
  })
}

/** A scalar stands for the main option. */
export function spreadMain(stage: AnyStage, written: unknown): unknown {
  if (written === undefined || written === null) return {}
  if (typeof written === 'object' && !Array.isArray(written)) return written
  return stage.main === undefined ? written : { [stage.main]: written }
}

/** @throws SaccadeError `config`, with every problem of the options */
function readOptions<O extends Options>(
  definition: { readonly name: string; readonly options: O; readonly main?: string; readonly example: unknown },
  written: unknown,
): z.output<O> {
  const result = definition.options.safeParse(spreadMain(definition as AnyStage, written))
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`)
  throw new SaccadeError(`cannot make ${definition.name}: ${problems.join('; ')}`, {
    code: 'config',
    stage: definition.name,
    remedy: `write for example ${JSON.stringify({ [definition.name]: definition.example })}`,
  })
}

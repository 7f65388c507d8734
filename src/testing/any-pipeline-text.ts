import type { z } from 'zod'
import { SaccadeError } from '../core/errors.js'
import type { AnyOperator, AnySink, AnyStage, AnyStream, Port } from '../core/stage.js'
import { anyOptions } from './any-options.js'
import { fc } from './fast-check.js'

type Ports = Readonly<Record<string, Port<unknown>>>
type Result = { readonly name: string; readonly port: string }
/** What is drawn for one choice: a number that picks, whatever there is to pick from. */
type Draw = { readonly pick: number; readonly options: ReadonlyMap<string, Readonly<Record<string, unknown>>> }

const portOf = (port: unknown): string => (port as Port<unknown>).name
const fits = (input: string, port: string): boolean => input === 'any' || input === port

/** One entry as it stands in a file. */
const entry = (name: string, from: string | null, steps: readonly string[]): string =>
  `  ${name}: { ${from === null ? '' : `from: ${from}, `}${steps.length === 1 ? (steps[0] ?? '') : `pipe: [ ${steps.map((step) => `{ ${step} }`).join(', ')} ]`} }`

/**
 * Whole pipeline files that are accepted: streams, pipes of operators whose ports match, and sinks, with options of all kinds.
 *
 * @param stages those of a registry: `[...createRegistry().values()]`
 * @throws SaccadeError `usage` where there is no stream or no sink among them
 * @example
 * fc.asyncProperty(anyPipelineText([...createRegistry().values()]), (text) => loadPlan('drawn.yaml', text))
 */
export function anyPipelineText(stages: readonly AnyStage[]): fc.Arbitrary<string> {
  const streams = stages.filter((stage): stage is AnyStream => stage.kind === 'stream')
  // What has several inputs is not drawn.
  const operators = stages.filter((stage): stage is AnyOperator => stage.kind === 'operator' && !('joins' in stage))
  const sinks = stages.filter((stage): stage is AnySink => stage.kind === 'sink')
  if (streams.length === 0 || sinks.length === 0) {
    throw new SaccadeError('cannot draw a pipeline without a stream and a sink', {
      code: 'usage',
      remedy: 'pass [...createRegistry().values()]',
    })
  }
  const options = fc
    .record(Object.fromEntries(stages.map((stage) => [stage.name, anyOptions(stage)])))
    .map((all) => new Map(Object.entries(all)))
  const draw: fc.Arbitrary<Draw> = fc.record({ pick: fc.nat(10_000), options })
  const step = (stage: AnyStage, { options: all }: Draw): string =>
    `${stage.name}: ${JSON.stringify(fileOptions(stage, all.get(stage.name) ?? {}))}`
  const pickOf = <T>(all: readonly T[], { pick }: Draw): T | undefined => all[pick % Math.max(1, all.length)]
  /** What came last more often than what came before: so that pipes get somewhere. */
  const lateOf = (all: readonly Result[], { pick }: Draw): Result =>
    all[all.length - 1 - Math.floor((pick % all.length) / (1 + (pick % 3)))] as Result
  /** What knows its input more often than what takes anything, and what makes something else of it most often. */
  const apt = <S extends AnyOperator | AnySink>(all: readonly S[], port: string): readonly S[] => {
    const able = all.filter(({ input }) => fits(portOf(input), port))
    const certain = able.filter(({ input }) => portOf(input) === port)
    const further = certain.filter((stage) => stage.kind === 'operator' && portOf(stage.output) !== port)
    return [...able, ...certain, ...certain, ...further, ...further, ...further]
  }

  return fc
    .record({
      streams: fc.array(draw, { minLength: 1, maxLength: 2 }),
      entries: fc.array(fc.tuple(draw, fc.array(draw, { minLength: 1, maxLength: 4 })), { maxLength: 4 }),
      sinks: fc.array(draw, { minLength: 1, maxLength: 3 }),
    })
    .map((drawn) => {
      const results: Result[] = []
      const lines: string[] = ['saccade: 1', 'streams:']
      for (const [index, one] of drawn.streams.entries()) {
        const stage = pickOf(streams, one) as AnyStream
        const name = `in${String(index)}`
        lines.push(entry(name, null, [step(stage, one)]))
        for (const [result, port] of Object.entries(stage.results as Ports)) {
          results.push({ name: `${name}.${result}`, port: port.name })
        }
      }
      const entries = drawn.entries.flatMap(([one, all], index) => {
        const from = lateOf(results, one)
        let { port } = from
        const steps = all.flatMap((another) => {
          const stage = pickOf(apt(operators, port), another)
          if (stage === undefined) return []
          if (portOf(stage.output) !== 'any') port = portOf(stage.output)
          return [step(stage, another)]
        })
        if (steps.length === 0) return []
        const name = `step${String(index)}`
        results.push({ name, port })
        return [entry(name, from.name, steps)]
      })
      if (entries.length > 0) lines.push('operators:', ...entries)
      lines.push('sinks:')
      const actuators = new Set<string>()
      for (const [index, one] of drawn.sinks.entries()) {
        const from = lateOf(results, one)
        // One writer for each actuator (A1).
        const open = apt(sinks, from.port).filter(({ name }) => !actuators.has(name))
        const stage = pickOf(open, one) ?? (sinks.find(({ input }) => portOf(input) === 'any') as AnySink)
        if (stage.actuator) actuators.add(stage.name)
        lines.push(entry(`out${String(index)}`, from.name, [step(stage, one)]))
      }
      return `${lines.join('\n')}\n`
    })
}

/** What is live cannot be blocked (E5), and a camera in the head needs a join: options that ask for more than a pipe are taken from the example. */
function fileOptions(stage: AnyStage, options: Readonly<Record<string, unknown>>): unknown {
  const asks = ['block', 'conflate', 'fast', 'on-head']
  const risky = Object.values(options).some((value) => asks.includes(value as string))
  const parsed = (stage.options as z.ZodType).safeParse(options).success
  return risky || !parsed ? stage.example : options
}

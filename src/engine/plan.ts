import type { Written } from '../adapters/yaml.js'
import { defaultEdge, describeEdge } from '../core/default-edge.js'
import type { EdgeOptions } from '../core/edge.js'
import { spreadMain } from '../core/define.js'
import { anyPort, type AnyStage, type How, type Options, type Port, type StreamWish } from '../core/stage.js'
import type { GraphJson } from '../core/wire.js'
import type { Pipeline, WrittenEntry, WrittenExpect, WrittenStep } from './pipeline.js'
import { findCycles } from './cycles.js'
import { graphOf } from './graph-of.js'
import { type Place, type Problem, suggest } from './problem.js'
import { parameterName, placeOf, plain } from './written.js'
import type { Registry } from './registry.js'
import { settleWishes } from './wishes.js'

/** One stage of the plan, its options read. */
export type PlannedStep = Place & {
  /** `faces/detect-faces`: its name in meters and errors. */
  readonly key: string
  readonly path: string
  readonly stage: AnyStage
  /** As its own schema gave them. */
  readonly options: object
  readonly how: How
  /** Put there by the plan (E4), not written. */
  readonly inserted: boolean
}

export type PlannedEntry = Place & {
  readonly name: string
  readonly kind: WrittenEntry['kind']
  /** `room.video`, `faces`: each resolved to a result. */
  readonly from: readonly string[]
  readonly steps: readonly PlannedStep[]
  readonly live: boolean
  /** For streams: what its readers want. */
  readonly wish: StreamWish
}

/** A pipeline that fits together: what will run, and what was decided for it. */
export type Plan = {
  readonly name: string
  readonly about: string | null
  readonly file: string
  /** In the order in which they can be built. */
  readonly entries: readonly PlannedEntry[]
  /** All results by their full name: `room.video`, `faces`, `head.measured`. */
  readonly results: ReadonlyMap<string, Port<unknown>>
  readonly expects: readonly WrittenExpect[]
  /** What the plan decided, in words. */
  readonly notes: readonly string[]
  readonly graph: GraphJson
}

/** The full name of a result: `room` is `room.video`, `head` is `head.measured`; undefined where there is none. */
export function resultNames(entry: { readonly name: string }, stage: AnyStage | undefined): readonly (readonly [string, Port<unknown>])[] {
  if (stage === undefined) return []
  if (stage.kind === 'operator') return [[entry.name, stage.output as Port<unknown>]]
  const results = Object.entries(stage.results as Readonly<Record<string, Port<unknown>>>)
  const named = results.map(([result, port]) => [`${entry.name}.${result}`, port] as const)
  const main = results.find(([result]) => result === stage.mainResult)
  return main === undefined ? named : [[entry.name, main[1]], ...named]
}

/** Fits a pipeline together: stages, options, ports, cycles, default edges, sizes. Reports all that does not fit (C1, C2). */
export function planPipeline(
  pipeline: Pipeline,
  file: string,
  registry: Registry,
): { readonly plan: Plan; readonly problems: Problem[] } {
  const problems: Problem[] = []
  const report = (at: Place, path: string, text: string, remedy: string): void => {
    problems.push({ line: at.line, column: at.column, path, text, remedy })
  }
  const { entries } = pipeline

  const taken = new Map<string, WrittenEntry>()
  for (const entry of entries) {
    const other = taken.get(entry.name)
    if (other !== undefined) report(entry, entry.path, `the name ${entry.name} is taken by ${other.path}`, 'give it another name')
    taken.set(entry.name, entry)
  }

  const planned = new Map(entries.map((entry) => [entry, entry.steps.map((step, index) => planStep(entry, step, index))]))
  const results = new Map<string, Port<unknown>>()
  const owners = new Map<string, WrittenEntry>()
  for (const entry of entries) {
    const stage = planned.get(entry)?.at(-1)?.stage
    for (const [name, port] of resultNames(entry, stage)) {
      results.set(name, port)
      owners.set(name, entry)
    }
  }
  const known = [...results.keys()]

  for (const entry of entries) {
    for (const ref of entry.from) {
      if (results.has(ref.name)) continue
      const owner = taken.get(ref.name.split('.')[0] ?? '')
      if (owner !== undefined && owner.steps.length > 0 && planned.get(owner)?.at(-1) === undefined) continue
      const text = owner === undefined ? `there is no ${ref.name}` : `${owner.name} has no result ${ref.name}`
      report(ref, ref.path, text, suggest(ref.name, known, 'results'))
    }
  }
  const order = findCycles(entries, owners)
  for (const cycle of order.cycles) {
    const [first] = cycle
    if (first !== undefined) {
      const names = [...cycle, first].map(({ name }) => name).join(' → ')
      report(first, first.path, `goes in a circle: ${names}`, 'let one of them take its packets from a stream')
    }
  }

  const roots = (entry: WrittenEntry, seen = new Set<WrittenEntry>()): readonly WrittenEntry[] => {
    if (seen.has(entry)) return []
    seen.add(entry)
    if (entry.kind === 'stream') return [entry]
    return entry.from.flatMap((ref) => {
      const owner = owners.get(ref.name)
      return owner === undefined ? [] : roots(owner, seen)
    })
  }
  const isLive = (entry: WrittenEntry): boolean =>
    roots(entry).some((root) => {
      const step = planned.get(root)?.[0]
      return step?.stage.kind === 'stream' ? step.stage.live(step.options) : true
    })

  const notes: string[] = []
  const finished: PlannedEntry[] = []
  for (const entry of order.sorted) {
    const written = (planned.get(entry) ?? []).filter((step) => step !== undefined)
    const live = isLive(entry)
    checkPorts(entry, written)
    const steps = entry.kind === 'stream' ? written : withDefaultEdges(entry, written, live)
    const from = entry.from.filter((ref) => results.has(ref.name)).map((ref) => ref.name)
    finished.push({ line: entry.line, column: entry.column, name: entry.name, kind: entry.kind, from, steps, live, wish: { picture: null, sound: null } })
  }
  for (const entry of finished) {
    const used = resultNames(entry, entry.steps.at(-1)?.stage).some(([name]) => finished.some((other) => other.from.includes(name)))
    if (entry.kind !== 'sink' && !used) notes.push(`${entry.name} is used by nothing, so it does not run unless it is tapped`)
  }
  const wished = problems.length > 0 ? finished : settleWishes(finished, notes, report)
  checkExpects()
  const plan: Plan = {
    name: pipeline.name,
    about: pipeline.about,
    file,
    entries: wished,
    results,
    expects: pipeline.expects,
    notes,
    graph: graphOf(wished, results),
  }
  return { plan, problems }

  function planStep(entry: WrittenEntry, step: WrittenStep, index: number): PlannedStep | undefined {
    const stage = registry.get(step.stage)
    const last = index === entry.steps.length - 1
    const wanted = entry.kind === 'sink' && !last ? 'operator' : entry.kind
    const fitting = [...registry.values()].filter((one) => one.kind === wanted).map((one) => one.name)
    if (stage === undefined) {
      report(step, step.path, `there is no stage ${step.stage}`, suggest(step.stage, fitting, `${wanted}s`))
      return undefined
    }
    if (stage.kind !== wanted) {
      const here = entry.kind === 'stream' ? 'a stream' : entry.kind === 'sink' && last ? 'a sink' : 'an operator'
      report(step, step.path, `${stage.name} is ${stage.kind === 'operator' ? 'an' : 'a'} ${stage.kind}, and this is the place of ${here}`, suggest(step.stage, fitting, `${wanted}s`))
      return undefined
    }
    if (entry.kind === 'stream' && entry.steps.length > 1) {
      if (index === 1) report(step, step.path, 'a stream is one stage', 'put what follows under operators')
      return undefined
    }
    const options = readOptions(stage, step)
    if (stage.kind === 'operator' && 'packets' in stage && step.onError === 'skip') {
      report(step, step.path, `${stage.name} is not one for one, so it cannot skip an item`, 'leave onError out')
    }
    if (entry.watchdog !== null && last && stage.kind === 'sink' && !stage.actuator) {
      report(step, step.path, `${stage.name} moves nothing, so it has no watchdog`, 'leave watchdog out')
    }
    const watchdog = entry.watchdog === null ? {} : { watchdog: entry.watchdog }
    const nth = entry.steps.slice(0, index).filter((one) => one.stage === step.stage).length
    const key = `${entry.name}/${step.stage}${nth === 0 ? '' : `-${String(nth + 1)}`}`
    const how: How = { onError: step.onError, ...watchdog }
    return { line: step.line, column: step.column, key, path: step.path, stage, options, how, inserted: false }
  }

  function readOptions(stage: AnyStage, step: WrittenStep): object {
    const before = problems.length
    checkParameters(step.options, step.path)
    if (problems.length > before) return {}
    const result = (stage.options as Options).safeParse(spreadMain(stage, plain(step.options, pipeline.parameters)))
    if (result.success) return result.data
    const names = optionNames(stage)
    const here: Written = { line: step.line, column: step.column, value: { kind: 'scalar', scalar: null } }
    for (const issue of result.error.issues) {
      const isScalar = step.options?.value.kind === 'scalar'
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) {
          const map = step.options?.value
          const at = map?.kind === 'map' ? map.entries.find((entry) => entry.key === key)?.at : undefined
          report(at ?? here, `${step.path}.${key}`, `${stage.name} has no option ${key}`, suggest(key, names, 'options'))
        }
        continue
      }
      const at = placeOf(step.options, isScalar ? [] : issue.path, here)
      const path = [step.path, ...issue.path.map(String)].join('.')
      const scalar = at.value.kind === 'scalar' ? at.value.scalar : undefined
      const parameter = parameterName(scalar)
      const source = parameter === null ? '' : ` (from the parameter ${parameter})`
      const found = scalar === undefined || scalar === null || /found/.test(issue.message) ? '' : `: found ${JSON.stringify(plain(at, pipeline.parameters))}`
      const example = JSON.stringify(stage.example)
      report(at, path, `${issue.message}${found}${source}`, `write for example ${stage.name}: ${example}`)
    }
    return {}
  }

  function checkParameters(written: Written | null, path: string): void {
    if (written === null) return
    const { value } = written
    if (value.kind === 'list') for (const [index, item] of value.items.entries()) checkParameters(item, `${path}[${String(index)}]`)
    else if (value.kind === 'map') for (const entry of value.entries) checkParameters(entry.to, `${path}.${entry.key}`)
    else {
      const name = parameterName(value.scalar)
      if (name === null || pipeline.parameters.has(name)) return
      report(written, path, `there is no parameter ${name}`, suggest(name, [...pipeline.parameters.keys()], 'parameters'))
    }
  }

  function inputOf(stage: AnyStage): Port<unknown> | null {
    return stage.kind === 'stream' ? null : (stage.input as Port<unknown>)
  }

  /** What flows into each step, with what any-stages pass on. */
  function portsOf(entry: WrittenEntry, steps: readonly PlannedStep[]): readonly Port<unknown>[] {
    const first = entry.from.map((ref) => results.get(ref.name)).find((port) => port !== undefined) ?? anyPort
    const ports = [first]
    for (const step of steps) {
      const before = ports.at(-1) ?? anyPort
      const output = step.stage.kind === 'operator' ? (step.stage.output as Port<unknown>) : anyPort
      ports.push(output.name === 'any' ? before : output)
    }
    return ports
  }

  function checkPorts(entry: WrittenEntry, steps: readonly PlannedStep[]): void {
    if (entry.kind === 'stream' || steps.length !== entry.steps.length) return
    const ports = portsOf(entry, steps)
    for (const [index, step] of steps.entries()) {
      const wanted = inputOf(step.stage)
      const incoming = index === 0 ? entry.from.map((ref) => [ref.name, results.get(ref.name)] as const) : [['what comes before it', ports[index]] as const]
      for (const [name, port] of incoming) {
        if (wanted === null || port === undefined || wanted.name === 'any' || port.name === 'any' || wanted.name === port.name) continue
        const takers = [...registry.values()].filter((one) => one.kind === step.stage.kind && inputOf(one)?.name === port.name)
        const remedy = takers.length === 0 ? `feed it ${wanted.name}` : `feed it ${wanted.name}; ${port.name} goes into: ${takers.map((one) => one.name).join(', ')}`
        report(step, step.path, `${step.stage.name} takes ${wanted.name}, but ${name} is ${port.name}`, remedy)
      }
      if (step.stage.kind === 'sink' && step.stage.takes === 'one' && step.stage.actuator && entry.from.length > 1) {
        report(entry, `${entry.path}.from`, 'an actuator has one writer: an arbiter of several is not built yet', 'name one source')
      }
    }
  }

  /** E4: before each asynchronous stage without a queue, one as far upstream as the synchronous stages before it reach. */
  function withDefaultEdges(entry: WrittenEntry, steps: readonly PlannedStep[], live: boolean): readonly PlannedStep[] {
    const ports = portsOf(entry, steps)
    const out: PlannedStep[] = []
    let runStart = 0
    let queued = false
    const queueStage = registry.get('queue')
    for (const step of steps) {
      if (step.stage.name === 'queue') {
        queued = true
        if (live && (step.options as { readonly whenFull: string }).whenFull === 'block') {
          const sources = roots(entry).map(({ name }) => name)
          report(step, step.path, `block on ${sources.join(', ')}, which is live and cannot wait: it would only grow stale`, 'write queue: latest (or drop-oldest with a capacity), or read the source with pace: fast')
        }
      }
      if (step.stage.kind === 'operator' && 'work' in step.stage) {
        if (!queued && queueStage !== undefined) {
          const edge = defaultEdge(ports[runStart] ?? anyPort, live)
          out.splice(runStart, 0, insertedQueue(entry, step, edge, queueStage, out))
          notes.push(`${entry.name}: ${describeEdge(edge)} before ${step.stage.name} (default of ${live ? 'live' : 'recorded'} ${(ports[runStart] ?? anyPort).name})`)
        }
        out.push(step)
        queued = false
        runStart = out.length
        continue
      }
      out.push(step)
    }
    const last = steps.at(-1)?.stage
    if (last?.kind === 'sink' && last.actuator) notes.push(`${entry.name}: latest before ${last.name} (default of an actuator)`)
    return out
  }

  function insertedQueue(entry: WrittenEntry, before: PlannedStep, edge: EdgeOptions, stage: AnyStage, sofar: readonly PlannedStep[]): PlannedStep {
    const nth = sofar.filter((step) => step.stage.name === 'queue').length
    const key = `${entry.name}/queue${nth === 0 ? '' : `-${String(nth + 1)}`}`
    const options = { whenFull: edge.whenFull, capacity: edge.capacity }
    return { line: before.line, column: before.column, path: before.path, key, stage, options, how: {}, inserted: true }
  }

  function checkExpects(): void {
    for (const expect of pipeline.expects) {
      const from = owners.get(expect.from)
      const to = owners.get(expect.to)
      if (from === undefined) report(expect, `${expect.path}.from`, `there is no ${expect.from}`, suggest(expect.from, known, 'results'))
      else if (from.kind !== 'stream') report(expect, `${expect.path}.from`, `${expect.from} is no result of a stream`, 'time counts from capture: name a stream, as room.video')
      if (to === undefined) report(expect, `${expect.path}.to`, `there is no ${expect.to}`, suggest(expect.to, known, 'results'))
      else {
        const stage = planned.get(to)?.at(-1)?.stage
        if (expect.figure !== 'delay' && stage !== undefined && !(stage.kind === 'sink' && stage.actuator)) {
          report(expect, `${expect.path}.${expect.figure}`, `${expect.figure} is measured at an actuator, and ${expect.to} is none`, 'write delay: … for a result')
        }
        if (from !== undefined && !roots(to).includes(from)) report(expect, expect.path, `nothing of ${expect.from} reaches ${expect.to}`, 'name a stream that feeds it')
      }
    }
  }
}

function optionNames(stage: AnyStage): readonly string[] {
  const schema: unknown = stage.options
  const shape = typeof schema === 'object' && schema !== null && 'shape' in schema ? schema.shape : {}
  return Object.keys(shape as object)
}

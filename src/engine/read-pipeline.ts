import { z } from 'zod'
import { readYaml, type Written } from '../adapters/yaml.js'
import { angle, bytes, duration, length, rate, size } from '../core/units.js'
import {
  type Parameter,
  type ParameterType,
  parameterTypes,
  type Pipeline,
  type WrittenEntry,
  type WrittenExpect,
  type WrittenRef,
  type WrittenStep,
} from './pipeline.js'
import { type Problem, suggest } from './problem.js'

const topWords = ['saccade', 'name', 'about', 'parameters', 'streams', 'operators', 'sinks', 'expect'] as const
/** Words of the language that are not built yet, and are refused as such. */
const laterAtTop = ['resources', 'secrets', 'safety', 'route']
const laterOnStages = ['timeout', 'order', 'concurrency']
const laterOnEntries = ['arbitrate', 'input']
const stageWords = ['onError']
const entryWords = ['from', 'pipe', 'watchdog', ...stageWords]

type Entries = Extract<Written['value'], { kind: 'map' }>['entries']
type Report = (at: Written, path: string, text: string, remedy: string) => void

const plainSchemas: Readonly<Record<ParameterType, z.ZodType>> = {
  source: z.string().min(1),
  robot: z.string().min(1),
  string: z.string(),
  number: z.number(),
  boolean: z.boolean(),
  duration: duration(),
  rate: rate(),
  angle: angle(),
  length: length(),
  bytes: bytes(),
  size: size(),
}

/** The value as plain data, with `$name` replaced by the parameter's whole value. */
export function plain(written: Written | null, parameters: ReadonlyMap<string, Parameter>): unknown {
  if (written === null) return undefined
  const { value } = written
  if (value.kind === 'list') return value.items.map((item) => plain(item, parameters))
  if (value.kind === 'map') {
    return Object.fromEntries(value.entries.map((entry) => [entry.key, plain(entry.to, parameters)]))
  }
  const name = parameterName(value.scalar)
  return name === null ? value.scalar : parameters.get(name)?.value
}

/** `camera` of `$camera`; null for anything else. */
export function parameterName(scalar: unknown): string | null {
  return typeof scalar === 'string' && /^\$[A-Za-z][\w-]*$/.test(scalar) ? scalar.slice(1) : null
}

/** Where a path of an options object stands in the file; the nearest written ancestor, if the value itself is not there. */
export function placeOf(written: Written | null, path: readonly PropertyKey[], otherwise: Written): Written {
  let at = written ?? otherwise
  for (const step of path) {
    const { value } = at
    const next =
      value.kind === 'map'
        ? value.entries.find((entry) => entry.key === step)?.to
        : value.kind === 'list' && typeof step === 'number'
          ? value.items[step]
          : undefined
    if (next === undefined) return at
    at = next
  }
  return at
}

/**
 * Reads a pipeline file: its grammar, parameters and units. What fits together is the plan's matter.
 *
 * @param set values for parameters, as from `--set name=value`
 */
export function readPipeline(
  text: string,
  file: string,
  set: Readonly<Record<string, unknown>>,
): { readonly pipeline: Pipeline; readonly problems: Problem[] } {
  const { root, problems: yamlProblems } = readYaml(text)
  const problems: Problem[] = yamlProblems.map(({ line, column, text: words }) => {
    return { line, column, path: '', text: `this is not YAML as it should be: ${words}`, remedy: 'mend the line' }
  })
  const report: Report = (at, path, words, remedy) => {
    problems.push({ line: at.line, column: at.column, path, text: words, remedy })
  }
  const reader = createReader(report, problems)
  const base = file.split(/[\\/]/).at(-1) ?? file
  return { pipeline: reader(root, base.replace(/\.ya?ml$/, ''), set), problems }
}

function createReader(report: Report, problems: readonly Problem[]) {
  const mapOf = (at: Written | undefined, path: string, what: string): Entries => {
    if (at === undefined) return []
    if (at.value.kind === 'map') return at.value.entries
    if (at.value.kind === 'scalar' && at.value.scalar === null) return []
    report(at, path, `${what} must be a map of names`, 'write name: value, indented below it')
    return []
  }
  const scalarOf = (at: Written): unknown => (at.value.kind === 'scalar' ? at.value.scalar : undefined)

  const readUnit = (at: Written, path: string, schema: z.ZodType<number>): number => {
    const result = schema.safeParse(scalarOf(at))
    if (result.success) return result.data
    report(at, path, result.error.issues[0]?.message ?? 'not a value of this kind', 'write it with its unit, as 50ms')
    return 0
  }

  const readParameter = (entry: Entries[number], set: Readonly<Record<string, unknown>>): Parameter => {
    const path = `parameters.${entry.key}`
    const facts = mapOf(entry.to, path, 'a parameter')
    const typeAt = facts.find(({ key }) => key === 'type')?.to
    const written = typeAt === undefined ? undefined : scalarOf(typeAt)
    let type: ParameterType = 'string'
    const known = parameterTypes.find((name) => name === written)
    if (known !== undefined) type = known
    else {
      const words = written === undefined ? 'has no type' : `has the unknown type ${JSON.stringify(written)}`
      report(typeAt ?? entry.at, path, words, suggest(String(written), parameterTypes, 'types'))
    }
    for (const { key, at } of facts) {
      if (!['type', 'default', 'about'].includes(key)) {
        report(at, `${path}.${key}`, `is not a word of a parameter`, suggest(key, ['type', 'default', 'about'], 'words'))
      }
    }
    const defaultAt = facts.find(({ key }) => key === 'default')?.to
    const isSet = Object.hasOwn(set, entry.key)
    const raw = isSet ? set[entry.key] : defaultAt === undefined ? undefined : scalarOf(defaultAt)
    if (raw === undefined) {
      report(entry.at, path, 'has no value', `give it a default, or run with --set ${entry.key}=…`)
      return { ...entry.at, name: entry.key, type, value: '' }
    }
    const value = isSet ? fromText(raw, type) : raw
    const result = plainSchemas[type].safeParse(value)
    if (!result.success) {
      const source = isSet ? `--set ${entry.key}=${typeof raw === 'string' ? raw : JSON.stringify(raw)}` : `default ${JSON.stringify(raw)}`
      const why = result.error.issues[0]?.message ?? 'it is something else'
      report(defaultAt ?? entry.at, path, `${source} is no ${type}: ${why}`, `give it a ${type}`)
    }
    return { ...entry.at, name: entry.key, type, value }
  }

  const readRefs = (at: Written, path: string): readonly WrittenRef[] => {
    if (at.value.kind === 'list') return at.value.items.flatMap((item, index) => readRefs(item, `${path}[${String(index)}]`))
    const name = scalarOf(at)
    if (typeof name === 'string' && name !== '') return [{ ...at, path, name }]
    if (at.value.kind === 'map') {
      report(at, path, 'several named inputs need join, which is not built yet', 'write one name, or a list of names to merge')
    } else report(at, path, `must be a name or a list of names: found ${JSON.stringify(name)}`, 'write from: room.video')
    return []
  }

  const readOnError = (at: Written, path: string): 'fail' | 'skip' => {
    const word = scalarOf(at)
    if (word === 'fail' || word === 'skip') return word
    const later = word === 'restart' ? 'restart is not built yet' : `is not a policy: ${JSON.stringify(word)}`
    report(at, path, later, 'write onError: fail or onError: skip')
    return 'fail'
  }

  /** A pipe item: a bare word, or a map with one stage key and engine words. */
  const readStep = (at: Written, path: string): WrittenStep | null => {
    if (at.value.kind === 'scalar') {
      const word = at.value.scalar
      if (typeof word === 'string') return { ...at, path: `${path}.${word}`, stage: word, options: null, onError: 'fail' }
      report(at, path, `must be a stage: found ${JSON.stringify(word)}`, 'write its name, as throttle: 30fps')
      return null
    }
    if (at.value.kind === 'list') {
      report(at, path, 'must be a stage, not a list', 'write each stage as an item of its own')
      return null
    }
    return readStage(at, at.value.entries, path, stageWords, laterOnStages)
  }

  /** The one stage key of an entry or item; all other keys are engine words. */
  const readStage = (
    at: Written,
    entries: Entries,
    path: string,
    words: readonly string[],
    later: readonly string[],
  ): WrittenStep | null => {
    let onError: 'fail' | 'skip' = 'fail'
    const stages = entries.filter((entry) => !words.includes(entry.key))
    for (const entry of entries) {
      if (entry.key === 'onError') onError = readOnError(entry.to, `${path}.onError`)
      if (later.includes(entry.key)) {
        report(entry.at, `${path}.${entry.key}`, `${entry.key} is a word of the language that is not built yet`, 'leave it out')
      }
    }
    const [stage, ...more] = stages.filter((entry) => !later.includes(entry.key))
    if (stage === undefined) {
      const hint = 'write its name and options, as throttle: 30fps'
      if (stages.length === 0) report(at, path, 'names no stage', hint)
      return null
    }
    for (const extra of more) {
      report(extra.at, `${path}.${extra.key}`, `stands beside ${stage.key}, but an item has one stage`, 'make it an item of its own in a pipe')
    }
    return { ...stage.at, path: `${path}.${stage.key}`, stage: stage.key, options: stage.to, onError }
  }

  const readWatchdog = (at: Written, path: string) => {
    const facts = mapOf(at, path, 'a watchdog')
    let [holdMs, parkMs] = [300, 5000]
    for (const { key, at: keyAt, to } of facts) {
      if (key === 'hold') holdMs = readUnit(to, `${path}.hold`, duration())
      else if (key === 'park') parkMs = readUnit(to, `${path}.park`, duration())
      else report(keyAt, `${path}.${key}`, 'is not a word of a watchdog', suggest(key, ['hold', 'park'], 'words'))
    }
    if (parkMs < holdMs) report(at, path, 'parks before it holds', 'make park longer than hold')
    return { holdMs, parkMs }
  }

  const readEntry = (entry: Entries[number], kind: WrittenEntry['kind'], section: string): WrittenEntry => {
    const path = `${section}.${entry.key}`
    const { value } = entry.to
    const words = value.kind === 'map' ? value.entries : []
    if (!/^[A-Za-z][\w-]*$/.test(entry.key)) {
      report(entry.at, path, `${JSON.stringify(entry.key)} is not a name`, 'use letters, digits, - and _, beginning with a letter')
    }
    const find = (word: string): Entries[number] | undefined => words.find(({ key }) => key === word)
    const fromAt = find('from')
    const from = fromAt === undefined ? [] : readRefs(fromAt.to, `${path}.from`)
    if (fromAt !== undefined && kind === 'stream') {
      report(fromAt.at, `${path}.from`, 'a stream has no from: it is where packets are born', 'put it under operators')
    }
    if (fromAt === undefined && kind !== 'stream') report(entry.at, path, 'has no from', 'say where its packets come from, as from: room.video')
    const pipeAt = find('pipe')
    const watchdogAt = find('watchdog')
    if (watchdogAt !== undefined && kind !== 'sink') {
      report(watchdogAt.at, `${path}.watchdog`, 'only sinks with an actuator have a watchdog', 'put it on the sink')
    }
    let steps: readonly WrittenStep[] = []
    if (pipeAt === undefined) {
      const step = value.kind === 'map' ? readStage(entry.at, words, path, entryWords, [...laterOnStages, ...laterOnEntries]) : readStep(entry.to, path)
      steps = step === null ? [] : [step]
    } else {
      const others = words.filter(({ key }) => !entryWords.includes(key))
      for (const other of others) {
        const later = [...laterOnStages, ...laterOnEntries].includes(other.key)
        const text = later ? `${other.key} is a word of the language that is not built yet` : `stands beside pipe, but an entry has one stage or a pipe`
        report(other.at, `${path}.${other.key}`, text, later ? 'leave it out' : 'move it into the pipe')
      }
      const list = pipeAt.to.value
      if (list.kind !== 'list') report(pipeAt.to, `${path}.pipe`, 'must be a list of stages', 'write pipe: [ throttle: 30fps, detect-faces ]')
      else {
        steps = list.items.flatMap((item, index) => readStep(item, `${path}.pipe[${String(index)}]`) ?? [])
        if (list.items.length === 0) report(pipeAt.to, `${path}.pipe`, 'is empty', 'write at least one stage')
      }
    }
    const watchdog = watchdogAt === undefined ? null : readWatchdog(watchdogAt.to, `${path}.watchdog`)
    return { ...entry.at, path, name: entry.key, kind, from, steps, watchdog }
  }

  const readExpect = (at: Written, path: string): WrittenExpect | null => {
    const facts = mapOf(at, path, 'an expectation')
    const find = (word: string): Written | undefined => facts.find(({ key }) => key === word)?.to
    const allowed = ['from', 'to', 'reaction', 'delay', 'age', 'at', 'over']
    for (const { key, at: keyAt } of facts) {
      if (!allowed.includes(key)) report(keyAt, `${path}.${key}`, 'is not a word of expect', suggest(key, allowed, 'words'))
    }
    const figures = (['reaction', 'delay', 'age'] as const).filter((figure) => find(figure) !== undefined)
    const [figure] = figures
    const limit = figure === undefined ? undefined : find(figure)
    if (figure === undefined || limit === undefined || figures.length !== 1) {
      report(at, path, 'must name one of reaction, delay, age', 'write { from: room.video, to: head, reaction: 50ms, at: p99, over: 10s }')
      return null
    }
    const [from, to, share, over] = [find('from'), find('to'), find('at'), find('over')]
    if (from === undefined || to === undefined) {
      report(at, path, 'must say from and to', 'write from: room.video, to: head')
      return null
    }
    const percentile = share === undefined ? 'p99' : scalarOf(share)
    if (percentile !== 'p50' && percentile !== 'p95' && percentile !== 'p99') {
      report(share ?? at, `${path}.at`, `must be p50, p95 or p99: found ${JSON.stringify(percentile)}`, 'write at: p99')
      return null
    }
    return {
      ...at,
      path,
      from: String(scalarOf(from)),
      to: String(scalarOf(to)),
      figure,
      limitMs: readUnit(limit, `${path}.${figure}`, duration()),
      at: percentile,
      overMs: over === undefined ? 10_000 : readUnit(over, `${path}.over`, duration({ min: 100 })),
    }
  }

  return (root: Written | null, fallbackName: string, set: Readonly<Record<string, unknown>>): Pipeline => {
    const empty: Pipeline = { name: fallbackName, about: null, parameters: new Map(), entries: [], expects: [] }
    const start: Written = root ?? { line: 1, column: 1, value: { kind: 'scalar', scalar: null } }
    if (root?.value.kind !== 'map') {
      if (problems.length > 0) return empty
      const hint = 'begin with saccade: 1, then streams:, operators: and sinks:'
      report(start, '', root === null ? 'this file is empty' : 'this is YAML, but no pipeline', hint)
      return empty
    }
    const top = root.value.entries
    const find = (word: string): Written | undefined => top.find(({ key }) => key === word)?.to
    for (const { key, at } of top) {
      if (laterAtTop.includes(key)) report(at, key, `${key} is a word of the language that is not built yet`, 'leave it out')
      else if (!topWords.some((word) => word === key)) {
        report(at, key, `${JSON.stringify(key)} is not a word of a pipeline`, suggest(key, topWords, 'words'))
      }
    }
    const version = find('saccade')
    if (version === undefined) report(start, 'saccade', 'the version of the language is missing', 'write saccade: 1 at the top')
    else if (scalarOf(version) !== 1) {
      report(version, 'saccade', `version ${JSON.stringify(scalarOf(version))} is not known`, 'write saccade: 1')
    }
    const parameters = new Map<string, Parameter>()
    for (const entry of mapOf(find('parameters'), 'parameters', 'parameters')) parameters.set(entry.key, readParameter(entry, set))
    for (const name of Object.keys(set)) {
      if (!parameters.has(name)) {
        report(find('parameters') ?? start, `--set ${name}`, 'there is no such parameter', suggest(name, [...parameters.keys()], 'parameters'))
      }
    }
    const section = (word: string, kind: WrittenEntry['kind']): readonly WrittenEntry[] =>
      mapOf(find(word), word, word).map((entry) => readEntry(entry, kind, word))
    const expectAt = find('expect')
    const expects =
      expectAt?.value.kind === 'list'
        ? expectAt.value.items.flatMap((item, index) => readExpect(item, `expect[${String(index)}]`) ?? [])
        : []
    if (expectAt !== undefined && expectAt.value.kind !== 'list') {
      report(expectAt, 'expect', 'must be a list', 'write expect: and below it - { from: …, to: …, reaction: 50ms }')
    }
    const [name, about] = [find('name'), find('about')]
    return {
      name: name === undefined ? fallbackName : String(scalarOf(name)),
      about: about === undefined ? null : String(scalarOf(about)),
      parameters,
      entries: [...section('streams', 'stream'), ...section('operators', 'operator'), ...section('sinks', 'sink')],
      expects,
    }
  }
}

/** A value from the command line, by the parameter's type. */
function fromText(raw: unknown, type: ParameterType): unknown {
  if (typeof raw !== 'string') return raw
  if (type === 'number') return raw.trim() === '' ? raw : Number(raw)
  if (type === 'boolean') return raw === 'true' ? true : raw === 'false' ? false : raw
  return raw
}

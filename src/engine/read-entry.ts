import type { Written } from '../adapters/yaml.js'
import type { Parameter, WrittenEntry, WrittenRef, WrittenStep } from './pipeline.js'
import { readHow } from './read-how.js'
import { readStage, readStep, stageWords } from './read-step.js'
import type { Reader } from './reader.js'
import { type Entries, find, scalarOf } from './written.js'

const later = ['arbitrate', 'input']

type Parameters = ReadonlyMap<string, Parameter>

/** An entry under streams, operators or sinks: one stage key or a `pipe`, and engine words. */
export function readEntry(
  reader: Reader,
  entry: Entries[number],
  kind: WrittenEntry['kind'],
  section: string,
  parameters: Parameters,
): WrittenEntry {
  const { report } = reader
  const path = `${section}.${entry.key}`
  const words = entry.to.value.kind === 'map' ? entry.to.value.entries : []
  reportName(reader, entry.at, path, entry.key)
  const fromAt = words.find(({ key }) => key === 'from')
  if (fromAt !== undefined && kind === 'stream') {
    const text = 'a stream has no from: it is where packets are born'
    report(fromAt.at, `${path}.from`, text, 'put it under operators')
  }
  if (fromAt === undefined && kind !== 'stream') {
    report(entry.at, path, 'has no from', 'say where its packets come from, as from: room.video')
  }
  const watchdogAt = words.find(({ key }) => key === 'watchdog')
  if (watchdogAt !== undefined && kind !== 'sink') {
    const text = 'only sinks with an actuator have a watchdog'
    report(watchdogAt.at, `${path}.watchdog`, text, 'put it on the sink')
  }
  return {
    ...entry.at,
    path,
    name: entry.key,
    kind,
    from: fromAt === undefined ? [] : readRefs(reader, fromAt.to, `${path}.from`),
    joins: fromAt?.to.value.kind === 'map',
    steps: readSteps(reader, entry, words, path, parameters, kind === 'sink'),
  }
}

function reportName({ report }: Reader, at: Written, path: string, name: string): void {
  if (/^[A-Za-z][\w-]*$/.test(name)) return
  report(at, path, `${JSON.stringify(name)} is not a name`, 'use letters, digits, - and _, beginning with a letter')
}

function readSteps(
  reader: Reader,
  entry: Entries[number],
  words: Entries,
  path: string,
  parameters: Parameters,
  watched: boolean,
): readonly WrittenStep[] {
  const { report } = reader
  const pipeAt = find(words, 'pipe')
  if (pipeAt === undefined) {
    const how = watched ? [...stageWords, 'watchdog'] : stageWords
    const other = watched ? ['from', 'pipe'] : ['from', 'pipe', 'watchdog']
    const isMap = entry.to.value.kind === 'map'
    const step = isMap
      ? readStage(reader, entry.at, words, path, parameters, { how, other, later })
      : readStep(reader, entry.to, path, parameters)
    return step === null ? [] : [step]
  }
  for (const { key, at } of words) {
    if (['from', 'pipe', 'watchdog'].includes(key)) continue
    if (stageWords.includes(key)) {
      const remedy = `write it on the stage, as { detect-faces: {}, ${key}: … }`
      report(at, `${path}.${key}`, 'stands beside pipe, but belongs to one of its stages', remedy)
    } else if (later.includes(key)) {
      report(at, `${path}.${key}`, `${key} is a word of the language that is not built yet`, 'leave it out')
    } else
      report(at, `${path}.${key}`, 'stands beside pipe, but an entry has one stage or a pipe', 'move it into the pipe')
  }
  const { value } = pipeAt
  if (value.kind !== 'list') {
    report(pipeAt, `${path}.pipe`, 'must be a list of stages', 'write pipe: [ throttle: 30fps, detect-faces ]')
    return []
  }
  if (value.items.length === 0) report(pipeAt, `${path}.pipe`, 'is empty', 'write at least one stage')
  const steps = value.items.flatMap(
    (item, index) => readStep(reader, item, `${path}.pipe[${String(index)}]`, parameters) ?? [],
  )
  const watchdog = watched ? words.filter(({ key }) => key === 'watchdog') : []
  return withHow(steps, readHow(reader, watchdog, path, parameters))
}

/** A watchdog beside a pipe is the sink's, at its end. */
function withHow(steps: readonly WrittenStep[], more: Pick<WrittenStep, 'how' | 'words'>): readonly WrittenStep[] {
  const last = steps.at(-1)
  if (last === undefined || more.words.length === 0) return steps
  const how = { ...last.how, ...more.how }
  return [...steps.slice(0, -1), { ...last, how, words: [...last.words, ...more.words] }]
}

/** A name, a list of names to merge, or a map of names to join. */
function readRefs(reader: Reader, at: Written, path: string): readonly WrittenRef[] {
  const { value } = at
  if (value.kind === 'list') return value.items.flatMap((item, nth) => readRef(reader, item, `${path}[${String(nth)}]`))
  if (value.kind === 'map') {
    for (const { key, at: keyAt } of value.entries) reportName(reader, keyAt, `${path}.${key}`, key)
    return value.entries.flatMap(({ key, to }) => readRef(reader, to, `${path}.${key}`, key))
  }
  return readRef(reader, at, path)
}

function readRef(reader: Reader, at: Written, path: string, input: string | null = null): readonly WrittenRef[] {
  const name = scalarOf(at)
  if (typeof name === 'string' && name !== '') return [{ ...at, path, name, input }]
  if (at.value.kind === 'scalar') {
    const text = `must be a name, a list of names or a map of names: found ${JSON.stringify(name)}`
    reader.report(at, path, text, 'write from: room.video')
  } else {
    const remedy = input === null ? 'write one name after another' : 'make what is merged an entry of its own'
    reader.report(at, path, `must be a name, not a ${at.value.kind}`, remedy)
  }
  return []
}

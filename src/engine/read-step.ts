import type { Written } from '../adapters/yaml.js'
import type { Parameter, WrittenStep } from './pipeline.js'
import { readHow } from './read-how.js'
import type { Reader } from './reader.js'
import type { Entries } from './written.js'

/** Engine words that may stand beside any stage. */
export const stageWords: readonly string[] = ['onError', 'timeout', 'order', 'concurrency']

type Parameters = ReadonlyMap<string, Parameter>

/** A pipe item: a bare word, or a map with one stage key and engine words. */
export function readStep(reader: Reader, at: Written, path: string, parameters: Parameters): WrittenStep | null {
  const { value } = at
  if (value.kind === 'map') {
    return readStage(reader, at, value.entries, path, parameters, { how: stageWords, other: [], later: [] })
  }
  if (value.kind === 'list') {
    reader.report(at, path, 'must be a stage, not a list', 'write each stage as an item of its own')
    return null
  }
  const word = value.scalar
  if (typeof word === 'string')
    return { ...at, path: `${path}.${word}`, stage: word, options: null, how: {}, words: [] }
  reader.report(at, path, `must be a stage: found ${JSON.stringify(word)}`, 'write its name, as throttle: 30fps')
  return null
}

/** The one stage key of an entry or item; all other keys are engine words: how it is run, others, and some for later. */
export function readStage(
  reader: Reader,
  at: Written,
  entries: Entries,
  path: string,
  parameters: Parameters,
  words: { readonly how: readonly string[]; readonly other: readonly string[]; readonly later: readonly string[] },
): WrittenStep | null {
  const { report } = reader
  const read = readHow(
    reader,
    entries.filter(({ key }) => words.how.includes(key)),
    path,
    parameters,
  )
  const others = entries.filter(({ key }) => !words.how.includes(key) && !words.other.includes(key))
  for (const { key, at: keyAt } of others) {
    if (!words.later.includes(key)) continue
    report(keyAt, `${path}.${key}`, `${key} is a word of the language that is not built yet`, 'leave it out')
  }
  const [stage, ...more] = others.filter(({ key }) => !words.later.includes(key))
  if (stage === undefined) {
    const hint = 'write its name and options, as throttle: 30fps'
    if (others.length === 0) report(at, path, 'names no stage', hint)
    return null
  }
  for (const { key, at: keyAt } of more) {
    const text = `stands beside ${stage.key}, but an item has one stage`
    report(keyAt, `${path}.${key}`, text, 'make it an item of its own in a pipe')
  }
  return { ...stage.at, path: `${path}.${stage.key}`, stage: stage.key, options: stage.to, ...read }
}

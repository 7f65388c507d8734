import type { Written } from '../adapters/yaml.js'
import type { WrittenStep } from './pipeline.js'
import type { Reader } from './reader.js'
import { type Entries, scalarOf } from './written.js'

const stageWords = ['onError']
/** Words of the language that are not built yet, and are refused as such. */
export const laterOnStages = ['timeout', 'order', 'concurrency']

/** A pipe item: a bare word, or a map with one stage key and engine words. */
export function readStep(reader: Reader, at: Written, path: string): WrittenStep | null {
  const { value } = at
  if (value.kind === 'map') return readStage(reader, at, value.entries, path, stageWords, laterOnStages)
  if (value.kind === 'list') {
    reader.report(at, path, 'must be a stage, not a list', 'write each stage as an item of its own')
    return null
  }
  const word = value.scalar
  if (typeof word === 'string') return { ...at, path: `${path}.${word}`, stage: word, options: null, onError: 'fail' }
  reader.report(at, path, `must be a stage: found ${JSON.stringify(word)}`, 'write its name, as throttle: 30fps')
  return null
}

/** The one stage key of an entry or item; all other keys are engine words. */
export function readStage(
  reader: Reader,
  at: Written,
  entries: Entries,
  path: string,
  words: readonly string[],
  later: readonly string[],
): WrittenStep | null {
  const { report } = reader
  const onErrorAt = entries.find(({ key }) => key === 'onError')?.to
  const onError = onErrorAt === undefined ? 'fail' : readOnError(reader, onErrorAt, `${path}.onError`)
  for (const { key, at: keyAt } of entries) {
    if (!later.includes(key)) continue
    report(keyAt, `${path}.${key}`, `${key} is a word of the language that is not built yet`, 'leave it out')
  }
  const others = entries.filter(({ key }) => !words.includes(key))
  const [stage, ...more] = others.filter(({ key }) => !later.includes(key))
  if (stage === undefined) {
    const hint = 'write its name and options, as throttle: 30fps'
    if (others.length === 0) report(at, path, 'names no stage', hint)
    return null
  }
  for (const { key, at: keyAt } of more) {
    const text = `stands beside ${stage.key}, but an item has one stage`
    report(keyAt, `${path}.${key}`, text, 'make it an item of its own in a pipe')
  }
  return { ...stage.at, path: `${path}.${stage.key}`, stage: stage.key, options: stage.to, onError }
}

function readOnError({ report }: Reader, at: Written, path: string): 'fail' | 'skip' {
  const word = scalarOf(at)
  if (word === 'fail' || word === 'skip') return word
  const text = word === 'restart' ? 'restart is not built yet' : `is not a policy: ${JSON.stringify(word)}`
  report(at, path, text, 'write onError: fail or onError: skip')
  return 'fail'
}

import { readYaml, type Written } from '../adapters/yaml.js'
import type { Parameter, Pipeline, WrittenEntry } from './pipeline.js'
import { type Problem, suggest } from './problem.js'
import { readEntry } from './read-entry.js'
import { readExpect } from './read-expect.js'
import { readParameter } from './read-parameter.js'
import { createReader, type Reader } from './reader.js'
import { type Entries, find, scalarOf } from './written.js'

const topWords = ['saccade', 'name', 'about', 'parameters', 'streams', 'operators', 'sinks', 'expect']
/** Words of the language that are not built yet, and are refused as such. */
const later = ['resources', 'secrets', 'safety', 'route']

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
  const problems = yamlProblems.map(({ line, column, text: words }): Problem => {
    return { line, column, path: '', text: `this is not YAML as it should be: ${words}`, remedy: 'mend the line' }
  })
  const base = file.split(/[\\/]/).at(-1) ?? file
  const name = base.replace(/\.ya?ml$/, '')
  const reader = createReader(problems)
  if (root?.value.kind === 'map') {
    const pipeline = { text, ...readTop(reader, root, root.value.entries, name, set) }
    return { pipeline, problems }
  }
  if (problems.length === 0) {
    const start = root ?? { line: 1, column: 1 }
    const hint = 'begin with saccade: 1, then streams:, operators: and sinks:'
    reader.report(start, '', root === null ? 'this file is empty' : 'this is YAML, but no pipeline', hint)
  }
  return { pipeline: { text, name, about: null, parameters: new Map(), entries: [], expects: [] }, problems }
}

function readTop(
  reader: Reader,
  root: Written,
  top: Entries,
  fallbackName: string,
  set: Readonly<Record<string, unknown>>,
): Omit<Pipeline, 'text'> {
  const { report } = reader
  for (const { key, at } of top) {
    if (later.includes(key)) report(at, key, `${key} is a word of the language that is not built yet`, 'leave it out')
    else if (!topWords.includes(key)) {
      report(at, key, `${JSON.stringify(key)} is not a word of a pipeline`, suggest(key, topWords, 'words'))
    }
  }
  const version = find(top, 'saccade')
  const found = version === undefined ? undefined : scalarOf(version)
  if (version === undefined)
    report(root, 'saccade', 'the version of the language is missing', 'write saccade: 1 at the top')
  else if (found !== 1) report(version, 'saccade', `version ${JSON.stringify(found)} is not known`, 'write saccade: 1')

  const parameters = new Map<string, Parameter>()
  for (const entry of reader.mapOf(find(top, 'parameters'), 'parameters', 'parameters')) {
    parameters.set(entry.key, readParameter(reader, entry, set))
  }
  for (const name of Object.keys(set)) {
    if (parameters.has(name)) continue
    const at = find(top, 'parameters') ?? root
    report(at, `--set ${name}`, 'there is no such parameter', suggest(name, [...parameters.keys()], 'parameters'))
  }
  const section = (word: string, kind: WrittenEntry['kind']): readonly WrittenEntry[] =>
    reader.mapOf(find(top, word), word, word).map((entry) => readEntry(reader, entry, kind, word, parameters))
  if (find(top, 'streams') === undefined) {
    report(
      root,
      'streams',
      'there are no streams, so nothing would run',
      'write streams: { room: { media: device:0 } }',
    )
  }
  const [name, about] = [find(top, 'name'), find(top, 'about')]
  return {
    name: name === undefined ? fallbackName : String(scalarOf(name)),
    about: about === undefined ? null : String(scalarOf(about)),
    parameters,
    entries: [...section('streams', 'stream'), ...section('operators', 'operator'), ...section('sinks', 'sink')],
    expects: readExpects(reader, find(top, 'expect')),
  }
}

function readExpects(reader: Reader, at: Written | undefined): Pipeline['expects'] {
  if (at === undefined) return []
  if (at.value.kind === 'list') {
    return at.value.items.flatMap((item, index) => readExpect(reader, item, `expect[${String(index)}]`) ?? [])
  }
  const remedy = 'write expect: and below it - { from: …, to: …, reaction: 50ms }'
  reader.report(at, 'expect', 'must be a list', remedy)
  return []
}

import { howExamples, howSchema, type HowWord, issuesOf } from '../core/how.js'
import type { How } from '../core/stage.js'
import type { Parameter, WrittenWord } from './pipeline.js'
import { suggest } from './problem.js'
import { knowsParameters } from './read-options.js'
import type { Reader } from './reader.js'
import { reportIssues } from './report-issues.js'
import { type Entries, plain } from './written.js'

export type ReadHow = { readonly how: How; readonly words: readonly WrittenWord[] }

/** The engine words beside a stage, by the one schema for them; what is wrong with one is reported, and the others count. */
export function readHow(
  reader: Reader,
  entries: Entries,
  path: string,
  parameters: ReadonlyMap<string, Parameter>,
): ReadHow {
  let how: How = {}
  for (const { key, to } of entries) {
    if (!knowsParameters(reader, to, `${path}.${key}`, parameters)) continue
    const result = howSchema.safeParse({ [key]: plain(to, parameters) })
    if (result.success) {
      how = { ...how, ...result.data }
      continue
    }
    const written = { ...to, value: { kind: 'map' as const, entries } }
    reportIssues(reader, issuesOf(result.error), written, parameters, {
      path,
      remedy: () => `write ${howExamples[key as HowWord]}`,
      unknown: (word, [first, ...inner]) => {
        const of = [first, ...inner].map(String).join('.')
        return { text: `is not a word of ${of}`, remedy: suggest(word, innerWords(key as HowWord, inner), 'words') }
      },
    })
  }
  const words = entries.map(({ key, at }) => ({ ...at, path: `${path}.${key}`, word: key as HowWord }))
  return { how, words }
}

/** What may stand within a word. */
function innerWords(word: HowWord, inner: readonly PropertyKey[]): readonly string[] {
  if (word === 'watchdog') return ['hold', 'park']
  return inner.length === 0 ? ['restart'] : ['after', 'upTo', 'most', 'within']
}

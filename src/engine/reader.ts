import type { z } from 'zod'
import type { Written } from '../adapters/yaml.js'
import type { Place, Problem } from './problem.js'
import { suggest } from './problem.js'
import { type Entries, scalarOf } from './written.js'

/** What those who read a part of the file share: how to report, and how to read what occurs everywhere. */
export type Reader = {
  readonly report: (at: Place, path: string, text: string, remedy: string) => void
  /** The entries of a map; none where it is empty, and a report where it is something else. */
  readonly mapOf: (at: Written | undefined, path: string, what: string) => Entries
  /** A value with its unit; 0 and a report where it is none. */
  readonly quantity: (at: Written, path: string, schema: z.ZodType<number>) => number
  /** Reports every word that is not one of those. */
  readonly onlyWords: (entries: Entries, path: string, words: readonly string[], what: string) => void
}

/** A reader that adds to a list of problems. */
export function createReader(problems: Problem[]): Reader {
  const report: Reader['report'] = ({ line, column }, path, text, remedy) => {
    problems.push({ line, column, path, text, remedy })
  }
  return {
    report,
    mapOf(at, path, what) {
      if (at === undefined) return []
      if (at.value.kind === 'map') return at.value.entries
      if (at.value.kind === 'scalar' && at.value.scalar === null) return []
      report(at, path, `${what} must be a map of names`, 'write name: value, indented below it')
      return []
    },
    quantity(at, path, schema) {
      const result = schema.safeParse(scalarOf(at))
      if (result.success) return result.data
      report(at, path, result.error.issues[0]?.message ?? 'not a value of this kind', 'write it with its unit, as 50ms')
      return 0
    },
    onlyWords(entries, path, words, what) {
      for (const { key, at } of entries) {
        if (!words.includes(key)) report(at, `${path}.${key}`, `is not a word of ${what}`, suggest(key, words, 'words'))
      }
    },
  }
}

import type { z } from 'zod'
import type { Written } from '../adapters/yaml.js'
import type { Parameter } from './pipeline.js'
import type { Reader } from './reader.js'
import { parameterName, placeOf, plain } from './written.js'

/** Reports what a schema found wrong with what was written, each where it stands, with what was found there. */
export function reportIssues(
  { report }: Reader,
  issues: readonly z.core.$ZodIssue[],
  written: Written,
  parameters: ReadonlyMap<string, Parameter>,
  words: {
    /** Of what was written as a whole. */
    readonly path: string
    readonly remedy: (path: readonly PropertyKey[]) => string
    /** What is told of a word that is not one, and of what is near. */
    readonly unknown: (word: string, path: readonly PropertyKey[]) => { readonly text: string; readonly remedy: string }
  },
): void {
  for (const issue of issues) {
    const at = placeOf(written, issue.path, written)
    const path = [words.path, ...issue.path.map(String)].join('.')
    if (issue.code === 'unrecognized_keys') {
      const entries = at.value.kind === 'map' ? at.value.entries : []
      for (const key of issue.keys) {
        const { text, remedy } = words.unknown(key, issue.path)
        report(entries.find((entry) => entry.key === key)?.at ?? at, `${path}.${key}`, text, remedy)
      }
    } else report(at, path, `${issue.message}${whatWasFound(at, issue.message, parameters)}`, words.remedy(issue.path))
  }
}

function whatWasFound(at: Written, message: string, parameters: ReadonlyMap<string, Parameter>): string {
  const scalar = at.value.kind === 'scalar' ? at.value.scalar : undefined
  const name = parameterName(scalar)
  const source = name === null ? '' : ` (from the parameter ${name})`
  if (scalar === undefined || scalar === null || message.includes('found')) return source
  return `: found ${JSON.stringify(plain(at, parameters))}${source}`
}

import type { Written } from '../adapters/yaml.js'
import { spreadMain } from '../core/define.js'
import type { AnyStage, Options } from '../core/stage.js'
import type { Parameter, WrittenStep } from './pipeline.js'
import { suggest } from './problem.js'
import type { Reader } from './reader.js'
import { reportIssues } from './report-issues.js'
import { asWritten, parameterName, plain } from './written.js'

type Parameters = ReadonlyMap<string, Parameter>

type ReadOptions = { readonly options: object; readonly written: unknown }
const nothing: ReadOptions = { options: {}, written: {} }

/** The options of a stage by its own schema; an empty object and reports where they are not what it takes. */
export function readOptions(reader: Reader, stage: AnyStage, step: WrittenStep, parameters: Parameters): ReadOptions {
  if (!knowsParameters(reader, step.options, step.path, parameters)) return nothing
  const values = spreadMain(stage, plain(step.options, parameters))
  const result = (stage.options as Options).safeParse(values)
  if (result.success) return { options: result.data, written: values }
  const here: Written = { line: step.line, column: step.column, value: { kind: 'scalar', scalar: null } }
  const written = step.options ?? here
  // A scalar stands for the main option, and is itself the place of what is wrong with it.
  reportIssues(reader, result.error.issues, written, parameters, {
    path: step.path,
    remedy: () => `write for example ${stage.name}: ${asWritten(stage.example)}`,
    unknown: (word, within) => ({
      text: `${stage.name} has no option ${[...within.map(String), word].join('.')}`,
      remedy:
        within.length > 0
          ? `write for example ${stage.name}: ${asWritten(stage.example)}`
          : suggest(word, optionNames(stage), 'options'),
    }),
  })
  return nothing
}

/** Whether each `$name` in it is a parameter; a report where one is not. */
export function knowsParameters(
  reader: Reader,
  written: Written | null,
  path: string,
  parameters: Parameters,
): boolean {
  if (written === null) return true
  const { value } = written
  if (value.kind === 'list') {
    const known = value.items.map((item, index) =>
      knowsParameters(reader, item, `${path}[${String(index)}]`, parameters),
    )
    return known.every(Boolean)
  }
  if (value.kind === 'map') {
    const known = value.entries.map(({ key, to }) => knowsParameters(reader, to, `${path}.${key}`, parameters))
    return known.every(Boolean)
  }
  const name = parameterName(value.scalar)
  if (name === null || parameters.has(name)) return true
  reader.report(written, path, `there is no parameter ${name}`, suggest(name, [...parameters.keys()], 'parameters'))
  return false
}

function optionNames(stage: AnyStage): readonly string[] {
  const schema: unknown = stage.options
  const shape = typeof schema === 'object' && schema !== null && 'shape' in schema ? schema.shape : {}
  return Object.keys(shape as object)
}

import type { Written } from '../adapters/yaml.js'
import { spreadMain } from '../core/define.js'
import type { AnyStage, Options } from '../core/stage.js'
import type { Parameter, WrittenStep } from './pipeline.js'
import { suggest } from './problem.js'
import type { Reader } from './reader.js'
import { asWritten, parameterName, placeOf, plain } from './written.js'

type Parameters = ReadonlyMap<string, Parameter>

/** The options of a stage by its own schema; an empty object and reports where they are not what it takes. */
export function readOptions(reader: Reader, stage: AnyStage, step: WrittenStep, parameters: Parameters): object {
  if (!knowsParameters(reader, step.options, step.path, parameters)) return {}
  const result = (stage.options as Options).safeParse(spreadMain(stage, plain(step.options, parameters)))
  if (result.success) return result.data
  const here: Written = { line: step.line, column: step.column, value: { kind: 'scalar', scalar: null } }
  for (const issue of result.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const map = placeOf(step.options, issue.path, here)
        const at = map.value.kind === 'map' ? map.value.entries.find((entry) => entry.key === key)?.at : undefined
        const path = [step.path, ...issue.path.map(String), key].join('.')
        const example = `write for example ${stage.name}: ${asWritten(stage.example)}`
        const remedy = issue.path.length > 0 ? example : suggest(key, optionNames(stage), 'options')
        reader.report(
          at ?? map,
          path,
          `${stage.name} has no option ${[...issue.path.map(String), key].join('.')}`,
          remedy,
        )
      }
      continue
    }
    const isScalar = step.options?.value.kind === 'scalar'
    const at = placeOf(step.options, isScalar ? [] : issue.path, here)
    const path = [step.path, ...issue.path.map(String)].join('.')
    const remedy = `write for example ${stage.name}: ${asWritten(stage.example)}`
    reader.report(at, path, `${issue.message}${whatWasFound(at, issue.message, parameters)}`, remedy)
  }
  return {}
}

function whatWasFound(at: Written, message: string, parameters: Parameters): string {
  const scalar = at.value.kind === 'scalar' ? at.value.scalar : undefined
  const name = parameterName(scalar)
  const source = name === null ? '' : ` (from the parameter ${name})`
  if (scalar === undefined || scalar === null || message.includes('found')) return source
  return `: found ${JSON.stringify(plain(at, parameters))}${source}`
}

function knowsParameters(reader: Reader, written: Written | null, path: string, parameters: Parameters): boolean {
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

import { z } from 'zod'
import { angle, bytes, duration, length, rate, size } from '../core/units.js'
import { type Parameter, type ParameterType, parameterTypes } from './pipeline.js'
import { suggest } from './problem.js'
import type { Reader } from './reader.js'
import { type Entries, find, scalarOf } from './written.js'

const schemas: Readonly<Record<ParameterType, z.ZodType>> = {
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

/** `camera: { type: source, default: "demo:demo.mp4" }`, with the value that was set or the default. */
export function readParameter(
  reader: Reader,
  entry: Entries[number],
  set: Readonly<Record<string, unknown>>,
): Parameter {
  const { report } = reader
  const path = `parameters.${entry.key}`
  const facts = reader.mapOf(entry.to, path, 'a parameter')
  reader.onlyWords(facts, path, ['type', 'default', 'about'], 'a parameter')
  const typeAt = find(facts, 'type')
  const written = typeAt === undefined ? undefined : scalarOf(typeAt)
  const known = parameterTypes.find((name) => name === written)
  if (known === undefined) {
    const words = written === undefined ? 'has no type' : `has the unknown type ${JSON.stringify(written)}`
    report(typeAt ?? entry.at, path, words, suggest(String(written), parameterTypes, 'types'))
  }
  const type = known ?? 'string'
  const defaultAt = find(facts, 'default')
  const isSet = Object.hasOwn(set, entry.key)
  const raw = isSet ? set[entry.key] : defaultAt === undefined ? undefined : scalarOf(defaultAt)
  if (raw === undefined) {
    report(entry.at, path, 'has no value', `give it a default, or run with --set ${entry.key}=…`)
    return { ...entry.at, name: entry.key, type, value: '' }
  }
  const value = isSet ? fromText(raw, type) : raw
  // Of an unknown type nothing can be told to be wrong.
  if (known === undefined) return { ...entry.at, name: entry.key, type, value }
  const result = schemas[type].safeParse(value)
  if (!result.success) {
    const shown = typeof raw === 'string' ? raw : JSON.stringify(raw)
    const source = isSet ? `--set ${entry.key}=${shown}` : `default ${JSON.stringify(raw)}`
    const why = result.error.issues[0]?.message ?? 'it is something else'
    report(defaultAt ?? entry.at, path, `${source} is no ${type}: ${why}`, `give it a ${type}`)
  }
  return { ...entry.at, name: entry.key, type, value }
}

/** A value from the command line, by the parameter's type. */
function fromText(raw: unknown, type: ParameterType): unknown {
  if (typeof raw !== 'string') return raw
  if (type === 'number') return raw.trim() === '' ? raw : Number(raw)
  if (type === 'boolean') return raw === 'true' ? true : raw === 'false' ? false : raw
  return raw
}

import type { Written } from '../adapters/yaml.js'
import type { Parameter } from './pipeline.js'

export type Entries = Extract<Written['value'], { kind: 'map' }>['entries']

/** `camera` of `$camera`; null for anything else. */
export function parameterName(scalar: unknown): string | null {
  return typeof scalar === 'string' && /^\$[A-Za-z][\w-]*$/.test(scalar) ? scalar.slice(1) : null
}

/** The value as plain data, with `$name` replaced by the parameter's whole value. */
export function plain(written: Written | null, parameters: ReadonlyMap<string, Parameter>): unknown {
  if (written === null) return undefined
  const { value } = written
  if (value.kind === 'list') return value.items.map((item) => plain(item, parameters))
  if (value.kind === 'map') {
    return Object.fromEntries(value.entries.map((entry) => [entry.key, plain(entry.to, parameters)]))
  }
  const name = parameterName(value.scalar)
  return name === null ? value.scalar : parameters.get(name)?.value
}

/** Where a path of an options object stands in the file; the nearest written ancestor, if the value itself is not there. */
export function placeOf(written: Written | null, path: readonly PropertyKey[], otherwise: Written): Written {
  let at = written ?? otherwise
  for (const step of path) {
    const { value } = at
    const next =
      value.kind === 'map'
        ? value.entries.find((entry) => entry.key === step)?.to
        : value.kind === 'list' && typeof step === 'number'
          ? value.items[step]
          : undefined
    if (next === undefined) return at
    at = next
  }
  return at
}

/** Data as one writes it in a file on one line: `{ whenFull: drop-oldest, capacity: 10 }`. */
export function asWritten(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asWritten).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${key}: ${asWritten(item)}`)
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
  }
  return typeof value === 'string' && /^[\w./-]+$/.test(value) ? value : JSON.stringify(value)
}

/** The scalar that stands there; undefined for a list or a map. */
export function scalarOf(at: Written): unknown {
  return at.value.kind === 'scalar' ? at.value.scalar : undefined
}

/** The value behind a word of a map. */
export function find(entries: Entries, word: string): Written | undefined {
  return entries.find(({ key }) => key === word)?.to
}

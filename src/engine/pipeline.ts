import type { Written } from '../adapters/yaml.js'
import type { HowWord } from '../core/how.js'
import type { How } from '../core/stage.js'
import type { Place } from './problem.js'

/** An engine word, where it stands. */
export type WrittenWord = Place & { readonly path: string; readonly word: HowWord }

/** A stage as it was written in a pipe, with the engine words beside it. */
export type WrittenStep = Place & {
  readonly path: string
  readonly stage: string
  /** What stands behind the stage's name; null for a bare word. */
  readonly options: Written | null
  readonly how: How
  readonly words: readonly WrittenWord[]
}

export type WrittenRef = Place & {
  readonly path: string
  readonly name: string
  /** What a join calls it, where `from` is a map. */
  readonly input: string | null
}

export type WrittenEntry = Place & {
  readonly path: string
  readonly name: string
  readonly kind: 'stream' | 'operator' | 'sink'
  readonly from: readonly WrittenRef[]
  /** `from` is a map of names: several inputs, for a join. */
  readonly joins: boolean
  readonly steps: readonly WrittenStep[]
}

export type WrittenExpect = Place & {
  readonly path: string
  readonly from: string
  readonly to: string
  readonly figure: 'reaction' | 'delay' | 'age'
  readonly limitMs: number
  readonly at: 'p50' | 'p95' | 'p99'
  readonly overMs: number
}

export type Parameter = Place & { readonly name: string; readonly type: ParameterType; readonly value: unknown }

export const parameterTypes = [
  'source',
  'robot',
  'string',
  'number',
  'boolean',
  'duration',
  'rate',
  'angle',
  'length',
  'bytes',
  'size',
] as const
export type ParameterType = (typeof parameterTypes)[number]

/** A pipeline file, read: what was said, before anyone asks whether it fits together. */
export type Pipeline = {
  /** The file as it was written. */
  readonly text: string
  readonly name: string
  readonly about: string | null
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly entries: readonly WrittenEntry[]
  readonly expects: readonly WrittenExpect[]
}

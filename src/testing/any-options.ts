import { z } from 'zod'
import type { AnyStage } from '../core/stage.js'
import { fc } from './fast-check.js'

type Fact = {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
}

/** Values for one option, read off its schema; null where the schema does not say enough (a path, a name). */
function anyOption({
  type,
  enum: choices,
  pattern,
  minimum = -1000,
  maximum = 1000,
}: Fact): fc.Arbitrary<unknown> | null {
  if (choices !== undefined) return fc.constantFrom(...choices)
  if (type === 'boolean') return fc.boolean()
  if (type === 'integer') return fc.integer({ min: minimum, max: Math.min(maximum, minimum + 1000) })
  if (type === 'number') return fc.integer({ min: 0, max: 20 }).map((n) => minimum + ((maximum - minimum) * n) / 20)
  const units = /\(([^)]+)\)\$$/
    .exec(pattern ?? '')?.[1]
    ?.replaceAll('\\', '')
    .split('|')
  if (units !== undefined) {
    return fc
      .tuple(fc.integer({ min: 1, max: 90 }), fc.constantFrom(...units))
      .map(([n, unit]) => `${String(n)}${unit}`)
  }
  if (pattern === '^[0-9]+x[0-9]+$') {
    const side = fc.integer({ min: 1, max: 40 }).map((half) => String(half * 2))
    return fc.tuple(side, side).map(([width, height]) => `${width}x${height}`)
  }
  return null
}

/**
 * Options of a stage as one writes them, all accepted: its example, with some options left out, and some others or other
 * values, as its schema allows.
 */
export function anyOptions(stage: AnyStage): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const schema = stage.options as z.ZodType
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const example = stage.example as Readonly<Record<string, unknown>>
  const options = Object.entries(properties as Readonly<Record<string, Fact>>).flatMap(([name, fact]) => {
    const values = anyOption(fact) ?? (Object.hasOwn(example, name) ? fc.constant(example[name]) : null)
    return values === null ? [] : [[name, values] as const]
  })
  const changed = fc.record(Object.fromEntries(options), {
    requiredKeys: required.filter((name) => options.some(([known]) => known === name)),
  })
  return fc
    .tuple(changed, fc.boolean())
    .map(([some, onTop]) => (onTop ? { ...example, ...some } : some))
    .map((some) => (schema.safeParse(some).success ? some : example))
}

/** What somebody may write by mistake: options with one of another kind, a name that is none, or no map at all. */
export function anyMistake(stage: AnyStage): fc.Arbitrary<unknown> {
  const junk = fc.constantFrom<unknown>(null, true, -1, 0.5, Infinity, '', 'ten', '5parsecs', [], {}, '9'.repeat(400))
  const name = fc.constantFrom(...Object.keys(stage.example as object), 'nonsense')
  const changed = fc
    .tuple(anyOptions(stage), name, junk)
    .map(([options, option, value]) => ({ ...options, [option]: value }))
  return fc.oneof({ weight: 4, arbitrary: changed }, { weight: 1, arbitrary: junk })
}

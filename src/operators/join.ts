import type { Observable } from 'rxjs'
import { z } from 'zod'
import { defineJoin } from '../core/define.js'
import { SaccadeError } from '../core/errors.js'
import { joinInTime } from '../core/join-in-time.js'
import type { JoinPlan } from '../core/join-plan.js'
import type { Packet } from '../core/packet.js'
import { joinedPort } from '../core/ports.js'
import { duration } from '../core/units.js'
import { interpolateValue } from '../robot/interpolate-value.js'

const selectors = ['nearest', 'latest', 'interpolate', 'window'] as const

const neither = 'is neither a word of join (on, missing, wait) nor how it takes from an input, as { nearest: 20ms }'

const selector = z
  .strictObject(
    {
      nearest: duration().exactOptional().describe('the one nearest in time, before or after, within so long'),
      latest: duration().exactOptional().describe('the newest that is known and not after it, within so long'),
      interpolate: duration().exactOptional().describe('between one before and one after it, each within so long'),
      window: duration({ above: 0 }).exactOptional().describe('all within so long before it, as a list'),
    },
    { error: ({ code }) => (code === 'invalid_type' ? neither : undefined) },
  )
  .transform((written, context): JoinPlan['sides'][string] => {
    const [by, ...more] = selectors.filter((name) => name in written)
    if (by !== undefined && more.length === 0) return { by, withinMs: written[by] ?? 0 }
    const found = by === undefined ? 'none' : [by, ...more].join(' and ')
    context.addIssue({ code: 'custom', message: `must say one of ${selectors.join(', ')}: found ${found}` })
    return { by: 'latest', withinMs: 0 }
  })

type Settings = { readonly on: string; readonly missing: JoinPlan['missing']; readonly wait?: number }

const words = z
  .object({
    on: z
      .string('must name the input that the others are joined to')
      .min(1)
      .describe('the input whose every item is joined with what the others have for it'),
    missing: z
      .enum(['skip', 'hold', 'partial', 'error'])
      .default('skip')
      .describe('where an input has nothing: drop the item, take what was used last, give null, or fail'),
    wait: duration()
      .exactOptional()
      .describe('how long an item waits for the others; unless told, as long as nearest and interpolate reach'),
  })
  .catchall(selector.describe(`of each other input, by its name: { ${selectors.join(' | ')}: 20ms }`))
/** An index signature would claim the words, too. */
const options = words as unknown as z.ZodType<Settings, Readonly<Record<string, unknown>>>

/** What is an option of `join`, and so no name for an input. */
export const joinWords = ['on', 'missing', 'wait'] as const

/** The options as they were written, apart: words, and a selector for each side. */
export function joinPlan({ on, missing, wait, ...sides }: Settings): JoinPlan {
  // Without a prototype: an input may be called as what every object has.
  return { on, missing, waitMs: wait ?? null, sides: Object.assign(Object.create(null) as JoinPlan['sides'], sides) }
}

/** `option`: which one is wrong; null where one is not there. `word`: what should have been the name of an input. */
type JoinProblem = {
  readonly option: string | null
  readonly word?: string
  readonly text: string
  readonly remedy: string
}

/** What is wrong with a join of these inputs, each with its option; none where it can be made. */
export function joinProblems({ on, sides }: JoinPlan, inputs: readonly string[]): readonly JoinProblem[] {
  const others = inputs.filter((input) => input !== on)
  const names = inputs.join(', ')
  return [
    ...inputs
      .filter((input) => (joinWords as readonly string[]).includes(input))
      .map((input) => ({ option: null, text: `${input} is a word of join`, remedy: 'give that input another name' })),
    ...(inputs.length < 2
      ? [{ option: null, text: 'joins one input with nothing', remedy: 'name two or more, or write from: NAME' }]
      : []),
    ...(inputs.includes(on)
      ? []
      : [{ option: 'on', word: on, text: `there is no input ${on}`, remedy: `inputs: ${names}` }]),
    ...Object.keys(sides)
      .filter((side) => !inputs.includes(side))
      .map((side) => ({ option: side, word: side, text: `there is no input ${side}`, remedy: `inputs: ${names}` })),
    ...(on in sides
      ? [{ option: on, text: `${on} is the anchor, so it has no selector`, remedy: `leave ${on} out` }]
      : []),
    ...(inputs.includes(on) ? others : [])
      .filter((input) => !(input in sides))
      .map((input) => ({
        option: null,
        text: `does not say which of ${input} belongs to an item of ${on}`,
        remedy: `write ${input}: { nearest: 20ms }, or one of ${selectors.slice(1).join(', ')}`,
      })),
  ]
}

const { definition, join: joinInputs } = defineJoin({
  name: 'join',
  summary: 'Joins each item of one input with what the others have for its time.',
  output: joinedPort,
  options,
  example: { on: 'face', head: { interpolate: '100ms' }, missing: 'skip' },
  joins: (settings, context) => (inputs) => {
    const plan = joinPlan(settings)
    const [problem] = joinProblems(plan, Object.keys(inputs))
    if (problem !== undefined) {
      const { text, remedy } = problem
      throw new SaccadeError(`cannot join: ${text}`, { code: 'config', stage: context.name, remedy })
    }
    return joinInTime(inputs, plan, context, interpolateValue)
  },
})

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs of any value; each keeps its own type in the result */
type Inputs = Readonly<Record<string, Observable<Packet<any>>>>
type Written = z.input<typeof selector>
type JoinOptions<I extends Inputs> = {
  readonly [On in keyof I & string]: {
    readonly on: On
    readonly missing?: JoinPlan['missing']
    readonly wait?: string
  } & { readonly [Side in Exclude<keyof I & string, On>]: Written }
}[keyof I & string]

type ValueIn<O> = O extends Observable<Packet<infer T>> ? T : never
type Chosen<T, How, Options> = How extends { readonly window: string }
  ? readonly T[]
  : Options extends { readonly missing: 'partial' }
    ? T | null
    : T

/** One item with what belongs to it: a list for `window`, and null only with `missing: partial`. */
export type Joined<I extends Inputs, O> = {
  readonly [Input in keyof I]: O extends { readonly on: Input }
    ? ValueIn<I[Input]>
    : Chosen<ValueIn<I[Input]>, Input extends keyof O ? O[Input] : never, O>
}

type Join = (<const I extends Inputs, const O extends JoinOptions<I>>(
  inputs: I,
  options: O,
) => Observable<Packet<Joined<I, O>>>) & { readonly definition: typeof definition }

/**
 * Joins each item of one input, the anchor, with what the others have for the time at which it was captured.
 *
 *     face  -----a-------b--    captured where they stand
 *     head  --1-----2---3---    interpolated: a between 1 and 2, which it waits for
 *     out   --------A-------    A = { face: a, head: 1½ }; nothing comes after 3, so b is dropped when its wait is over
 *
 * One for one in the order of the anchor, for each origin; the packet is the anchor's, its value a record by the inputs' names.
 * An item waits for what may still come (`nearest`, `interpolate`), as long as the selector reaches or `wait` says; what is
 * recorded waits up to 5 s, and makes its sources wait. Of a side at most 1000 items are kept (32 frames), of the anchor 100
 * (32 frames): let the anchor be what holds frames. A side's items that are not used are counted as `rate` in a meter of its
 * own, `NAME/SIDE`; anchor items for which nothing was there as `empty`. Completes with the anchor; a side that has ended or
 * failed holds up nothing.
 *
 * @example
 * join({ face: face$, head: head$ }, { on: 'face', head: { interpolate: '100ms' }, missing: 'skip' })
 * @throws SaccadeError `config` for inputs and options that do not fit together; `stage` with `missing: error`
 */
export const join: Join = Object.assign(joinInputs as unknown as Join, { definition })

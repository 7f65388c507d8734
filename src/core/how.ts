import { z } from 'zod'
import type { AnyStage, How, Restart } from './stage.js'
import { duration, formatMs } from './units.js'

/** Built anew after an error, with longer and longer pauses. */
const restart = z
  .strictObject({
    after: duration({ above: 0 }).prefault('100ms').describe('pause before the first restart; doubled each time'),
    upTo: duration({ above: 0 }).prefault('10s').describe('longest pause'),
    most: z.number().int().min(1).default(5).describe('restarts within that time, then it fails'),
    within: duration({ above: 0 }).prefault('1min').describe('time in which restarts are counted'),
  })
  .refine(({ after, upTo }) => upTo >= after, { path: ['upTo'], message: 'is shorter than after' })

const watchdog = z
  .strictObject({
    hold: duration().prefault('300ms').describe('without a fresh command for so long it holds'),
    park: duration().prefault('5s').describe('then it parks'),
  })
  .refine(({ hold, park }) => park >= hold, { message: 'parks before it holds' })

/** The words, each by its schema. */
export const howWords = {
  onError: z
    .union([z.enum(['fail', 'skip', 'restart']), z.strictObject({ restart })], { error: 'is not a policy' })
    .exactOptional()
    .describe(
      'fail ends its branch; skip goes on with the next item; restart builds it anew, with longer and longer pauses',
    ),
  timeout: duration({ above: 0 }).exactOptional().describe('an item whose work takes longer is given up, as an error'),
  order: z
    .enum(['input', 'completion', 'latest'])
    .exactOptional()
    .describe('in which results leave; latest drops those that a newer one has overtaken'),
  concurrency: z.number().int().min(1).max(100_000).exactOptional().describe('items that may be under way at once'),
  watchdog: watchdog.exactOptional().describe('without fresh commands it holds, then parks'),
}

/** How a stage is to be run, as one writes it: the engine words, in a file and in code alike. */
export const howSchema = z.strictObject(howWords).transform(readHow)

export type WrittenHow = z.input<typeof howSchema>
export type HowWord = keyof typeof howWords

/** Each word as one writes it. */
export const howExamples: Readonly<Record<HowWord, string>> = {
  onError: 'onError: fail, skip, restart or { restart: { after: 100ms, upTo: 10s, most: 5, within: 1min } }',
  timeout: 'timeout: 2s',
  order: 'order: input, completion or latest',
  concurrency: 'concurrency: 4',
  watchdog: 'watchdog: { hold: 300ms, park: 5s }',
}

function readHow(written: z.output<z.ZodObject<typeof howWords>>): How {
  const { onError, timeout, order, concurrency } = written
  return {
    ...(onError === undefined ? {} : { onError: policyOf(onError) }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(order === undefined ? {} : { order }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(written.watchdog === undefined
      ? {}
      : { watchdog: { holdMs: written.watchdog.hold, parkMs: written.watchdog.park } }),
  }
}

function policyOf(written: NonNullable<z.output<(typeof howWords)['onError']>>): NonNullable<How['onError']> {
  if (written === 'fail' || written === 'skip') return written
  const { after, upTo, most, within } = written === 'restart' ? restart.parse({}) : written.restart
  return { restart: { afterMs: after, upToMs: upTo, most, withinMs: within } }
}

/** What is wrong with the words, each where it is: of the two ways to write a policy, the one that was meant. */
export function issuesOf(error: z.ZodError): readonly z.core.$ZodIssue[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue]
    const meant = issue.errors.find((ways) => ways.some(({ path }) => path.length > 0)) ?? []
    const found = meant.map((one) => ({ ...one, path: [...issue.path, ...one.path] }))
    return found.length > 0 ? found : [issue]
  })
}

/** The words that a stage can be run by. */
export function wordsOf(stage: AnyStage): readonly { readonly word: HowWord; readonly about: string }[] {
  const all = Object.keys(howWords) as readonly HowWord[]
  return all
    .filter((word) => word === 'onError' || misfit(stage, word) === null)
    .map((word) => {
      const about = howWords[word].description ?? ''
      return {
        word,
        about: misfit(stage, word) === null ? about : about.replace('skip goes on with the next item; ', ''),
      }
    })
}

/** The words among those that were written that a stage cannot be run by, each with why. */
export function misfits(
  stage: AnyStage,
  written: readonly HowWord[],
  how: How,
): readonly { readonly word: HowWord; readonly text: string }[] {
  return written.flatMap((word) => {
    if (word === 'onError' && how.onError !== 'skip') return []
    const text = misfit(stage, word) ?? (word === 'timeout' && how.onError === 'skip' ? skipsInSequence(stage) : null)
    return text === null ? [] : [{ word, text }]
  })
}

function misfit(stage: AnyStage, word: HowWord): string | null {
  const { name, kind } = stage
  if (word === 'watchdog')
    return kind === 'sink' && stage.actuator ? null : `${name} moves nothing, so it has no watchdog`
  const oneForOne = kind === 'operator' && !('packets' in stage) && !('joins' in stage)
  if (!oneForOne)
    return word === 'onError'
      ? `${name} is not one for one, so it cannot skip an item`
      : `${name} is not one for one, so it has no ${word}: that is for asynchronous work`
  if ('work' in stage && word === 'concurrency' && stage.inSequence === true)
    return `${name} works in sequence, each result resting on the one before, so it has no concurrency`
  if (word === 'onError' || 'work' in stage) return null
  return `${name} gives its result in the turn of its input, so it has no ${word}: that is for asynchronous work`
}

/** What is given up may go on, and the next would come in between. */
function skipsInSequence(stage: AnyStage): string | null {
  if (!('work' in stage) || stage.inSequence !== true) return null
  return `${stage.name} works in sequence, so where the time of an item is up it cannot skip and go on`
}

/** The words as one reads them: `timeout 2s`, `onError skip`. */
export function describeHow(how: How): readonly string[] {
  const { onError, timeoutMs, order, concurrency } = how
  return [
    ...(concurrency === undefined ? [] : [`concurrency ${String(concurrency)}`]),
    ...(order === undefined ? [] : [`order ${order}`]),
    ...(timeoutMs === undefined ? [] : [`timeout ${formatMs(timeoutMs)}`]),
    ...(onError === undefined
      ? []
      : [`onError ${typeof onError === 'string' ? onError : describeRestart(onError.restart)}`]),
    ...(how.watchdog === undefined
      ? []
      : [`watchdog: holds after ${formatMs(how.watchdog.holdMs)}, parks after ${formatMs(how.watchdog.parkMs)}`]),
  ]
}

function describeRestart({ afterMs, upToMs, most, withinMs }: Restart): string {
  return `restart after ${formatMs(afterMs)} up to ${formatMs(upToMs)}, at most ${String(most)} within ${formatMs(withinMs)}`
}

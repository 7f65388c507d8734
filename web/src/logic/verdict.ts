import type { RobotState, RunState } from '../../../src/core/wire.js'

/** The limit that `expect` declares for the actuator. */
export type Limit = {
  readonly figure: 'reaction' | 'age' | 'delay'
  readonly limitMs: number
  readonly at: string
  readonly measuredMs: number | null
  readonly holds: boolean | null
  readonly because: string | null
}

/**
 * The line of `expect` that speaks of this sink: its age before its reaction before its delay.
 *
 * @param sink a name in the file
 */
export function limitOf(run: RunState, sink: string): Limit | null {
  const rank = { age: 0, reaction: 1, delay: 2 }
  const lines = run.expect.filter(({ to }) => to === sink || to.startsWith(`${sink}.`))
  const best = [...lines].sort((a, b) => rank[a.figure] - rank[b.figure])[0]
  if (best === undefined) return null
  const { figure, limitMs, at, measuredMs, holds, because } = best
  return { figure, limitMs, at, measuredMs, holds, because: because ?? null }
}

/** `idle`: nothing is being followed, so that the age grows by right. `free`: no limit is declared. */
export type Verdict = 'none' | 'idle' | 'free' | 'good' | 'near' | 'over'

/** From four fifths of a limit on, it is near. */
const nearFrom = 0.8

/** @param valueMs what the limit is declared for: the age, or the reaction, which is the age at which a tooth starts (T5) */
export function verdict(valueMs: number | null, limit: Limit | null, state: RobotState['state'] | null): Verdict {
  if (valueMs === null) return 'none'
  if (state !== null && state !== 'following') return 'idle'
  if (limit === null) return 'free'
  if (valueMs > limit.limitMs) return 'over'
  return valueMs > limit.limitMs * nearFrom ? 'near' : 'good'
}

/** Nothing that a robot follows comes more slowly than four times a second. */
const slowestPeriodMs = 250

/**
 * What is held against a limit just now: the age itself, or, where the limit is one of the reaction, the age at which the last tooth
 * started. Age is bounded by reaction, period and tick (T5), so that an age beyond all that counts against it too.
 */
export function heldToLimit(ageMs: number | null, toothMs: number | null, limit: Limit | null): number | null {
  if (ageMs === null || toothMs === null || limit?.figure !== 'reaction') return ageMs
  return Math.max(toothMs, ageMs - slowestPeriodMs)
}

/** The verdict on the whole window, in words that belong together by the piece: colour never stands alone. */
export type LimitWords = { readonly verdict: Verdict; readonly words: readonly string[] }

export function limitWords(limit: Limit | null): LimitWords {
  if (limit === null) return { verdict: 'free', words: ['no limit declared'] }
  const { figure, limitMs, at, measuredMs, holds, because } = limit
  const words = [`${figure === 'age' ? '' : `${figure} `}limit ${String(Math.round(limitMs))}`]
  if (measuredMs !== null) words.push(`${at} ${String(Math.round(measuredMs))}`)
  const judged = verdict(measuredMs, limit, null)
  if (holds === false || judged === 'over') {
    words.push(because === null ? 'over it' : `over it: ${because} is slowest`)
    return { verdict: 'over', words }
  }
  if (judged === 'near') words.push('near it')
  return { verdict: judged, words }
}

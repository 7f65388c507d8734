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

/** The verdict on the whole window, in words: colour never stands alone. */
export function limitWords(limit: Limit | null): { readonly verdict: Verdict; readonly text: string } {
  if (limit === null) return { verdict: 'free', text: 'no limit declared' }
  const name = limit.figure === 'age' ? '' : `${limit.figure} `
  const measured = limit.measuredMs === null ? '' : ` · ${limit.at} ${String(Math.round(limit.measuredMs))}`
  const text = `${name}limit ${String(Math.round(limit.limitMs))}${measured}`
  const judged = verdict(limit.measuredMs, limit, null)
  if (limit.holds === false || judged === 'over') {
    return {
      verdict: 'over',
      text: `${text} · over it${limit.because === null ? '' : `, ${limit.because} is slowest`}`,
    }
  }
  return judged === 'near' ? { verdict: 'near', text: `${text} · near it` } : { verdict: judged, text }
}

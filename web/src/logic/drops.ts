import type { StageState } from '../../../src/core/wire.js'
import type { Past } from './page-state.js'

/** Drops that are what somebody asked for: of a throttle, a sample or a dedupe, where there was nothing to give, while paused or stopped, and at a run's end. Told, but never an alarm. */
const calm = new Set(['rate', 'empty', 'overtaken', 'equal', 'shutdown', 'paused', 'stopped'])

export type Drops = { readonly reason: string; readonly count: number }

/** What a stage dropped that nobody asked for, most first. */
export function dropsOf(stage: StageState | undefined): readonly Drops[] {
  if (stage === undefined) return []
  return Object.entries(stage.dropped)
    .filter(([reason, count]) => count > 0 && !calm.has(reason))
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count)
}

/** What it dropped within the last seconds, from the counters of then and now. */
export function recentDrops(past: readonly Past[], key: string): readonly Drops[] {
  const first = past[0]?.stages[key]
  const last = past[past.length - 1]?.stages[key]
  if (first === undefined || last === undefined) return []
  return dropsOf(last)
    .map(({ reason, count }) => ({ reason, count: count - (first.dropped[reason] ?? 0) }))
    .filter(({ count }) => count > 0)
}

export function totalDrops(stages: Readonly<Record<string, StageState>>): number {
  let total = 0
  for (const [key, stage] of Object.entries(stages)) {
    // An entry sums its steps up: count the steps where there are any.
    if (Object.keys(stages).some((other) => other.startsWith(`${key}/`))) continue
    for (const { count } of dropsOf(stage)) total += count
  }
  return total
}

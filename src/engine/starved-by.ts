import { resultNames } from './connections.js'
import type { Plan } from './planned.js'

/**
 * For each entry the stages that failed upstream of it, for want of which it gets less or nothing (S4).
 *
 * @param failed the stages that failed by themselves, by their names in errors: `room.video`, `faces/detect-faces`
 */
export function starvedBy(plan: Plan, failed: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const starved = new Map<string, readonly string[]>()
  /** By result: the stages for want of which it does not come. */
  const missing = new Map<string, readonly string[]>()
  for (const entry of plan.entries) {
    const { name, kind } = entry
    const above = [...new Set(entry.from.flatMap((from) => missing.get(from) ?? []))]
    if (above.length > 0) starved.set(name, above)
    const own = failed.filter((stage) => stage === name || stage.startsWith(`${name}/`) || stage.startsWith(`${name}.`))
    const stage = entry.steps.at(-1)?.stage
    for (const [result] of resultNames(entry, stage)) {
      const full = result === name && stage?.kind === 'stream' ? `${name}.${stage.mainResult}` : result
      // Of a stream's results each may fail alone. A sink that is starved goes on measuring.
      const dead = kind === 'stream' ? own.filter((one) => one === full || one === name) : own
      missing.set(result, kind === 'sink' ? own : [...above, ...dead])
    }
  }
  return starved
}

import type { Runtime } from '../core/runtime.js'
import type { Exam } from './exam.js'
import type { Given } from './trial.js'

/**
 * Whether the counters of a stage and its queues add up (E7): what was fed and what was given are counted apart from them.
 *
 * @param over whether nothing may be held any more
 */
export function imbalance(
  { stage }: Exam,
  runtime: Runtime,
  fed: number,
  given: readonly Given[],
  over = false,
): { readonly text: string | null; readonly held: number } {
  const meters = [...runtime.meters.values()]
  const held = meters.reduce((sum, meter) => sum + meter.held, 0)
  const text = (): string | null => {
    const below = meters.find((meter) => meter.held < 0)
    if (below !== undefined) return `${below.name} gave or dropped more than it took, by ${String(-below.held)}`
    if (over && held !== 0) return `${String(held)} packets are neither given nor dropped when all is over`
    if (stage.kind !== 'operator') return null
    const own = runtime.meters.get(stage.name)
    if (own !== undefined && own.out !== given.length)
      return `it gave ${String(given.length)} packets and counts ${String(own.out)}`
    const within = meters.reduce((sum, meter) => sum + meter.in - meter.out, 0)
    if (fed - given.length !== within)
      return `${String(fed)} came and ${String(given.length)} went, and its counters know of ${String(within)} between`
    return null
  }
  return { text: text(), held }
}

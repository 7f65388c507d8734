import type { GraphJson, StageState } from '../../../src/core/wire.js'
import { recentDrops } from './drops.js'
import { fixed } from './format.js'
import type { Past } from './page-state.js'
import { entryOf } from './where-stalled.js'

export type EdgeWords = {
  /** `30.0/s · latest`, `50.0/s · 0/10`, `50.0/s · interpolate 100ms` */
  readonly text: string
  /** `dropping: overflow`, while it does. */
  readonly drop: string | null
  readonly perSecond: number
}

/**
 * What flows over a line of the graph a second, what waits on it, and what it drops just now.
 *
 * @param rates what the page has counted itself, by the name of a result, for what the run does not count apart
 */
export function edgeWords(
  graph: GraphJson,
  members: readonly number[],
  stages: Readonly<Record<string, StageState>>,
  past: readonly Past[],
  rates: ReadonlyMap<string, number>,
): EdgeWords {
  const told = members.flatMap((index) => {
    const edge = graph.edges[index]
    if (edge === undefined) return []
    const queue = edge.stage === undefined ? undefined : stages[edge.stage]
    const perSecond =
      queue?.perSecond ?? stages[edge.from]?.perSecond ?? rates.get(edge.from) ?? stages[entryOf(edge.from)]?.perSecond
    const waits = edge.queue === undefined ? [] : [queueWords(edge.queue, queue?.held)]
    const taken = edge.taken === undefined ? [] : [edge.taken]
    const drops = edge.stage === undefined ? [] : recentDrops(past, edge.stage).map(({ reason }) => reason)
    return [{ perSecond: perSecond ?? 0, waits: [...taken, ...waits], drops }]
  })
  const rate = told.map(({ perSecond }) => fixed(perSecond, 1)).join(' + ')
  const waits = told.flatMap((edge) => edge.waits)
  const reasons = [...new Set(told.flatMap(({ drops }) => drops))]
  return {
    text: [`${rate}/s`, ...waits].join(' · '),
    drop: reasons.length === 0 ? null : `dropping: ${reasons.join(', ')}`,
    perSecond: told.reduce((sum, { perSecond }) => sum + perSecond, 0),
  }
}

/** `drop-oldest 10` with 2 waiting → `2/10`; `latest`, which holds one at most, → `latest`. */
function queueWords(queue: string, held: number | undefined): string {
  const capacity = /^[a-z-]+ (\d+)/.exec(queue)?.[1]
  return capacity === undefined ? queue : `${String(held ?? 0)}/${capacity}`
}

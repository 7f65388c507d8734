import type { GraphJson, RunState, StageState } from '../../../src/core/wire.js'
import { recentDrops } from './drops.js'
import type { Past } from './page-state.js'

/** What a node of the graph shows of itself just now. */
export type NodeFacts = {
  readonly name: string
  readonly latencyMs: number | null
  readonly state: StageState['state']
  /** One short phrase, the most pressing first; null where all is well. */
  readonly mark: { readonly text: string; readonly tone: 'near' | 'stop' | 'starved' } | null
}

/** @param slowest the node to be marked, as `slowest` tells */
export function nodeFacts(
  graph: GraphJson,
  run: RunState | null,
  past: readonly Past[],
  slowest: string | null,
): readonly NodeFacts[] {
  const queues = new Set(graph.edges.map(({ stage }) => stage))
  return graph.nodes.map(({ name }): NodeFacts => {
    const stages = run?.stages ?? {}
    const entry = stages[name]
    const own = Object.keys(stages).filter((key) => (key === name || key.startsWith(`${name}/`)) && !queues.has(key))
    const failed = own.some((key) => stages[key]?.state === 'failed')
    const restarting = own.some((key) => stages[key]?.state === 'restarting')
    // Reasons of queues are told on their edges.
    const reasons = own.length > 1 ? own.filter((key) => key !== name) : own
    const drops = [...new Set(reasons.flatMap((key) => recentDrops(past, key).map(({ reason }) => reason)))]
    const mark = failed
      ? { text: 'failed', tone: 'stop' as const }
      : restarting
        ? { text: 'restarting', tone: 'near' as const }
        : entry?.starvedBy !== undefined
          ? { text: `starved: ${entry.starvedBy.join(', ')} failed`, tone: 'starved' as const }
          : drops.length > 0
            ? { text: `dropping: ${drops.join(', ')}`, tone: 'near' as const }
            : name === slowest
              ? { text: 'slowest', tone: 'near' as const }
              : null
    return { name, latencyMs: entry?.latencyMs?.p50 ?? null, state: failed ? 'failed' : (entry?.state ?? 'idle'), mark }
  })
}

/** The entry's own counters and those of each step of its pipe, in the run's order. */
export function stagesOf(
  name: string,
  run: RunState | null,
): readonly { readonly key: string; readonly stage: StageState }[] {
  return Object.entries(run?.stages ?? {})
    .filter(([key]) => key === name || key.startsWith(`${name}/`) || key.startsWith(`${name}.`))
    .map(([key, stage]) => ({ key, stage }))
}

import type { GraphJson, StageState } from '../../../src/core/wire.js'

/** Below this nobody needs to look for a bottleneck. */
const worthNamingMs = 1

/**
 * The operator that takes longest for an item; the one named before stays until another is a sixth slower, so that the mark does
 * not flicker between two alike.
 */
export function slowest(
  graph: GraphJson,
  stages: Readonly<Record<string, StageState>>,
  before: string | null,
): string | null {
  const took = new Map<string, number>()
  for (const { name, kind } of graph.nodes) {
    const p50 = stages[name]?.latencyMs?.p50
    if (kind === 'operator' && p50 !== undefined) took.set(name, p50)
  }
  let most: string | null = null
  for (const [name, p50] of took) if (p50 >= worthNamingMs && p50 > (took.get(most ?? '') ?? 0)) most = name
  if (most === null || before === null) return most
  const stays = took.get(before)
  return stays !== undefined && stays >= worthNamingMs && (took.get(most) ?? 0) < stays * 1.16 ? before : most
}

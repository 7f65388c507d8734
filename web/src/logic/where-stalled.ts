import type { GraphJson, StageState } from '../../../src/core/wire.js'

/** The entry whose results are missing: the first that gives nothing, though all that lead to it give something. */
export function whereStalled(graph: GraphJson, stages: Readonly<Record<string, StageState>>): string | null {
  const silent = (name: string): boolean => (stages[name]?.perSecond ?? 0) === 0
  for (const { name, kind } of graph.nodes) {
    if (kind === 'sink' || !silent(name)) continue
    const feeders = graph.edges.filter((edge) => entryOf(edge.to) === name).map((edge) => entryOf(edge.from))
    if (feeders.every((feeder) => !silent(feeder))) return name
  }
  return null
}

/** `room.video` → `room` */
export function entryOf(reference: string): string {
  return reference.split('.')[0] ?? reference
}

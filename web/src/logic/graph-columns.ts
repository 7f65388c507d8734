import type { GraphJson } from '../../../src/core/wire.js'
import type { NodeEdge } from './group-edges.js'

/** The column of each node: its longest way from a stream; sinks share the last. */
export function graphColumns(graph: GraphJson, edges: readonly NodeEdge[]): Map<string, number> {
  const kinds = new Map(graph.nodes.map(({ name, kind }) => [name, kind]))
  const columns = new Map(graph.nodes.map(({ name }) => [name, 0]))
  // At most as many rounds as nodes: a cycle that the plan should have refused cannot hang the page.
  for (let round = 0; round < graph.nodes.length; round++) {
    for (const { from, to } of edges) {
      if (kinds.get(from) === 'sink') continue
      columns.set(to, Math.min(graph.nodes.length, Math.max(columns.get(to) ?? 0, (columns.get(from) ?? 0) + 1)))
    }
  }
  const last = Math.max(0, ...columns.values())
  for (const { name, kind } of graph.nodes) if (kind === 'sink') columns.set(name, last)
  return columns
}

import type { GraphJson } from '../../../src/core/wire.js'
import { entryOf } from './where-stalled.js'

/** All edges from one node to another; `members` are places in `graph.edges`. */
export type NodeEdge = { readonly from: string; readonly to: string; readonly members: number[] }

export function groupEdges(graph: GraphJson): NodeEdge[] {
  const names = new Set(graph.nodes.map(({ name }) => name))
  const groups = new Map<string, NodeEdge>()
  graph.edges.forEach((edge, index) => {
    const [from, to] = [entryOf(edge.from), entryOf(edge.to)]
    if (!names.has(from) || !names.has(to) || from === to) return
    const group = groups.get(`${from}>${to}`) ?? { from, to, members: [] }
    group.members.push(index)
    groups.set(`${from}>${to}`, group)
  })
  return [...groups.values()]
}

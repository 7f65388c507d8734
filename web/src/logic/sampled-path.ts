import type { LaidEdge, LaidNode } from './laid-graph.js'
import type { NodeEdge } from './group-edges.js'
import { px } from './px.js'

/** From what a sink measures back into the graph: over the top, so that it reads as what it is. */
export function sampledPath(edge: NodeEdge, nodes: ReadonlyMap<string, LaidNode>, laneY: number): LaidEdge[] {
  const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)]
  if (from === undefined || to === undefined) return []
  const [a, b] = [from.x + from.width / 2, to.x + to.width / 2]
  const r = 10
  const path =
    `M${px(a)} ${px(from.y)}V${px(laneY + r)}Q${px(a)} ${px(laneY)} ${px(a - r)} ${px(laneY)}` +
    `H${px(b + r)}Q${px(b)} ${px(laneY)} ${px(b)} ${px(laneY + r)}V${px(to.y)}`
  const label = { x: (a + b) / 2, y: laneY + 16, anchor: 'middle' as const, room: Math.abs(a - b) - 40 }
  return [
    {
      key: `${edge.from}>${edge.to}`,
      from: edge.from,
      to: edge.to,
      members: edge.members,
      kind: 'sampled',
      path,
      label,
    },
  ]
}

import type { GraphJson } from '../../../src/core/wire.js'
import type { GraphLayout, LaidEdge, LaidNode } from './laid-graph.js'
import { graphColumns } from './graph-columns.js'
import { graphPaths, portGap } from './graph-paths.js'
import { groupEdges, type NodeEdge } from './group-edges.js'
import { placeRows, type Route, type Slot } from './place-rows.js'
import { sampledPath } from './sampled-path.js'

const nodeHeight = 60
const laneHeight = 14
const gapLeast = 132
const widthLeast = 148
const widthMost = 216
const laneTop = 34

/**
 * Streams at the left, sinks at the right, everything in the columns between by its longest way from a stream; an edge that
 * spans columns gets a lane of its own in each (Sugiyama's layers), so that it never runs through a node.
 *
 * It depends on the graph and the width alone: nothing that flows can move it. Where the width is too small, the layout is wider
 * than asked for, and its place scrolls.
 */
export function graphLayout(graph: GraphJson, widthPx: number): GraphLayout {
  const kinds = new Map(graph.nodes.map(({ name, kind }) => [name, kind]))
  const grouped = groupEdges(graph)
  const isSampled = (edge: NodeEdge): boolean => kinds.get(edge.from) === 'sink' && kinds.get(edge.to) !== 'sink'
  const forward = grouped.filter((edge) => !isSampled(edge))
  const columns = graphColumns(graph, forward)
  const last = Math.max(0, ...columns.values())
  const width = Math.min(widthMost, Math.max(widthLeast, (widthPx - last * gapLeast) / (last + 1)))

  // Slots: nodes and lanes, column by column.
  const slots: Slot[][] = Array.from({ length: last + 1 }, () => [])
  for (const { name } of graph.nodes) {
    slots[columns.get(name) ?? 0]?.push({ id: name, node: name, height: nodeHeight, y: 0 })
  }
  const routes: Route[] = forward.map((edge) => {
    const [a, b] = [columns.get(edge.from) ?? 0, columns.get(edge.to) ?? 0]
    const via: string[] = []
    for (let column = a + 1; column < b; column++) {
      const id = `${edge.from}>${edge.to}@${String(column)}`
      slots[column]?.push({ id, node: null, height: laneHeight, y: 0 })
      via.push(id)
    }
    return { edge, via: [edge.from, ...via, edge.to] }
  })
  const across = routes.filter(({ edge }) => columns.get(edge.from) !== columns.get(edge.to))
  const byId = new Map(slots.flat().map((slot) => [slot.id, slot]))
  for (const slot of byId.values()) {
    const ways = Math.max(
      across.filter(({ via }) => via[via.length - 1] === slot.id).length,
      across.filter(({ via }) => via[0] === slot.id).length,
    )
    if (slot.node !== null) slot.height = Math.max(nodeHeight, portGap * ways + 12)
  }
  placeRows(slots, routes)

  // A sink whose result goes to the sink right under it: a line straight down. Any other within a column takes a loop beside it.
  const isDown = ({ from, to }: NodeEdge): boolean =>
    slots.some((column) => column.findIndex(({ id }) => id === to) - 1 === column.findIndex(({ id }) => id === from))
  const loops = forward.some((edge) => columns.get(edge.from) === columns.get(edge.to) && !isDown(edge))
  const margin = loops ? 30 : 0
  const gap = last === 0 ? 0 : Math.max(gapLeast, (widthPx - margin - (last + 1) * width) / last)
  const xOf = (column: number): number => column * (width + gap)

  const sampled = grouped.filter(isSampled)
  const top = sampled.length > 0 ? laneTop : 0
  const lowest = Math.min(...slots.flat().map(({ y }) => y))
  for (const slot of slots.flat()) slot.y += top - lowest
  // A line above a lane carries its label, which needs air at the very top.
  const first = Math.min(...slots.flat().map(({ node, y }) => (node === null ? y - 14 : y)))
  if (first < 0) for (const slot of slots.flat()) slot.y -= first

  const nodes = slots.flatMap((column, index) =>
    column.flatMap(({ node, y, height }): LaidNode[] =>
      node === null ? [] : [{ name: node, column: index, x: xOf(index), y, width, height }],
    ),
  )
  const nodeOf = new Map(nodes.map((node) => [node.name, node]))
  const edges: LaidEdge[] = [
    ...graphPaths(routes, byId, nodeOf, gap, isDown),
    ...sampled.flatMap((edge, i) => sampledPath(edge, nodeOf, 8 + i * 10)),
  ]
  const height = Math.max(0, ...slots.flat().map((slot) => slot.y + slot.height))
  return { width: xOf(last) + width + margin, height, nodes, edges }
}

import type { GraphJson } from '../../../src/core/wire.js'
import { spread } from './spread.js'
import { entryOf } from './where-stalled.js'

export type LaidNode = {
  readonly name: string
  readonly column: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** All edges from one node to another, drawn as one line. */
export type LaidEdge = {
  readonly key: string
  readonly from: string
  readonly to: string
  /** Places in `graph.edges`. */
  readonly members: readonly number[]
  /** `sampled`: from a sink's measurement back into the graph. */
  readonly kind: 'forward' | 'beside' | 'sampled'
  /** SVG path data. */
  readonly path: string
  readonly label: {
    readonly x: number
    readonly y: number
    readonly anchor: 'start' | 'middle' | 'end'
    readonly room: number
  }
}

export type GraphLayout = {
  readonly width: number
  readonly height: number
  readonly nodes: readonly LaidNode[]
  readonly edges: readonly LaidEdge[]
}

const nodeHeight = 60
const portGap = 22
const rowGap = 28
const laneHeight = 14
const bend = 52
const gapLeast = 132
const widthLeast = 148
const widthMost = 216
const laneTop = 34

type Slot = { readonly id: string; readonly node: string | null; height: number; y: number }
type Route = { readonly edge: { from: string; to: string; members: number[] }; readonly via: readonly string[] }

/**
 * Streams at the left, sinks at the right, everything in the columns between by its longest way from a stream; an edge that
 * spans columns gets a lane of its own in each (Sugiyama's layers), so that it never runs through a node.
 *
 * It depends on the graph and the width alone: nothing that flows can move it. Where the width is too small, the layout is wider
 * than asked for, and its place scrolls.
 */
export function graphLayout(graph: GraphJson, widthPx: number): GraphLayout {
  const kinds = new Map(graph.nodes.map(({ name, kind }) => [name, kind]))
  const grouped = groupEdges(graph, kinds)
  const isSampled = (edge: { from: string; to: string }): boolean =>
    kinds.get(edge.from) === 'sink' && kinds.get(edge.to) !== 'sink'
  const forward = grouped.filter((edge) => !isSampled(edge))
  const columns = columnsOf(graph, forward)
  const last = Math.max(0, ...columns.values())
  const width = Math.min(widthMost, Math.max(widthLeast, (widthPx - last * gapLeast) / (last + 1)))
  const besides = forward.filter(({ from, to }) => columns.get(from) === columns.get(to))
  const margin = besides.length > 0 ? 30 : 0
  const gap = last === 0 ? 0 : Math.max(gapLeast, (widthPx - margin - (last + 1) * width) / last)
  const xOf = (column: number): number => column * (width + gap)

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
  place(slots, routes, byId)

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
    ...draw(routes, byId, columns, nodeOf, gap),
    ...sampled.flatMap((edge, i) => drawSampled(edge, nodeOf, 8 + i * 10)),
  ]
  const height = Math.max(0, ...slots.flat().map((slot) => slot.y + slot.height))
  return { width: xOf(last) + width + margin, height, nodes, edges }
}

function groupEdges(
  graph: GraphJson,
  kinds: ReadonlyMap<string, string>,
): { from: string; to: string; members: number[] }[] {
  const groups = new Map<string, { from: string; to: string; members: number[] }>()
  graph.edges.forEach((edge, index) => {
    const [from, to] = [entryOf(edge.from), entryOf(edge.to)]
    if (!kinds.has(from) || !kinds.has(to) || from === to) return
    const group = groups.get(`${from}>${to}`) ?? { from, to, members: [] }
    group.members.push(index)
    groups.set(`${from}>${to}`, group)
  })
  return [...groups.values()]
}

function columnsOf(graph: GraphJson, edges: readonly { from: string; to: string }[]): Map<string, number> {
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

/** Orders each column by its neighbours' middle, then brings the rows in line with each other as far as they have room. */
function place(slots: Slot[][], routes: readonly Route[], byId: ReadonlyMap<string, Slot>): void {
  const before = new Map<string, string[]>()
  const after = new Map<string, string[]>()
  for (const { via } of routes) {
    via.forEach((id, i) => {
      const next = via[i + 1]
      if (next === undefined) return
      after.set(id, [...(after.get(id) ?? []), next])
      before.set(next, [...(before.get(next) ?? []), id])
    })
  }
  const centre = (id: string): number => {
    const slot = byId.get(id)
    return slot === undefined ? 0 : slot.y + slot.height / 2
  }
  const middle = (ids: readonly string[] | undefined): number | null =>
    ids === undefined || ids.length === 0 ? null : ids.reduce((sum, id) => sum + centre(id), 0) / ids.length
  const settle = (column: Slot[], wanted: (slot: Slot) => number): void => {
    const centres = spread(
      column.map(wanted),
      column.slice(1).map((slot, i) => {
        const above = column[i]
        return ((above?.height ?? 0) + slot.height) / 2 + rowGap
      }),
    )
    column.forEach((slot, i) => {
      slot.y = (centres[i] ?? 0) - slot.height / 2
    })
  }

  for (const column of slots) settle(column, () => 0)
  for (const column of slots) {
    const rank = new Map(column.map((slot, i) => [slot.id, middle(before.get(slot.id)) ?? i * 1e-3]))
    const kept = new Map(column.map((slot, i) => [slot.id, i]))
    // Lanes under the nodes, where nothing else decides: the short way stays straight.
    column.sort(
      (a, b) =>
        (a.node === null ? 1 : 0) - (b.node === null ? 1 : 0) ||
        (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0) ||
        (kept.get(a.id) ?? 0) - (kept.get(b.id) ?? 0),
    )
    settle(column, (slot) => middle(before.get(slot.id)) ?? centre(slot.id))
  }
  for (let round = 0; round < 6; round++) {
    const forwards = round % 2 === 1
    for (const column of forwards ? slots : [...slots].reverse()) {
      settle(column, (slot) => {
        const sides = [middle(before.get(slot.id)), middle(after.get(slot.id))].filter((y) => y !== null)
        return sides.length === 0 ? centre(slot.id) : sides.reduce((sum, y) => sum + y, 0) / sides.length
      })
    }
  }
}

function draw(
  routes: readonly Route[],
  byId: ReadonlyMap<string, Slot>,
  columns: ReadonlyMap<string, number>,
  nodeOf: ReadonlyMap<string, LaidNode>,
  gap: number,
): LaidEdge[] {
  const centre = (id: string | undefined): number => {
    const slot = byId.get(id ?? '')
    return slot === undefined ? 0 : slot.y + slot.height / 2
  }
  const across = routes.filter(({ edge }) => columns.get(edge.from) !== columns.get(edge.to))
  const port = (mine: Route[], self: Route, node: LaidNode): number => {
    const at = mine.indexOf(self)
    return node.y + node.height / 2 + (at - (mine.length - 1) / 2) * portGap
  }
  const edges: LaidEdge[] = []
  for (const route of routes) {
    const { edge, via } = route
    const [from, to] = [nodeOf.get(edge.from), nodeOf.get(edge.to)]
    if (from === undefined || to === undefined) continue
    const key = `${edge.from}>${edge.to}`
    if (!across.includes(route)) {
      edges.push({ key, from: edge.from, to: edge.to, members: edge.members, ...drawBeside(from, to, nodeOf) })
      continue
    }
    const leaving = across
      .filter((other) => other.edge.from === edge.from)
      .sort((a, b) => centre(a.via[1]) - centre(b.via[1]))
    const arriving = across
      .filter((other) => other.edge.to === edge.to)
      .sort((a, b) => centre(a.via[a.via.length - 2]) - centre(b.via[b.via.length - 2]))
    const start = port(leaving, route, from)
    const end = port(arriving, route, to)
    const lanes = via.slice(1, -1)
    let x = from.x + from.width
    let y = start
    let path = `M${px(x)} ${px(y)}`
    lanes.forEach((lane, i) => {
      const next = centre(lane)
      path += bendTo(x, y, next)
      const columnX = (from.column + i + 1) * (from.width + gap)
      path += `H${px(columnX + from.width)}`
      x = columnX + from.width
      y = next
    })
    const firstLane = lanes[0]
    if (firstLane === undefined) {
      // One gap to cross: the bend at its start leaves a level stretch for the label.
      path += `${bendTo(x, y, end)}H${px(to.x)}`
    } else {
      path += `H${px(to.x - bend)}${bendTo(to.x - bend, y, end)}`
    }
    // Above the line; below it, where the bend comes down from above and would run through the words.
    const level = Math.abs(end - start) < 1
    const label: LaidEdge['label'] =
      firstLane === undefined
        ? {
            x: level ? from.x + from.width + gap / 2 : to.x - 10,
            y: !level && start < end ? end + 17 : end - 8,
            anchor: level ? 'middle' : 'end',
            room: gap - 16,
          }
        : {
            x: (from.column + 1) * (from.width + gap) + from.width / 2,
            y: centre(firstLane) - 8,
            anchor: 'middle',
            room: from.width + gap,
          }
    edges.push({ key, from: edge.from, to: edge.to, members: edge.members, kind: 'forward', path, label })
  }
  return edges
}

function bendTo(x: number, y: number, toY: number): string {
  if (Math.abs(toY - y) < 0.5) return `H${px(x + bend)}`
  const middle = x + bend / 2
  return `C${px(middle)} ${px(y)} ${px(middle)} ${px(toY)} ${px(x + bend)} ${px(toY)}`
}

function drawBeside(
  from: LaidNode,
  to: LaidNode,
  nodes: ReadonlyMap<string, LaidNode>,
): Pick<LaidEdge, 'kind' | 'path' | 'label'> {
  const between = [...nodes.values()].some(
    (node) => node.column === from.column && node !== from && node !== to && node.y > from.y && node.y < to.y,
  )
  if (from.y < to.y && !between) {
    const x = from.x + from.width / 2
    const [a, b] = [from.y + from.height, to.y]
    return {
      kind: 'beside',
      path: `M${px(x)} ${px(a)}V${px(b)}`,
      label: { x: x + 10, y: (a + b) / 2 + 4, anchor: 'start', room: from.width / 2 },
    }
  }
  const x = from.x + from.width
  const [a, b] = [from.y + from.height / 2, to.y + to.height / 2]
  return {
    kind: 'beside',
    path: `M${px(x)} ${px(a)}C${px(x + 26)} ${px(a)} ${px(x + 26)} ${px(b)} ${px(x)} ${px(b)}`,
    label: { x: x - 4, y: (a + b) / 2, anchor: 'middle', room: 60 },
  }
}

function drawSampled(
  edge: { from: string; to: string; members: number[] },
  nodes: ReadonlyMap<string, LaidNode>,
  laneY: number,
): LaidEdge[] {
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

function px(value: number): string {
  return String(Math.round(value * 10) / 10)
}

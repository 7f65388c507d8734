import type { LaidEdge, LaidNode } from './laid-graph.js'
import type { NodeEdge } from './group-edges.js'
import type { Route, Slot } from './place-rows.js'
import { px } from './px.js'

/** Between two ends of edges at the side of a node. */
export const portGap = 22

/** How far an edge takes to change its height; the rest of its way is level, so that words can stand on it. */
const bend = 52

/** @param isDown the edge goes to the node right under */
export function graphPaths(
  routes: readonly Route[],
  byId: ReadonlyMap<string, Slot>,
  nodeOf: ReadonlyMap<string, LaidNode>,
  gap: number,
  isDown: (edge: NodeEdge) => boolean,
): LaidEdge[] {
  const centre = (id: string | undefined): number => {
    const slot = byId.get(id ?? '')
    return slot === undefined ? 0 : slot.y + slot.height / 2
  }
  const across = routes.filter(({ edge }) => nodeOf.get(edge.from)?.column !== nodeOf.get(edge.to)?.column)
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
      edges.push({ key, from: edge.from, to: edge.to, members: edge.members, ...besidePath(from, to, isDown(edge)) })
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

function besidePath(from: LaidNode, to: LaidNode, down: boolean): Pick<LaidEdge, 'kind' | 'path' | 'label'> {
  if (down) {
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

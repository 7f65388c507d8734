import type { NodeEdge } from './group-edges.js'
import { spread } from './spread.js'

/** A place in a column: a node, or the lane of an edge that passes by (`node` is null). */
export type Slot = { readonly id: string; readonly node: string | null; height: number; y: number }

/** An edge with the slots that it goes through, from end to end. */
export type Route = { readonly edge: NodeEdge; readonly via: readonly string[] }

const rowGap = 28

/** Orders each column by its neighbours' middle, then brings the rows in line with each other as far as they have room. */
export function placeRows(slots: readonly Slot[][], routes: readonly Route[]): void {
  const byId = new Map(slots.flat().map((slot) => [slot.id, slot]))
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

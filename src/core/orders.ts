import type { Item } from './item.js'
import type { Origin, Packet } from './packet.js'
import type { How } from './stage.js'

/* eslint-disable @typescript-eslint/no-explicit-any -- which types an item carries is nothing to the order it keeps */
type AnyItem = Item<any, any>
/* eslint-enable @typescript-eslint/no-explicit-any */

/** In which order items begin and leave (S2). */
export type Order = {
  /** Takes an item in; whether its work may begin at once. */
  readonly enter: (item: AnyItem) => boolean
  /** The outcome of an item is there: lets go who may leave now, and begin. */
  readonly settled: (item: AnyItem) => void
}

type KeyOf = (value: never, packet: Packet<never>) => unknown

/** What an order lets happen to items. */
export type Doorkeeper = {
  readonly leave: (item: AnyItem) => void
  readonly begin: (item: AnyItem) => void
  readonly overtaken: (item: AnyItem) => void
}

/** The order that is asked for. */
export function orderOf(
  { concurrency = 1, order = 'input', by }: Pick<How, 'concurrency' | 'order'> & { readonly by?: KeyOf },
  doorkeeper: Doorkeeper,
): Order {
  if (concurrency === 1) return asTheyCome(doorkeeper)
  if (by !== undefined) return oneOfEachKey(by, doorkeeper)
  if (order === 'completion') return asTheyCome(doorkeeper)
  return order === 'input' ? inOrderOfInput(doorkeeper) : latestOnly(doorkeeper)
}

/** Results leave as they come. Of one at a time, that is every order. */
function asTheyCome({ leave }: Doorkeeper): Order {
  return { enter: () => true, settled: leave }
}

/** Results wait until those of all earlier items have left. */
function inOrderOfInput({ leave }: Doorkeeper): Order {
  const row = new Row()
  return {
    enter(item) {
      row.add(item)
      return true
    },
    settled() {
      for (let first = row.first; first?.answered === true; first = row.first) {
        row.remove(first)
        leave(first)
      }
    },
  }
}

/** A result that is there overtakes all earlier items of its origin that are still under way. */
function latestOnly({ leave, overtaken }: Doorkeeper): Order {
  const rows = new Map<Origin, Row>()
  return {
    enter(item) {
      const { origin } = item.packet as Packet<unknown>
      const row = rows.get(origin) ?? new Row()
      row.add(item)
      rows.set(origin, row)
      return true
    },
    settled(item) {
      const { origin } = item.packet as Packet<unknown>
      const row = rows.get(origin)
      if (row === undefined) return
      if (item.outcome?.kind === 'value') {
        for (let first = row.first; first !== null && first !== item; first = row.first) {
          row.remove(first)
          overtaken(first)
        }
      }
      row.remove(item)
      if (row.first === null) rows.delete(origin)
      leave(item)
    },
  }
}

/** Items of one key begin one after another, each when the one before it has left. */
function oneOfEachKey(by: KeyOf, { leave, begin }: Doorkeeper): Order {
  const rows = new Map<unknown, Row>()
  return {
    enter(item) {
      const packet = item.packet as Packet<never>
      item.key = by(packet.value, packet)
      const row = rows.get(item.key)
      if (row !== undefined) {
        row.add(item)
        return false
      }
      const alone = new Row()
      alone.add(item)
      rows.set(item.key, alone)
      return true
    },
    settled(item) {
      const row = rows.get(item.key)
      row?.remove(item)
      leave(item)
      if (row === undefined) return
      if (row.first === null) rows.delete(item.key)
      else begin(row.first)
    },
  }
}

/** Items side by side, in the order in which they came; any may step out. One that has stepped out still knows its neighbours. */
class Row {
  first: AnyItem | null = null
  #last: AnyItem | null = null

  add(item: AnyItem): void {
    item.previous = this.#last
    if (this.#last === null) this.first = item
    else this.#last.next = item
    this.#last = item
  }

  remove(item: AnyItem): void {
    const { previous, next } = item
    if (previous === null) this.first = next
    else previous.next = next
    if (next === null) this.#last = previous
    else next.previous = previous
  }
}

import type { Choice } from './join-side.js'
import { keep, type Origin, type Packet } from './packet.js'

/** An anchor item that waits for the sides. */
export type Anchor = {
  readonly packet: Packet<unknown>
  readonly letGo: () => void
  readonly arrivedMs: number
  readonly lane: Lane
  /** Of all anchor items, in order of arrival. */
  readonly nth: number
  /** Since when its sides are asked: it is the first of its lane, and may leave. Null before. */
  askedMs: number | null
  /** It had to make room: decided with what there is. */
  forced: boolean
}

/** What is kept for each origin of the anchor (S2). */
type Lane = {
  readonly waiting: Anchor[]
  newestMs: number
  epoch: number
  /** Lost since the last one that was given (E8). */
  lost: number
  /** What was used last of each side, for `hold`. */
  readonly used: Map<string, { readonly value: unknown; readonly letGo: () => void }>
}

/** The anchor items of a join that wait, in a lane for each origin: order is kept within each, and none stalls another. */
export class JoinLanes {
  readonly #lanes = new Map<Origin, Lane>()
  #waiting = 0
  #arrivals = 0

  get length(): number {
    return this.#waiting
  }

  add(packet: Packet<unknown>, arrivedMs: number): void {
    const lane = this.#laneOf(packet)
    const nth = this.#arrivals++
    lane.waiting.push({ packet, letGo: keep(packet), arrivedMs, lane, nth, askedMs: null, forced: false })
    lane.newestMs = Math.max(lane.newestMs, packet.capturedAtMs)
    this.#waiting++
  }

  /** Those whose turn it is: the first of each lane. */
  *firsts(): Generator<Anchor> {
    for (const { waiting } of this.#lanes.values()) if (waiting[0] !== undefined) yield waiting[0]
  }

  /** Of those whose turn it is and who pass the test, the first to have arrived. */
  first(test: (anchor: Anchor) => boolean): Anchor | null {
    let first: Anchor | null = null
    for (const anchor of this.firsts()) {
      if ((first === null || anchor.nth < first.nth) && test(anchor)) first = anchor
    }
    return first
  }

  /** Takes out one whose turn it is. */
  take({ lane }: Anchor): void {
    lane.waiting.shift()
    this.#waiting--
  }

  /** The next one of its lane says what was lost before it. */
  lose({ lane, packet }: Anchor, itself: 0 | 1): void {
    lane.lost += packet.lost + itself
  }

  /** What was lost before this one, told once. */
  lostBefore({ lane, packet }: Anchor): number {
    const lost = packet.lost + lane.lost
    lane.lost = 0
    return lost
  }

  usedLast({ lane }: Anchor, side: string): { readonly value: unknown } | undefined {
    return lane.used.get(side)
  }

  /** What it lends is kept as long as it may be used again. */
  remember({ lane }: Anchor, side: string, { value, of }: Choice): void {
    const [only] = of
    const letGo = only === undefined || of.length > 1 ? () => undefined : keep(only.packet)
    lane.used.get(side)?.letGo()
    lane.used.set(side, { value, letGo })
  }

  /** What was used of a side is not to be used again. */
  forget(side: string): void {
    for (const { used } of this.#lanes.values()) {
      used.get(side)?.letGo()
      used.delete(side)
    }
  }

  /**
   * From when on items of the sides are needed: by the first that waits in each lane, and by what may still come.
   *
   * @param pressed where there is no room a lane that is not the newest, and has nothing waiting, is taken for gone
   */
  neededFromMs(pressed: boolean): number {
    let [fromMs, newestMs] = [Infinity, -Infinity]
    for (const lane of this.#lanes.values()) {
      newestMs = Math.max(newestMs, lane.newestMs)
      const [first] = lane.waiting
      if (first !== undefined) fromMs = Math.min(fromMs, first.packet.capturedAtMs)
      else if (!pressed) fromMs = Math.min(fromMs, lane.newestMs)
    }
    return Math.min(fromMs, newestMs)
  }

  /** Gives back all that is kept; returns how many were waiting. */
  clear(): number {
    const count = this.#waiting
    for (const lane of this.#lanes.values()) {
      for (const anchor of lane.waiting.splice(0)) anchor.letGo()
      letUsedGo(lane)
    }
    this.#waiting = 0
    return count
  }

  #laneOf({ origin, epoch }: Packet<unknown>): Lane {
    let lane = this.#lanes.get(origin)
    if (lane === undefined) {
      lane = { waiting: [], newestMs: -Infinity, epoch, lost: 0, used: new Map() }
      this.#lanes.set(origin, lane)
    }
    // S3: what was used before the restart is of another life; what waits was captured all the same.
    if (epoch > lane.epoch) letUsedGo(lane)
    lane.epoch = Math.max(lane.epoch, epoch)
    return lane
  }
}

function letUsedGo(lane: Lane): void {
  for (const { letGo } of lane.used.values()) letGo()
  lane.used.clear()
}

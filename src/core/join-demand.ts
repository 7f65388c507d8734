import { Feeders } from './feeders.js'
import type { Gate } from './gate.js'
import type { JoinLanes } from './join-lanes.js'
import { recordedWaitMs } from './join-plan.js'
import type { JoinSide } from './join-side.js'
import type { Packet } from './packet.js'

/**
 * Who feeds a join and can wait (E5): the anchor's sources are held while it is full, a side's while that is full.
 *
 * Nothing stands still for ever. An anchor item waits only for sides that are not held. A source that feeds two inputs is not
 * held for one while the other is waited for, unless nothing could leave anyway; where that cannot be seen, as queues lie
 * between, a side that is held while no anchor item comes is let go after a while.
 */
export class JoinDemand {
  readonly #anchor = new Feeders()
  readonly #lanes: JoinLanes
  readonly #sides: readonly JoinSide[]
  readonly #mayLeave: () => boolean
  readonly #patienceMs: number
  /** Since when a side is held and no anchor item is there to use what it has. */
  #idleSinceMs: number | null = null
  /** That was in vain: sides are not held again before the anchor is heard again. */
  #anchorSilent = false

  /** @param mayLeave whether results are taken just now */
  constructor(lanes: JoinLanes, sides: readonly JoinSide[], waitMs: number | null, mayLeave: () => boolean) {
    this.#mayLeave = mayLeave
    this.#lanes = lanes
    this.#sides = sides
    this.#patienceMs = Math.max(waitMs ?? 0, recordedWaitMs)
  }

  hearAnchor(packet: Packet<unknown>): void {
    this.#anchor.hear(packet)
    this.#anchorSilent = false
    this.#idleSinceMs = null
  }

  /** Full, the anchor's sources wait; but for one that feeds a side as well, as long as that is waited for. */
  holdAnchor(full: boolean): void {
    this.#anchor.hold((gate) => full && (this.#isBlocked() || !this.#feedsSide(gate)))
  }

  /** Full, a side's sources wait until the anchor comes after them; but for one that the anchor may need to come. */
  holdSide(side: JoinSide): void {
    const full = side.full && !this.#anchorSilent && !this.isWaitedFor(side)
    side.feeders.hold((gate) => full && (this.#isBlocked() || !this.#feedsOther(side, gate)))
  }

  /** When a side has been held in vain for long enough; Infinity where none is. */
  dueMs(nowMs: number): number {
    if (this.#lanes.length > 0 || !this.#sides.some(({ feeders }) => feeders.holding)) this.#idleSinceMs = null
    else this.#idleSinceMs ??= nowMs
    return this.#idleSinceMs === null ? Infinity : this.#idleSinceMs + this.#patienceMs
  }

  giveUpWhereDue(nowMs: number): void {
    if (nowMs < this.dueMs(nowMs)) return
    this.#idleSinceMs = null
    this.#anchorSilent = true
  }

  letGo(): void {
    this.#anchor.letGo()
    for (const { feeders } of this.#sides) feeders.letGo()
  }

  isWaitedFor(side: JoinSide): boolean {
    for (const { packet, forced } of this.#lanes.firsts())
      if (!forced && !side.isSettled(packet.capturedAtMs)) return true
    return false
  }

  /** Items wait, but not for a side: whoever takes the results is busy. */
  #isBlocked(): boolean {
    if (this.#lanes.length === 0) return false
    return !this.#mayLeave() || !this.#sides.some((side) => this.isWaitedFor(side))
  }

  #feedsSide(gate: Gate): boolean {
    return this.#sides.some(({ feeders }) => feeders.has(gate))
  }

  #feedsOther(side: JoinSide, gate: Gate): boolean {
    return this.#anchor.has(gate) || this.#sides.some((other) => other !== side && other.feeders.has(gate))
  }
}

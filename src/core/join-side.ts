import type { Clock } from './clock.js'
import { Feeders } from './feeders.js'
import type { Interpolate, Limit, Selector } from './join-plan.js'
import type { DropReason, Meter } from './meter.js'
import { keep, lends, type Origin, type Packet } from './packet.js'
import { latestIn, nearestIn, TimeBuffer } from './time-buffer.js'

type Kept = {
  readonly packet: Packet<unknown>
  readonly letGo: () => void
  readonly sinceMs: number
  used: boolean
}

/** What a side has for an anchor item, and of which of its items. */
export type Choice = { readonly value: unknown; readonly of: readonly Kept[] }

/**
 * One side of a join: its items by time, bounded, until no anchor item can need them any more.
 * Its meter counts an item as given when it is first used, and as `rate` where it never was.
 */
export class JoinSide {
  readonly selector: Selector
  readonly meter: Meter
  readonly feeders = new Feeders()
  /** Nothing more will come. */
  ended = false
  /** It was waited for in vain: not again before it is heard again. */
  silent = false
  readonly #clock: Clock
  readonly #interpolate: Interpolate
  readonly #limit: Limit
  readonly #buffer = new TimeBuffer<Kept>()
  readonly #epochs = new Map<Origin, number>()
  #newestMs = -Infinity
  #capacity: number

  constructor(
    selector: Selector,
    parts: {
      readonly clock: Clock
      readonly meter: Meter
      readonly interpolate: Interpolate
      readonly limit: Limit
    },
  ) {
    this.selector = selector
    this.meter = parts.meter
    this.#clock = parts.clock
    this.#interpolate = parts.interpolate
    this.#limit = parts.limit
    this.#capacity = parts.limit.values
  }

  get length(): number {
    return this.#buffer.length
  }

  get full(): boolean {
    return this.#buffer.length >= this.#capacity
  }

  /**
   * Keeps an item; where there is no room the oldest goes.
   *
   * @param neededFromMs no anchor item before this is waiting, or will come
   * @param asked whether one waits now
   * @returns whether it begins anew, as what stands upstream was built anew (S3)
   */
  offer(packet: Packet<unknown>, neededFromMs: number, asked: boolean): boolean {
    this.meter.took()
    this.silent = false
    this.feeders.hear(packet)
    const anew = this.#beginsAnew(packet)
    if (this.#isKnown(packet.capturedAtMs)) {
      this.meter.dropped('rate')
      return anew
    }
    if (lends(packet.value)) this.#capacity = this.#limit.frames
    if (this.full) this.letGoBefore(neededFromMs)
    while (this.full) this.#drop(this.#buffer.takeFirst(), asked || !packet.origin.live ? 'overflow' : 'rate')
    const kept = { packet, letGo: keep(packet), sinceMs: this.#clock.nowMs(), used: false }
    this.#buffer.insert(packet.capturedAtMs, kept)
    this.#newestMs = Math.max(this.#newestMs, packet.capturedAtMs)
    return anew
  }

  /** Whether nothing that may still come would change the choice for an anchor item of this time. */
  isSettled(atMs: number): boolean {
    if (this.ended) return true
    // Of equal times the first counts, so that one is enough; a window wants them all.
    return this.selector.by === 'window' ? this.#newestMs > atMs : this.#newestMs >= atMs
  }

  /** What is there now for an anchor item of this time; null where nothing is. */
  choose(atMs: number): Choice | null {
    const { by, withinMs } = this.selector
    if (by === 'window') return this.#window(atMs, withinMs)
    if (by === 'interpolate') return this.#between(atMs, withinMs)
    const place = by === 'latest' ? latestIn(this.#buffer, atMs) : nearestIn(this.#buffer, atMs)
    return this.#isWithin(place, atMs, withinMs) ? only(this.#buffer.itemAt(place)) : null
  }

  /** It was given: these items are no longer counted as kept. */
  use({ of }: Choice): void {
    const nowMs = this.#clock.nowMs()
    for (const kept of of) {
      if (kept.used) continue
      kept.used = true
      this.meter.gave(nowMs - kept.sinceMs, nowMs - kept.packet.capturedAtMs, nowMs)
    }
  }

  /** Lets go what no anchor item at this time or later can need. */
  letGoBefore(neededFromMs: number): void {
    const { by, withinMs } = this.selector
    const place = by === 'window' ? -1 : latestIn(this.#buffer, neededFromMs)
    const fromMs = Math.max(neededFromMs - withinMs, place === -1 ? -Infinity : this.#buffer.timeAt(place))
    while (this.#buffer.length > 0 && this.#buffer.timeAt(0) < fromMs) this.#drop(this.#buffer.takeFirst(), 'rate')
  }

  /** Lets everything go; unused items are counted so. */
  clear(reason: DropReason): void {
    while (this.#buffer.length > 0) this.#drop(this.#buffer.takeFirst(), reason)
  }

  /** Of equal times the first counts: the others would only take room. */
  #isKnown(atMs: number): boolean {
    if (this.selector.by === 'window') return false
    const place = this.#buffer.placeFrom(atMs)
    return place < this.#buffer.length && this.#buffer.timeAt(place) === atMs
  }

  /** Then what came before is of another life. */
  #beginsAnew({ origin, epoch }: Packet<unknown>): boolean {
    const known = this.#epochs.get(origin) ?? epoch
    this.#epochs.set(origin, Math.max(epoch, known))
    if (epoch <= known) return false
    for (const kept of this.#buffer.takeAll(({ packet }) => packet.origin === origin)) this.#drop(kept, 'rate')
    this.#newestMs = this.#buffer.length === 0 ? -Infinity : this.#buffer.timeAt(this.#buffer.length - 1)
    return true
  }

  #window(atMs: number, withinMs: number): Choice {
    const of: Kept[] = []
    const after = this.#buffer.placeAfter(atMs)
    for (let place = this.#buffer.placeFrom(atMs - withinMs); place < after; place++)
      of.push(this.#buffer.itemAt(place))
    return { value: of.map(({ packet }) => packet.value), of }
  }

  #between(atMs: number, withinMs: number): Choice | null {
    const before = latestIn(this.#buffer, atMs)
    if (!this.#isWithin(before, atMs, withinMs)) return null
    const [from, fromMs] = [this.#buffer.itemAt(before), this.#buffer.timeAt(before)]
    if (fromMs === atMs) return only(from)
    const after = this.#buffer.placeAfter(atMs)
    if (!this.#isWithin(after, atMs, withinMs)) return null
    const to = this.#buffer.itemAt(after)
    const share = (atMs - fromMs) / (this.#buffer.timeAt(after) - fromMs)
    return { value: this.#interpolate(from.packet.value, to.packet.value, share), of: [from, to] }
  }

  #isWithin(place: number, atMs: number, withinMs: number): boolean {
    if (place < 0 || place >= this.#buffer.length) return false
    return Math.abs(this.#buffer.timeAt(place) - atMs) <= withinMs
  }

  #drop(kept: Kept, reason: DropReason): void {
    kept.letGo()
    if (!kept.used) this.meter.dropped(reason)
  }
}

function only(kept: Kept): Choice {
  return { value: kept.packet.value, of: [kept] }
}

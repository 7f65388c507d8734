import type { Clock } from './clock.js'
import { Deadlines } from './deadlines.js'
import type { SaccadeError } from './errors.js'
import { Item, type Work } from './item.js'
import { Line } from './line.js'
import type { Meter } from './meter.js'
import { type Order, orderOf } from './orders.js'
import { delivered, type Origin, type Packet, withValue } from './packet.js'
import type { How } from './stage.js'
import { failureOf, hung, timedOut } from './work-errors.js'

export type ProcessOptions<In> = Omit<How, 'watchdog'> & {
  /** Items of one key are worked on one after another, those of different keys side by side. */
  readonly by?: (value: In, packet: Packet<In>) => unknown
}

type Parts<In, Out> = {
  readonly clock: Clock
  readonly meter: Meter
  /** The stage's, in errors and in the order of answers. */
  readonly name: string
  readonly work: Work<In, Out>
  readonly give: (packet: Packet<Out>) => void
  readonly failed: (error: SaccadeError) => void
  readonly skipped: (error: SaccadeError) => void
  /** Something has left: there may be room. */
  readonly left: () => void
}

/** So many more than may be under way at once may go on after they were given up; then what they wait for counts as hung. */
const mostGivenUp = 16

/**
 * Asynchronous work on packets, one result for each: so many under way at once, in the order that is asked for (S2).
 * Whoever feeds it asks whether it is `full`; it keeps nothing that is not under way, but for results that wait for their turn.
 *
 *     in    -a-b-c------    concurrency 3; b is done first, then c, then a
 *     out   --------(abc)   order: input
 *     out   -----b-c-a--    order: completion
 *     out   -----b-c----    order: latest; a was overtaken
 */
export class Process<In, Out> {
  readonly #options: ProcessOptions<In>
  readonly #parts: Parts<In, Out>
  readonly #concurrency: number
  readonly #order: Order
  readonly #deadlines: Deadlines<Item<In, Out>> | null
  /** Begun and without an answer yet, in the order in which they began. */
  readonly #running = new Set<Item<In, Out>>()
  /** Taken, behind another of their key. */
  readonly #waiting = new Set<Item<In, Out>>()
  readonly #leaving = new Line<Item<In, Out>>()
  readonly #beginning = new Line<Item<In, Out>>()
  /** Lost on arrival or behind all that was taken: the next to be taken says so. */
  #losses: Map<Origin, number> | null = null
  #slots = 0
  #held = 0
  #moving = false
  #stopped = false
  /** Promises of items that were given up. */
  #goingOn = 0
  #allEnded: () => void = () => undefined

  constructor(options: ProcessOptions<In>, parts: Parts<In, Out>) {
    const { concurrency = 1, timeoutMs = Infinity } = options
    this.#options = options
    this.#parts = parts
    this.#concurrency = concurrency
    const doorkeeper = {
      leave: (item: Item<In, Out>) => {
        this.#leave(item)
      },
      begin: (item: Item<In, Out>) => {
        this.#beginning.add(item)
      },
      overtaken: (item: Item<In, Out>) => {
        this.#overtaken(item)
      },
    }
    this.#order = orderOf(options, doorkeeper)
    const late = (item: Item<In, Out>): void => {
      this.#giveUpLate(item, timeoutMs)
    }
    const done = (): void => {
      if (this.#stopped) return
      if (this.#goingOn > concurrency + mostGivenUp) parts.failed(hung(parts.name, this.#goingOn, timeoutMs))
      this.#move()
    }
    this.#deadlines =
      timeoutMs === Infinity ? null : new Deadlines(timeoutMs, parts.clock, this.#running, { late, done })
  }

  /** It can take no more. */
  get full(): boolean {
    return this.#slots >= this.#concurrency
  }

  /** Nothing that was taken is still to come out. */
  get idle(): boolean {
    return this.#held === 0 && !this.#moving
  }

  /** Takes a packet; the result may be given in this turn. */
  take(packet: Packet<In>): void {
    const { meter, clock } = this.#parts
    meter.took()
    this.#slots++
    this.#held++
    const item = new Item<In, Out>(packet, clock.nowMs(), this.#takeLosses(packet.origin))
    let begins: boolean
    try {
      item.keep()
      begins = this.#order.enter(item)
    } catch (error) {
      // Its frame was given back before, or it has no key: it never began.
      item.end({ kind: 'error', error })
      this.#leave(item)
      this.#move()
      return
    }
    if (begins) this.#begin(item)
    else this.#waiting.add(item)
  }

  /** A packet that went no further before it could be taken; the next one that is taken says so (E8). */
  lose(packet: Packet<In>): void {
    this.#addLosses(packet.origin, 1 + packet.lost)
  }

  /** Gives everything up, counted as shutdown. Tells when the promises that are under way have ended; null where none is. */
  stop(): Promise<void> | null {
    this.#stopped = true
    this.#deadlines?.stop()
    if (this.#held > 0) this.#parts.meter.dropped('shutdown', this.#held)
    this.#held = 0
    this.#leaving.clear()
    this.#beginning.clear()
    for (const item of this.#waiting) item.dropShare()
    this.#waiting.clear()
    for (const item of this.#running) this.#abandon(item)
    if (this.#goingOn === 0) return null
    return new Promise((resolve) => {
      this.#allEnded = resolve
    })
  }

  #begin(item: Item<In, Out>): void {
    const { clock, name, work } = this.#parts
    item.begunAtMs = clock.nowMs()
    item.cancelAnswer = clock.work(
      { stage: name, seq: item.packet.seq },
      (answer) => item.begin(work, answer),
      () => {
        this.#answered(item)
      },
    )
    if (item.answered) return
    this.#running.add(item)
    // The work itself may have ended the stage.
    if (this.#stopped) this.#abandon(item)
    else this.#deadlines?.watch()
  }

  #answered(item: Item<In, Out>): void {
    item.answered = true
    this.#running.delete(item)
    if (this.#stopped) return
    if (item.givenUp) this.#freeSlot(item)
    else this.#order.settled(item)
    this.#move()
  }

  /** Its outcome is there, and it is its turn. */
  #leave(item: Item<In, Out>): void {
    const { outcome } = item
    if (this.#stopped || outcome === null) return
    const skips = outcome.kind === 'error' && this.#options.onError === 'skip'
    if (outcome.kind === 'value' || (outcome.kind === 'error' && !skips)) {
      this.#leaving.add(item)
      return
    }
    this.#drop(item, outcome.kind)
    this.#freeSlot(item)
    if (skips) this.#parts.skipped(failureOf(outcome.error, this.#parts.name, item.packet))
  }

  #overtaken(item: Item<In, Out>): void {
    if (this.#stopped) return
    this.#drop(item, 'overtaken')
    const working = !item.ended
    item.giveUp()
    // A promise keeps its place until it has ended: more than were asked for are never under way.
    if (!working || !item.ended) return
    this.#running.delete(item)
    item.cancelAnswer()
    this.#freeSlot(item)
  }

  /** Lets go and begins what may, one after another: who is called may call back. */
  #move(): void {
    if (this.#moving) return
    this.#moving = true
    while (!this.#stopped) {
      const item = this.#leaving.shift()
      const next = item === null ? this.#beginning.shift() : null
      if (item !== null) this.#give(item)
      else if (next !== null) {
        this.#waiting.delete(next)
        this.#begin(next)
      } else break
    }
    this.#moving = false
    if (!this.#stopped) this.#parts.left()
  }

  #give(item: Item<In, Out>): void {
    const { clock, meter, give, failed } = this.#parts
    const { packet, outcome } = item
    if (outcome?.kind === 'value') {
      const nowMs = clock.nowMs()
      meter.gave(nowMs - item.tookAtMs, nowMs - packet.capturedAtMs, nowMs)
      this.#held--
      const result = withValue(packet, outcome.value)
      give(item.lost === 0 ? result : delivered(result, item.lost, packet.gate))
      this.#freeSlot(item)
    } else if (outcome?.kind === 'error') {
      this.#drop(item, 'error')
      failed(failureOf(outcome.error, this.#parts.name, item.packet))
    }
  }

  #drop(item: Item<In, Out>, reason: 'empty' | 'error' | 'overtaken'): void {
    this.#parts.meter.dropped(reason)
    this.#held--
    // Where there was nothing to give, nothing was lost.
    const lost = item.packet.lost + item.lost + (reason === 'empty' ? 0 : 1)
    if (lost === 0) return
    const { origin } = item.packet
    let heir = item.next
    while (heir !== null && heir.packet.origin !== origin) heir = heir.next
    if (heir === null) this.#addLosses(origin, lost)
    else heir.lost += lost
  }

  #freeSlot(item: Item<In, Out>): void {
    if (!item.hasSlot) return
    item.hasSlot = false
    this.#slots--
  }

  /** Its answer is not waited for any more. */
  #abandon(item: Item<In, Out>): void {
    this.#running.delete(item)
    item.cancelAnswer()
    item.giveUp()
    if (item.ended) return
    this.#goingOn++
    item.whenEnded = () => {
      this.#goingOn--
      if (this.#goingOn === 0) this.#allEnded()
    }
  }

  #giveUpLate(item: Item<In, Out>, timeoutMs: number): void {
    const overtaken = item.givenUp
    this.#abandon(item)
    if (this.#stopped) return
    if (overtaken) this.#freeSlot(item)
    else {
      item.answered = true
      item.outcome = { kind: 'error', error: timedOut(timeoutMs) }
      this.#order.settled(item)
    }
  }

  #takeLosses(origin: Origin): number {
    const lost = this.#losses?.get(origin) ?? 0
    if (lost > 0) this.#losses?.delete(origin)
    return lost
  }

  #addLosses(origin: Origin, lost: number): void {
    this.#losses ??= new Map()
    this.#losses.set(origin, (this.#losses.get(origin) ?? 0) + lost)
  }
}

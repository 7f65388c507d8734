import { bytesOfValue } from './bytes-of-value.js'
import type { Clock } from './clock.js'
import { conflate, type Merge } from './conflate.js'
import { asSaccadeError, SaccadeError } from './errors.js'
import { CountingGate, type Gate } from './gate.js'
import { Losses } from './losses.js'
import type { DropReason, Meter } from './meter.js'
import { delivered, keep, type Origin, type Packet } from './packet.js'
import { Ring } from './ring.js'

/** What happens to a packet that arrives at a full edge (E2). */
export type WhenFull = 'block' | 'drop-oldest' | 'drop-newest' | 'latest' | 'fail' | 'conflate'

export type EdgeOptions = {
  readonly whenFull: WhenFull
  /** Packets that may wait, at least 1; `latest` and `conflate` are always 1. */
  readonly capacity: number
  /** Bytes that may wait, as `bytesOfValue` counts them. Absent: no limit. */
  readonly bytes?: number
  /** A packet older than this when it would be delivered is dropped as stale (E3). Null: no limit. */
  readonly maxAgeMs: number | null
  /** What `conflate` does with the value that waits and the one that arrives. */
  readonly conflate?: Merge<unknown>
  /** Nobody wrote it: its `block` holds a fan-out's feeder only together with all the other branches (E6). */
  readonly byDefault?: boolean
}

/** Counts what moves through an edge. */
export type EdgeMeter = Pick<Meter, 'took' | 'gave' | 'dropped' | 'merged'>

/**
 * A bounded queue between two stages: the only thing that keeps packets waiting (E1–E3, E5, E7, E8).
 * It delivers in the turn of the arrival while its gate is open, else when the gate opens.
 * The cost of a packet does not grow with the backlog, and the drain is a loop (E10).
 *
 *     in    -a-b-c-d----
 *     gate  -open|shut--|open
 *     out   -a----------d      latest: b and c are counted as overflow, d says lost: 2
 */
export class Edge<T> {
  readonly gate = new CountingGate(() => {
    this.#drain()
  })
  readonly #options: EdgeOptions
  readonly #capacity: number
  readonly #mostBytes: number
  readonly #maxAgeMs: number
  readonly #blocks: boolean
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #meter: EdgeMeter
  readonly #deliver: (packet: Packet<T>) => void
  readonly #failed: (error: SaccadeError) => void
  readonly #ring: Ring<T>
  #draining = false
  #ended: (() => void) | null = null
  #discarded = false
  /** Lost before what waits: the next one to be delivered says so. */
  readonly #lost = new Losses()
  /** Lost on arrival, behind what waits: the next one to arrive says so. */
  readonly #lostBehind = new Losses()
  /** Who feeds a `block` edge, and how to let each go while it is full. */
  readonly #feeders = new Map<Gate, (() => void) | null>()
  #holding = false
  /** The largest so far: a `block` edge that has no room for another like it is full. */
  #largest = 0

  constructor(
    options: EdgeOptions,
    parts: {
      readonly clock: Pick<Clock, 'nowMs'>
      readonly meter: EdgeMeter
      readonly deliver: (packet: Packet<T>) => void
      readonly failed: (error: SaccadeError) => void
    },
  ) {
    this.#options = options
    this.#capacity = options.capacity
    this.#mostBytes = options.bytes ?? Infinity
    this.#maxAgeMs = options.maxAgeMs ?? Infinity
    this.#blocks = options.whenFull === 'block'
    this.#clock = parts.clock
    this.#meter = parts.meter
    this.#deliver = parts.deliver
    this.#failed = parts.failed
    this.#ring = new Ring(options.capacity)
  }

  get length(): number {
    return this.#ring.count
  }

  /** Whether something of a stream waits, or a loss of it that its next packet here is to tell. */
  concerns(origin: Origin): boolean {
    return this.#ring.has(origin) || this.#lost.has(origin) || this.#lostBehind.has(origin)
  }

  /** What waits, in bytes; counted only where there is a limit. */
  get bytes(): number {
    return this.#ring.bytes
  }

  offer(packet: Packet<T>): void {
    if (this.#discarded) return
    this.#meter.took()
    if (this.#blocks && !this.#feeders.has(packet.gate)) this.#feeders.set(packet.gate, null)
    const bytes = this.#sizeOf(packet)
    if (bytes > this.#mostBytes) {
      this.#refuse(packet)
      return
    }
    if (bytes > this.#largest) this.#largest = bytes
    if (this.#ring.count > 0 || this.#draining || !this.gate.open) {
      this.#store(packet, bytes)
      return
    }
    this.#draining = true
    try {
      const nowMs = this.#clock.nowMs()
      this.#give(packet, this.#lostBehind.take(packet.origin), nowMs, nowMs)
    } finally {
      this.#draining = false
    }
    // What came meanwhile, of its own making.
    if (this.#ring.count > 0 || this.#ended !== null) this.#drain()
  }

  /** No more will come: what waits is still delivered, then `ended` is called. */
  complete(ended: () => void): void {
    this.#ended = ended
    this.#drain()
  }

  /** Lets everything go at once, counted as shutdown. */
  discard(): void {
    this.#discarded = true
    while (this.#ring.count > 0) this.#dropFirst('shutdown')
    this.#letFeedersGo()
  }

  #store(packet: Packet<T>, bytes: number): void {
    const { whenFull } = this.#options
    while (this.#fullFor(bytes)) {
      if (whenFull === 'conflate') {
        this.#merge(packet)
        return
      }
      if (whenFull !== 'drop-oldest' && whenFull !== 'latest') {
        this.#refuse(packet)
        return
      }
      this.#dropFirst('overflow')
    }
    let letGo: () => void
    try {
      letGo = keep(packet)
    } catch (thrown) {
      this.#fail(packet, thrown, 'its frame was given back before it arrived')
      return
    }
    this.#ring.push(packet, letGo, bytes, this.#lostBehind.take(packet.origin), this.#clock.nowMs())
    if (this.#blocks && this.#fullFor(this.#largest)) this.#holdFeeders()
  }

  #sizeOf({ value }: Packet<T>): number {
    return this.#mostBytes === Infinity ? 0 : bytesOfValue(value)
  }

  #fullFor(bytes: number): boolean {
    return this.#ring.count === this.#capacity || this.#ring.bytes + bytes > this.#mostBytes
  }

  /**
   * The one that arrives goes. Under `block` that is one of a feeder that lost the gate, or was not heard of before, or is
   * not held as a sibling goes on (E6), or one larger than all before it: bounded all the same.
   */
  #refuse(packet: Packet<T>): void {
    const { whenFull, capacity, bytes } = this.#options
    this.#meter.dropped('overflow')
    this.#lostBehind.add(packet.origin, 1 + packet.lost)
    if (whenFull === 'fail') this.#failed(overflow(capacity, bytes, packet))
    if (this.#blocks && this.#fullFor(this.#largest)) this.#holdFeeders()
  }

  #merge(arriving: Packet<T>): void {
    const { conflate: merge } = this.#options
    if (merge === undefined) throw new RangeError('conflate has no function')
    const waiting = this.#ring.first()
    try {
      const { packet, letGo } = conflate(waiting.packet, arriving, merge as Merge<T>)
      const bytes = this.#sizeOf(packet)
      this.#ring.replaceFirst(packet, letGo, bytes)
      waiting.letGo()
      this.#meter.merged()
      this.#lost.add(arriving.origin, arriving.lost + this.#lostBehind.take(arriving.origin))
      if (bytes > this.#mostBytes) this.#dropFirst('overflow')
    } catch (thrown) {
      this.#fail(arriving, thrown, 'see the cause: the function that merges threw')
    }
  }

  /** The one that arrives is in error. */
  #fail({ origin, seq, lost }: Packet<T>, thrown: unknown, remedy: string): void {
    this.#meter.dropped('error')
    this.#lostBehind.add(origin, 1 + lost)
    this.#failed(asSaccadeError(thrown, { code: 'stage', remedy }).at({ origin: origin.name, seq }))
  }

  #drain(): void {
    if (this.#draining) return
    this.#draining = true
    try {
      while (this.#ring.count > 0 && this.gate.open) {
        const { packet, lost, sinceMs, letGo } = this.#ring.shift()
        try {
          this.#give(packet, lost, sinceMs, this.#clock.nowMs())
        } finally {
          letGo()
        }
        if (this.#holding && !this.#fullFor(this.#largest)) this.#letFeedersGo()
      }
    } finally {
      this.#draining = false
    }
    if (this.#ring.count === 0 && this.#ended !== null) {
      const ended = this.#ended
      this.#ended = null
      ended()
    }
  }

  #give(packet: Packet<T>, lostBefore: number, sinceMs: number, nowMs: number): void {
    const ageMs = nowMs - packet.capturedAtMs
    if (ageMs > this.#maxAgeMs) {
      this.#lose(packet, lostBefore, 'stale')
      return
    }
    this.#meter.gave(nowMs - sinceMs, ageMs, nowMs)
    this.#deliver(delivered(packet, lostBefore + this.#lost.take(packet.origin), this.gate))
  }

  #dropFirst(reason: DropReason): void {
    const { packet, lost, letGo } = this.#ring.shift()
    letGo()
    this.#lose(packet, lost, reason)
  }

  #lose(packet: Packet<T>, lostBefore: number, reason: DropReason): void {
    this.#meter.dropped(reason)
    this.#lost.add(packet.origin, 1 + packet.lost + lostBefore)
  }

  #holdFeeders(): void {
    this.#holding = true
    const byDefault = this.#options.byDefault === true
    for (const [gate, letGo] of this.#feeders) if (letGo === null) this.#feeders.set(gate, gate.hold(byDefault))
  }

  /** A feeder that is let go may fill the edge at once, and so be held again with all others. */
  #letFeedersGo(): void {
    if (!this.#holding) return
    this.#holding = false
    const held = [...this.#feeders]
    for (const [gate] of held) this.#feeders.set(gate, null)
    const [first] = held
    if (first !== undefined) {
      // To the end: of several feeders each comes first in turn.
      this.#feeders.delete(first[0])
      this.#feeders.set(first[0], null)
    }
    for (const [, letGo] of held) letGo?.()
  }
}

function overflow(capacity: number, bytes: number | undefined, packet: Packet<unknown>): SaccadeError {
  const limit = `capacity ${String(capacity)}${bytes === undefined ? '' : `, ${String(bytes)} bytes`}`
  return new SaccadeError(`the queue is full (${limit}) and says fail`, {
    code: 'overflow',
    origin: packet.origin.name,
    seq: packet.seq,
    remedy: 'raise its capacity, or let it drop: queue: latest or queue: { whenFull: drop-oldest, capacity: 10 }',
  })
}

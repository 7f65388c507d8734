import type { Clock } from './clock.js'
import { SaccadeError } from './errors.js'
import { CountingGate, type Gate } from './gate.js'
import type { Meter } from './meter.js'
import { delivered, keep, type Origin, type Packet } from './packet.js'

/** What happens to a packet that arrives at a full edge (E2). */
export type WhenFull = 'block' | 'drop-oldest' | 'drop-newest' | 'latest' | 'fail'

export type EdgeOptions = {
  readonly whenFull: WhenFull
  /** At least 1; `latest` is always 1. */
  readonly capacity: number
  /** A packet older than this when it would be delivered is dropped as stale (E3). Null: no limit. */
  readonly maxAgeMs: number | null
}

type Waiting<T> = { readonly packet: Packet<T>; readonly letGo: () => void; readonly sinceMs: number }

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
  readonly #clock: Clock
  readonly #meter: Meter
  readonly #deliver: (packet: Packet<T>) => void
  readonly #failed: (error: SaccadeError) => void
  /** A ring: `#first` is the oldest, `#count` wait. */
  readonly #ring: (Waiting<T> | undefined)[]
  #first = 0
  #count = 0
  #draining = false
  #ended: (() => void) | null = null
  #discarded = false
  /** Lost since the last delivery, by origin; null while nothing was, which is nearly always. */
  #losses: Map<Origin, number> | null = null
  /** Lost on arrival, behind what still waits: the next one to arrive says so, not the next one to be delivered. */
  #lossesBehind: Map<Origin, number> | null = null
  /** Who feeds a `block` edge, and how to let each go while it is full. */
  readonly #feeders = new Map<Gate, (() => void) | null>()
  #holding = false

  constructor(
    options: EdgeOptions,
    parts: {
      readonly clock: Clock
      readonly meter: Meter
      readonly deliver: (packet: Packet<T>) => void
      readonly failed: (error: SaccadeError) => void
    },
  ) {
    this.#options = options
    this.#clock = parts.clock
    this.#meter = parts.meter
    this.#deliver = parts.deliver
    this.#failed = parts.failed
    this.#ring = new Array<Waiting<T> | undefined>(options.capacity)
  }

  get length(): number {
    return this.#count
  }

  offer(packet: Packet<T>): void {
    if (this.#discarded) return
    this.#meter.took()
    if (this.#options.whenFull === 'block' && !this.#feeders.has(packet.gate)) this.#feeders.set(packet.gate, null)
    if (this.#count > 0 || this.#draining || !this.gate.open) {
      this.#store(packet)
      return
    }
    this.#draining = true
    try {
      this.#give(this.#afterLosses(packet), this.#clock.nowMs())
    } finally {
      this.#draining = false
    }
    this.#drain()
  }

  /** No more will come: what waits is still delivered, then `ended` is called. */
  complete(ended: () => void): void {
    this.#ended = ended
    this.#drain()
  }

  /** Lets everything go at once, counted as shutdown. */
  discard(): void {
    this.#discarded = true
    while (this.#count > 0) this.#drop(this.#take(), 'shutdown')
    this.#letFeedersGo()
  }

  #store(arrived: Packet<T>): void {
    const { whenFull, capacity } = this.#options
    const packet = this.#afterLosses(arrived)
    if (this.#count === capacity) {
      if (whenFull === 'fail' || whenFull === 'drop-newest' || whenFull === 'block') {
        this.#meter.dropped('overflow')
        this.#lossesBehind = lose(this.#lossesBehind, packet)
        if (whenFull === 'fail') this.#failed(overflow(capacity, packet))
        // Under `block` only a feeder that lost the gate, or was not heard of before, gets here: bounded all the same (E5).
        if (whenFull === 'block') this.#holdFeeders()
        return
      }
      this.#drop(this.#take(), 'overflow')
    }
    const entry = { packet, letGo: keep(packet), sinceMs: this.#clock.nowMs() }
    this.#ring[(this.#first + this.#count) % capacity] = entry
    this.#count++
    if (whenFull === 'block' && this.#count === capacity) this.#holdFeeders()
  }

  #drain(): void {
    if (this.#draining) return
    this.#draining = true
    try {
      while (this.#count > 0 && this.gate.open) {
        const entry = this.#take()
        try {
          this.#give(entry.packet, entry.sinceMs)
        } finally {
          entry.letGo()
        }
        this.#letFeedersGo()
      }
    } finally {
      this.#draining = false
    }
    if (this.#count === 0 && this.#ended !== null) {
      const ended = this.#ended
      this.#ended = null
      ended()
    }
  }

  #give(packet: Packet<T>, sinceMs: number): void {
    const nowMs = this.#clock.nowMs()
    const { maxAgeMs } = this.#options
    if (maxAgeMs !== null && nowMs - packet.capturedAtMs > maxAgeMs) {
      this.#lose(packet, 'stale')
      return
    }
    const lost = this.#losses?.get(packet.origin) ?? 0
    if (lost > 0) this.#losses?.delete(packet.origin)
    this.#meter.gave(nowMs - sinceMs, nowMs - packet.capturedAtMs, nowMs)
    this.#deliver(delivered(packet, lost, this.gate))
  }

  #take(): Waiting<T> {
    const entry = this.#ring[this.#first]
    if (entry === undefined) throw new RangeError('took from an empty edge')
    this.#ring[this.#first] = undefined
    this.#first = (this.#first + 1) % this.#options.capacity
    this.#count--
    return entry
  }

  #drop(entry: Waiting<T>, reason: 'overflow' | 'shutdown'): void {
    entry.letGo()
    this.#lose(entry.packet, reason)
  }

  #lose(packet: Packet<T>, reason: 'overflow' | 'stale' | 'shutdown'): void {
    this.#meter.dropped(reason)
    this.#losses = lose(this.#losses, packet)
  }

  /** The packet with what was lost between it and the one that arrived before it. */
  #afterLosses(packet: Packet<T>): Packet<T> {
    const lost = this.#lossesBehind?.get(packet.origin) ?? 0
    if (lost === 0) return packet
    this.#lossesBehind?.delete(packet.origin)
    return delivered(packet, lost, packet.gate)
  }

  #holdFeeders(): void {
    this.#holding = true
    for (const [gate, letGo] of this.#feeders) if (letGo === null) this.#feeders.set(gate, gate.hold())
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

function lose(losses: Map<Origin, number> | null, packet: Packet<unknown>): Map<Origin, number> {
  const counted = losses ?? new Map<Origin, number>()
  return counted.set(packet.origin, (counted.get(packet.origin) ?? 0) + 1 + packet.lost)
}

function overflow(capacity: number, packet: Packet<unknown>): SaccadeError {
  return new SaccadeError(`the queue is full (capacity ${String(capacity)}) and says fail`, {
    code: 'overflow',
    origin: packet.origin.name,
    seq: packet.seq,
    remedy: 'raise its capacity, or let it drop: queue: latest or queue: { whenFull: drop-oldest, capacity: 10 }',
  })
}

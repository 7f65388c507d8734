import type { Meter } from '../core/meter.js'
import { delivered, keep, type Origin, type Packet } from '../core/packet.js'
import type { Outgoing } from './keeping.js'

type Kept<T> = {
  readonly packet: Packet<T>
  readonly letGo: () => void
  readonly sinceMs: number
  /** Losses that those it overtook told of (E8). */
  readonly untold: number
}

/** The newest packet of each stream, kept until it is taken; what a newer one replaces is counted as `overtaken`. */
export class NewestOfEach<T> {
  readonly #meter: Meter
  /** In the order in which they came. */
  readonly #kept = new Map<Origin, Kept<T>>()

  constructor(meter: Meter) {
    this.#meter = meter
  }

  get size(): number {
    return this.#kept.size
  }

  put(packet: Packet<T>, nowMs: number): void {
    const letGo = keep(packet)
    const older = this.#kept.get(packet.origin)
    const untold = older === undefined ? 0 : older.untold + older.packet.lost
    if (older !== undefined) this.#drop(older, 'overtaken')
    this.#kept.set(packet.origin, { packet, letGo, sinceMs: nowMs, untold })
  }

  take(origin: Origin): readonly Outgoing<T>[] {
    const kept = this.#kept.get(origin)
    if (kept === undefined) return []
    this.#kept.delete(origin)
    const { packet, letGo, sinceMs, untold } = kept
    return [{ packet: untold === 0 ? packet : delivered(packet, untold, packet.gate), sinceMs, merged: 0, letGo }]
  }

  takeAll(): readonly Outgoing<T>[] {
    return [...this.#kept.keys()].flatMap((origin) => this.take(origin))
  }

  discard(): void {
    for (const kept of this.#kept.values()) this.#drop(kept, 'shutdown')
  }

  #drop({ packet, letGo }: Kept<T>, reason: 'overtaken' | 'shutdown'): void {
    letGo()
    this.#meter.dropped(reason)
    this.#kept.delete(packet.origin)
  }
}

import type { Meter } from '../core/meter.js'
import { aggregate, keep, type Packet } from '../core/packet.js'
import type { Outgoing } from './keeping.js'

type Kept<T> = { readonly packet: Packet<T>; readonly letGo: () => void; readonly sinceMs: number }

/**
 * Packets of one stream that wait to become a list, kept with what they lend. Each leaves once, with a list or dropped (E7);
 * one that stays for the next list was told already, and is dropped no more: it counts as merged.
 */
export class Gathering<T> {
  readonly #meter: Meter
  /** Before `#from` all have left: so the oldest leaves at a cost that does not grow. */
  #kept: (Kept<T> | undefined)[] = []
  #from = 0
  /** How many of those kept, from the first, a list has told already. */
  #told = 0
  /** Losses that none has told yet (E8). */
  #untold = 0

  constructor(meter: Meter) {
    this.#meter = meter
  }

  get length(): number {
    return this.#kept.length - this.#from
  }

  get first(): Kept<T> | undefined {
    return this.#kept[this.#from]
  }

  /** Whether there is something that no list has told. */
  get fresh(): boolean {
    return this.length > this.#told
  }

  add(packet: Packet<T>, nowMs: number): void {
    this.#untold += packet.lost
    this.#kept.push({ packet, letGo: keep(packet), sinceMs: nowMs })
  }

  /** How many from the first were captured before this time. */
  countBefore(capturedAtMs: number): number {
    const from = this.#from
    const beyond = this.#kept.findIndex((kept) => kept !== undefined && kept.packet.capturedAtMs >= capturedAtMs)
    return beyond < 0 ? this.length : beyond - from
  }

  /** All as one packet; the first `leaving`, at least one, leave with it. */
  give(leaving: number): Outgoing<readonly T[]> {
    const kept = this.#kept.slice(this.#from).filter((one) => one !== undefined)
    const [first] = kept
    const last = kept.at(-1)
    if (first === undefined || last === undefined) throw new RangeError('gave a list of nothing')
    const value = kept.map(({ packet }) => packet.value)
    const packet = aggregate(first.packet, last.packet, this.#untold, value)
    const letGo = keep(packet)
    this.#untold = 0
    for (let n = 0; n < leaving; n++) this.#takeFirst()
    this.#told = this.length
    return { packet, sinceMs: first.sinceMs, merged: leaving - 1, letGo }
  }

  /** The oldest goes, as there is room for no more. It is lost, unless a list has told it. */
  overflow(): void {
    if (this.#told === 0) this.#untold++
    this.#takeFirst()
    this.#told = Math.max(0, this.#told - 1)
    this.#meter.dropped('overflow')
  }

  /** All go, and none is told of them. */
  end(reason: 'empty' | 'shutdown'): void {
    const told = this.#told
    const fresh = this.length - told
    while (this.length > 0) this.#takeFirst()
    this.#told = 0
    if (told > 0) this.#meter.merged(told)
    if (fresh > 0) this.#meter.dropped(reason, fresh)
  }

  #takeFirst(): void {
    this.#kept[this.#from]?.letGo()
    this.#kept[this.#from] = undefined
    this.#from++
    if (this.#from * 2 < this.#kept.length) return
    this.#kept = this.#kept.slice(this.#from)
    this.#from = 0
  }
}

import { Subject } from 'rxjs'
import { freeGate, type Gate } from './gate.js'
import type { DropReason, Meter } from './meter.js'
import { delivered, type Origin, type Packet } from './packet.js'

/** So many gates of feeders are remembered; one that was forgotten is held as soon as it delivers. */
const mostGates = 64

/**
 * What flows into a stage that is built anew when it dies (S3). While the stage is down the gates of its feeders are held, so
 * that what comes meanwhile waits, or is dropped, in the edges before it (E5). What still comes, as from a camera without an
 * edge, is dropped as `error`; the first packet that the next life gets tells of it (E8).
 */
export class Inlet<T> {
  readonly #meter: Meter
  #inside: Subject<Packet<T>> | null = null
  #completed = false
  #failed: { readonly error: unknown } | null = null
  #leaving = false
  /** The life that takes no more, but has not ended. */
  #ending: Subject<Packet<T>> | null = null
  /** What is counted that comes between two lives. */
  #refusing: DropReason = 'error'
  readonly #gates = new Set<Gate>()
  #held: (() => void)[] = []
  /** What the next packet of each origin has to tell of. */
  readonly #losses = new Map<Origin, number>()
  /** What came since the last life began, as packets and as losses told by them. */
  readonly #came = new Map<Origin, number>()

  constructor(meter: Meter) {
    this.#meter = meter
  }

  /** A new life begins: what it is to be fed from. The gates stay held until `letGo`. */
  begin(): Subject<Packet<T>> {
    const inside = new Subject<Packet<T>>()
    this.#inside = inside
    this.#ending = null
    this.#came.clear()
    if (this.#failed !== null) inside.error(this.#failed.error)
    else if (this.#completed) inside.complete()
    return inside
  }

  offer(packet: Packet<T>): void {
    if (this.#inside === null) {
      this.#refuse(packet)
      return
    }
    if (!this.#gates.has(packet.gate)) this.#know(packet.gate)
    const told = this.#losses.size === 0 ? packet : this.#telling(packet)
    this.#came.set(packet.origin, (this.#came.get(packet.origin) ?? 0) + 1 + told.lost)
    this.#inside.next(told)
  }

  complete(): void {
    this.#completed = true
    this.#inside?.complete()
  }

  error(error: unknown): void {
    this.#failed = { error }
    const inside = this.#inside ?? this.#ending
    inside?.error(error)
  }

  /**
   * The life takes no more: the feeders are held, also those that its own end lets go. By default: other branches of the same
   * feeder go on (S4, E6), and what comes here all the same is refused.
   *
   * @param refusing what that is counted as
   */
  hold(refusing: 'error' | 'overflow'): void {
    this.#refusing = refusing
    // One that died has ended.
    this.#ending = refusing === 'error' ? null : this.#inside
    this.#inside = null
    for (const gate of this.#gates) this.#held.push(gate.hold(true))
  }

  /** A life that takes no more ends with what it has taken. */
  end(): void {
    this.#ending?.complete()
  }

  letGo(): void {
    // One that is let go may deliver at once, the stage may die of it, and all be held anew.
    const held = this.#held
    this.#held = []
    for (const letGo of held) letGo()
  }

  /** No life follows: whatever still comes is discarded. */
  leave(): void {
    this.#inside = null
    this.#leaving = true
    this.#refusing = 'shutdown'
    this.letGo()
  }

  /**
   * When a life is over: how many packets came, were given by nobody and told of by nobody, so that the next life tells.
   *
   * @param gave what the life gave, as packets and as losses told by them
   * @param asked how many it left out because it was asked to: that is no loss
   */
  settle(gave: ReadonlyMap<Origin, number>, asked: number): void {
    let left = asked
    for (const [origin, came] of this.#came) {
      const missing = Math.max(0, came - (gave.get(origin) ?? 0))
      const excused = Math.min(left, missing)
      left -= excused
      this.#lose(origin, missing - excused)
    }
    this.#came.clear()
  }

  #refuse(packet: Packet<T>): void {
    this.#meter.took()
    this.#meter.dropped(this.#refusing)
    this.#lose(packet.origin, 1 + packet.lost)
    if (!this.#leaving && !this.#gates.has(packet.gate) && this.#know(packet.gate))
      this.#held.push(packet.gate.hold(true))
  }

  /** Whether it is a gate that can be held. */
  #know(gate: Gate): boolean {
    if (gate === freeGate) return false
    if (this.#gates.size === mostGates) {
      const [oldest = gate] = this.#gates
      this.#gates.delete(oldest)
    }
    this.#gates.add(gate)
    return true
  }

  #telling(packet: Packet<T>): Packet<T> {
    const lost = this.#losses.get(packet.origin) ?? 0
    this.#losses.delete(packet.origin)
    return lost === 0 ? packet : delivered(packet, lost, packet.gate)
  }

  #lose(origin: Origin, count: number): void {
    if (count > 0) this.#losses.set(origin, (this.#losses.get(origin) ?? 0) + count)
  }
}

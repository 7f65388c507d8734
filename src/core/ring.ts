import type { Origin, Packet } from './packet.js'

/** A packet that waits. */
export type Waiting<T> = {
  readonly packet: Packet<T>
  /** Gives back what it lends. */
  readonly letGo: () => void
  readonly bytes: number
  /** Lost between it and the one that arrived before it. */
  readonly lost: number
  readonly sinceMs: number
}

const nothing = (): void => undefined

/**
 * What waits in an edge, in order. In columns: who waits long costs the garbage collector a copy for each object that
 * waits with it, and here that is none but the packet.
 */
export class Ring<T> {
  count = 0
  /** Of all that wait. */
  bytes = 0
  readonly #packets: (Packet<T> | undefined)[]
  readonly #letGos: (() => void)[]
  readonly #bytes: Float64Array
  readonly #lost: Float64Array
  readonly #sinceMs: Float64Array
  #first = 0

  constructor(capacity: number) {
    this.#packets = new Array<Packet<T> | undefined>(capacity)
    this.#letGos = new Array<() => void>(capacity)
    this.#bytes = new Float64Array(capacity)
    this.#lost = new Float64Array(capacity)
    this.#sinceMs = new Float64Array(capacity)
  }

  push(packet: Packet<T>, letGo: () => void, bytes: number, lost: number, sinceMs: number): void {
    const at = (this.#first + this.count) % this.#packets.length
    this.#packets[at] = packet
    this.#letGos[at] = letGo
    this.#bytes[at] = bytes
    this.#lost[at] = lost
    this.#sinceMs[at] = sinceMs
    this.count++
    this.bytes += bytes
  }

  has(origin: Origin): boolean {
    for (let nth = 0; nth < this.count; nth++)
      if (this.#packets[(this.#first + nth) % this.#packets.length]?.origin === origin) return true
    return false
  }

  /** The oldest, which stays. */
  first(): Waiting<T> {
    const at = this.#first
    const packet = this.#packets[at]
    if (packet === undefined) throw new RangeError('nothing waits in this edge')
    const [bytes = 0, lost = 0, sinceMs = 0] = [this.#bytes[at], this.#lost[at], this.#sinceMs[at]]
    return { packet, letGo: this.#letGos[at] ?? nothing, bytes, lost, sinceMs }
  }

  /** The oldest, which goes. */
  shift(): Waiting<T> {
    const first = this.first()
    this.#packets[this.#first] = undefined
    this.#letGos[this.#first] = nothing
    this.#first = (this.#first + 1) % this.#packets.length
    this.count--
    this.bytes -= first.bytes
    return first
  }

  /** Puts another in the place of the oldest, which waits on in it. */
  replaceFirst(packet: Packet<T>, letGo: () => void, bytes: number): void {
    this.bytes += bytes - (this.#bytes[this.#first] ?? 0)
    this.#packets[this.#first] = packet
    this.#letGos[this.#first] = letGo
    this.#bytes[this.#first] = bytes
  }
}

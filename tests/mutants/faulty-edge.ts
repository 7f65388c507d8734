import { Observable, type Subscriber } from 'rxjs'
import { z } from 'zod'
import { definePassing } from '../../src/core/define.js'
import { drive } from '../../src/core/drive.js'
import { CountingGate, type Gate } from '../../src/core/gate.js'
import { createPacket, keep, type Origin, type Packet } from '../../src/core/packet.js'
import { anyPort, type StageContext } from '../../src/core/stage.js'
import { duration } from '../../src/core/units.js'

/** What may be wrong with an edge; each breaks one promise. */
export type EdgeFault =
  | 'has no bound'
  | 'keeps one more than its capacity'
  | 'drops the newest'
  | 'drops two for one'
  | 'reorders'
  | 'delivers what is stale'
  | 'does not count what is stale'
  | 'does not count what it discards'
  | 'forgets the loss mark'
  | 'tells of one loss too many'
  | 'delivers while its gate is shut'
  | 'loses the gate'
  | 'holds its feeder for ever'
  | 'drains by recursion'
  | 'gives inside of next'
  | 'keeps frames without a share'
  | 'never lets go of a frame'
  | 'leaves a timer'
  | 'never completes'
  | 'completes twice'
  | 'completes before what waits'
  | 'swallows errors'

type Waiting = { readonly packet: Packet<unknown>; readonly letGo: () => void }

const nothing = (): void => undefined

/** An edge that drops the oldest, as short as can be, with one fault or none. It stands beside the real one: that one is tested by the same laws. */
class FaultyEdge {
  readonly gate: Gate = new CountingGate(() => {
    this.drain()
  })
  readonly #fault: EdgeFault | null
  readonly #settings: { readonly capacity: number; readonly maxAge: number }
  readonly #context: StageContext
  readonly #downstream: Subscriber<Packet<unknown>>
  readonly #lost = new Map<Origin, number>()
  readonly #waiting: Waiting[] = []
  #draining = false
  #completed = false

  constructor(
    fault: EdgeFault | null,
    settings: { readonly capacity: number; readonly maxAge: number },
    context: StageContext,
    downstream: Subscriber<Packet<unknown>>,
  ) {
    this.#fault = fault
    this.#settings = settings
    this.#context = context
    this.#downstream = downstream
  }

  get length(): number {
    return this.#waiting.length
  }

  offer(packet: Packet<unknown>): void {
    const { meter, runtime } = this.#context
    const fault = this.#fault
    meter.took()
    if (fault === 'holds its feeder for ever' && this.length > 0) packet.gate.hold()
    if (fault === 'leaves a timer') runtime.clock.at(runtime.clock.nowMs() + 1000, nothing)
    const room = this.#settings.capacity + (fault === 'keeps one more than its capacity' ? 1 : 0)
    if (this.length >= room && fault !== 'has no bound') {
      if (fault === 'drops the newest') {
        this.#lose(packet)
        meter.dropped('overflow')
        return
      }
      this.#dropOldest()
      if (fault === 'drops two for one' && this.length > 0) this.#dropOldest()
    }
    const letGo = fault === 'keeps frames without a share' ? nothing : keep(packet)
    if (fault === 'reorders' && this.length > 0) this.#waiting.unshift({ packet, letGo })
    else this.#waiting.push({ packet, letGo })
    if (fault === 'gives inside of next') this.#give()
    else this.drain()
  }

  drain(): void {
    if (this.#fault === 'drains by recursion') {
      if (this.length > 0 && this.gate.open) this.#give()
      if (this.length > 0 && this.gate.open) this.drain()
    } else {
      if (this.#draining) return
      this.#draining = true
      while (this.length > 0 && (this.gate.open || this.#fault === 'delivers while its gate is shut')) this.#give()
      this.#draining = false
    }
    this.#endIfDone()
  }

  complete(): void {
    this.#completed = true
    if (this.#fault === 'completes before what waits') this.#downstream.complete()
    this.#endIfDone()
  }

  discard(): void {
    while (this.length > 0) {
      this.#take().letGo()
      if (this.#fault !== 'does not count what it discards') this.#context.meter.dropped('shutdown')
    }
  }

  #endIfDone(): void {
    if (!this.#completed || this.length > 0 || this.#fault === 'never completes') return
    if (this.#fault !== 'completes twice') this.#completed = false
    this.#context.meter.completed()
    this.#downstream.complete()
  }

  #take(): Waiting {
    return this.#waiting.shift() as Waiting
  }

  #dropOldest(): void {
    const { packet, letGo } = this.#take()
    letGo()
    this.#lose(packet)
    this.#context.meter.dropped('overflow')
  }

  #lose({ origin, lost }: Packet<unknown>): void {
    this.#lost.set(origin, (this.#lost.get(origin) ?? 0) + 1 + lost)
  }

  #give(): void {
    if (this.length === 0) return
    const { meter, runtime } = this.#context
    const { packet, letGo } = this.#take()
    const nowMs = runtime.clock.nowMs()
    const ageMs = nowMs - packet.capturedAtMs
    if (ageMs > this.#settings.maxAge && this.#fault !== 'delivers what is stale') {
      letGo()
      this.#lose(packet)
      if (this.#fault !== 'does not count what is stale') meter.dropped('stale')
      return
    }
    const before = this.#fault === 'forgets the loss mark' ? 0 : (this.#lost.get(packet.origin) ?? 0)
    this.#lost.delete(packet.origin)
    const lost = packet.lost + before + (this.#fault === 'tells of one loss too many' && before > 0 ? 1 : 0)
    meter.gave(0, ageMs, nowMs)
    const { gate, ...birth } = { ...packet, lost, gate: this.gate }
    this.#downstream.next(createPacket(this.#fault === 'loses the gate' ? birth : { ...birth, gate }))
    if (this.#fault !== 'never lets go of a frame') letGo()
  }
}

/** `queue` with a fault, or without. */
export function faultyQueue(fault: EdgeFault | null) {
  return definePassing({
    name: 'queue',
    summary: 'An edge that drops the oldest.',
    input: anyPort,
    output: anyPort,
    options: z.strictObject({
      capacity: z.number().int().min(1).default(2),
      maxAge: duration({ above: 0 }).prefault('1h'),
    }),
    example: { capacity: 2, maxAge: '40ms' },
    metersItself: true,
    packets: (settings, context) => (source) =>
      new Observable<Packet<unknown>>((downstream) => {
        const edge = new FaultyEdge(fault, settings, context, downstream)
        drive(
          source,
          downstream,
          (packet) => {
            edge.offer(packet)
          },
          () => {
            edge.complete()
          },
          (error) => {
            edge.discard()
            if (fault !== 'swallows errors') downstream.error(error)
          },
        )
        downstream.add(() => {
          edge.discard()
        })
      }),
  })
}

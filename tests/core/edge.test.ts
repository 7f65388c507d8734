import fc from 'fast-check'
import { filter, map, Observable, type Subscriber, take } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { Edge, type EdgeOptions, type WhenFull } from '../../src/core/edge.js'
import type { SaccadeError } from '../../src/core/errors.js'
import type { Frame } from '../../src/core/frame.js'
import type { Gate } from '../../src/core/gate.js'
import { Meter } from '../../src/core/meter.js'
import type { Origin, Packet } from '../../src/core/packet.js'
import { createPool } from '../../src/core/pool.js'
import { soundPort } from '../../src/core/ports.js'
import { runWork } from '../../src/core/run-work.js'
import { throughEdge } from '../../src/core/through-edge.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { queue } from '../../src/operators/queue.js'
import { packets } from '../../src/streams/packets.js'
import { contextOf, heldOf, live, packetOf, recorded, shapeOf, virtualRuntime } from './births.js'

const policies: readonly WhenFull[] = ['block', 'drop-oldest', 'drop-newest', 'latest', 'fail']

const anyOptions: fc.Arbitrary<EdgeOptions> = fc
  .record({
    whenFull: fc.constantFrom(...policies),
    capacity: fc.integer({ min: 1, max: 5 }),
    maxAgeMs: fc.option(fc.integer({ min: 1, max: 40 })),
  })
  .map((options) => (options.whenFull === 'latest' ? { ...options, capacity: 1 } : options))

type Act =
  | { readonly do: 'arrive'; readonly busyAfter: boolean; readonly agedMs: number }
  | { readonly do: 'hold' | 'open' | 'complete' | 'discard' }

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('arrive' as const), busyAfter: fc.boolean(), agedMs: fc.integer({ min: 0, max: 30 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'hold' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'open' as const }) },
)
const anyEnd: fc.Arbitrary<Act> = fc.constantFrom({ do: 'complete' as const }, { do: 'discard' as const })
const anySchedule = fc.tuple(fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), anyAct), { maxLength: 60 }), anyEnd)

type Item = { readonly frame: Frame; readonly busyAfter: boolean }

/** What an edge must do, in the plainest words: a list, and a gate that is shut or not. */
function createModel({ whenFull, capacity, maxAgeMs }: EdgeOptions) {
  let waiting: Packet<Item>[] = []
  let shut = false
  const given: number[] = []
  let failed = false
  const drain = (nowMs: number): void => {
    for (let packet = waiting[0]; packet !== undefined && !shut; packet = waiting[0]) {
      waiting.shift()
      if (maxAgeMs !== null && nowMs - packet.capturedAtMs > maxAgeMs) continue
      given.push(packet.seq)
      if (packet.value.busyAfter) shut = true
    }
  }
  return {
    given,
    failed: () => failed,
    waiting: () => waiting.length,
    arrive(packet: Packet<Item>, nowMs: number) {
      const full = shut && waiting.length === capacity
      if (full && whenFull === 'fail') failed = true
      if (full && ['fail', 'drop-newest', 'block'].includes(whenFull)) return
      if (full) waiting.shift()
      waiting.push(packet)
      drain(nowMs)
    },
    hold: () => (shut = true),
    open(nowMs: number) {
      shut = false
      drain(nowMs)
    },
    discard: () => (waiting = []),
  }
}

describe('Edge', () => {
  test('law: any schedule is bounded, conserved, fresh, in order, says what was lost, and lends nothing for longer', async () => {
    await fc.assert(
      fc.asyncProperty(anyOptions, anySchedule, async (options, [acts, end]) => {
        const clock = createVirtualClock()
        const pool = createPool()
        const meter = new Meter('edge', 0)
        const model = createModel(options)
        const given: Packet<Item>[] = []
        const errors: SaccadeError[] = []
        let ended = 0
        let letGo: (() => void)[] = []
        const open = (): void => {
          const holds = letGo
          letGo = []
          for (const release of holds) release()
        }
        const edge = new Edge<Item>(options, {
          clock,
          meter,
          failed: (error) => errors.push(error),
          deliver: (packet) => {
            expect(edge.gate.open, 'E5: delivers only while its gate is open').toBe(true)
            if (options.maxAgeMs !== null) {
              expect(clock.nowMs() - packet.capturedAtMs, 'E3: nothing stale is delivered').toBeLessThanOrEqual(options.maxAgeMs)
            }
            expect(packet.value.frame.live).toBe(true)
            const last = given.at(-1)
            expect(packet.lost, 'E8: lost says the gap').toBe(packet.seq - (last?.seq ?? -1) - 1)
            expect(packet.gate).toBe(edge.gate)
            given.push(packet)
            if (packet.value.busyAfter) letGo.push(edge.gate.hold())
          },
        })
        let seq = 0
        const act = (what: Act): void => {
          const nowMs = clock.nowMs()
          if (what.do === 'arrive') {
            const frame = pool.lease(shapeOf(2, 2))
            const packet = packetOf({ frame, busyAfter: what.busyAfter }, { seq: seq++, capturedAtMs: nowMs - what.agedMs })
            // Edges keep the value where it is a frame: here it lies in the value, so the packet is told by its frame.
            offerFrame(edge, packet)
            model.arrive(packet, nowMs)
            frame.release()
          } else if (what.do === 'hold') {
            letGo.push(edge.gate.hold())
            model.hold()
          } else if (what.do === 'open') {
            open()
            model.open(nowMs)
          } else if (what.do === 'complete') edge.complete(() => ended++)
          else {
            edge.discard()
            model.discard()
          }
          expect(edge.length, 'E1').toBeLessThanOrEqual(options.capacity)
          expect(heldOf(meter), 'E7').toBe(edge.length)
          expect(edge.length).toBe(model.waiting())
          expect(given.map((packet) => packet.seq)).toEqual(model.given)
          expect(errors.length > 0).toBe(model.failed())
        }
        let atMs = 0
        for (const [afterMs, what] of acts) {
          atMs += afterMs
          clock.at(atMs, () => {
            act(what)
          })
        }
        await clock.run(() => false)
        act(end)
        if (end.do === 'complete') {
          expect(ended).toBe(edge.length === 0 ? 1 : 0)
          while (edge.length > 0) act({ do: 'open' })
          act({ do: 'open' })
          expect(ended, 'what waits is delivered, then it ends, once').toBe(1)
        } else {
          act({ do: 'arrive', busyAfter: false, agedMs: 0 })
        }
      }),
      { numRuns: 300 },
    )
  })
})

/** Offers a packet; the value's own keeping is the matter of the test with frames. */
function offerFrame(edge: Edge<Item>, packet: Packet<Item>): void {
  edge.offer(packet)
}

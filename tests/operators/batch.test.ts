import fc from 'fast-check'
import { type Observable, Subject, take } from 'rxjs'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { Frame } from '../../src/core/frame.js'
import { CountingGate } from '../../src/core/gate.js'
import type { Packet } from '../../src/core/packet.js'
import { throughEdge } from '../../src/core/through-edge.js'
import { batch } from '../../src/operators/index.js'
import { packets } from '../../src/streams/packets.js'
import { virtualRun } from '../../src/testing/index.js'
import { contextOf, heldOf, packetOf, shapeOf, virtualRuntime } from '../core/births.js'
import { runs } from '../helpers/runs.js'
import {
  agree,
  anyArrivals,
  anyEnding,
  type Arrival,
  type Expected,
  lossesOf,
  type Model,
  origins,
  play,
} from './arrivals.js'

const modelOf =
  (most: number, afterMs: number): Model =>
  (came, end) => {
    const given: Expected[] = []
    let open: Arrival[] = []
    const give = (atMs: number): void => {
      if (open.length > 0) given.push({ atMs, ids: open.map(({ id }) => id), lost: lossesOf(open) })
      open = []
    }
    const dueMs = (): number => (open[0]?.atMs ?? Infinity) + afterMs
    let epoch = 0
    for (const arrival of came) {
      if (dueMs() < arrival.atMs) give(dueMs())
      if (arrival.epoch > epoch) give(arrival.atMs)
      epoch = arrival.epoch
      open.push(arrival)
      if (open.length === most) give(arrival.atMs)
    }
    if (dueMs() < end.atMs) give(dueMs())
    if (end.how === 'complete') give(end.atMs)
    return given
  }

const anyMost = fc.integer({ min: 1, max: 8 })
const anyAfter = fc.integer({ min: 1, max: 300 })

describe('batch', () => {
  test('law: it gives what a model of plain lists gives, whatever comes and however it ends; n in, one out, n − 1 merged', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyArrivals,
        anyEnding,
        anyMost,
        anyAfter,
        fc.boolean(),
        async (arrivals, ending, most, afterMs, asFrames) => {
          const played = await play(() => batch({ most, after: `${String(afterMs)}ms` }), arrivals, ending, asFrames)
          agree(played, arrivals, ending, modelOf(most, afterMs))
          const { state, given, heldAtRest } = played
          const told = given.flatMap(({ said }) => said)
          expect(state.merged).toBe(told.length - given.length)
          expect(heldAtRest, 'nothing waits longer than it says').toBe(0)
        },
      ),
      { numRuns: runs(1000) },
    )
  })

  test('law: flattened it is the identity: order kept, nothing lost, nothing later than it says', async () => {
    await fc.assert(
      fc.asyncProperty(anyArrivals, anyMost, anyAfter, async (arrivals, most, afterMs) => {
        const ending = { how: 'complete', atMs: 100_000, taken: 1 } as const
        const { given } = await play(() => batch({ most, after: `${String(afterMs)}ms` }), arrivals, ending, false)
        for (const origin of origins) {
          const told = given.filter(({ packet }) => packet.origin === origin).flatMap(({ said }) => said as number[])
          expect(told).toEqual(arrivals.filter((sent) => sent.origin === origin).map(({ id }) => id))
        }
        for (const { atMs, said } of given) {
          for (const id of said as number[]) expect(atMs - (arrivals[id]?.atMs ?? NaN)).toBeLessThanOrEqual(afterMs)
          expect((said as number[]).length).toBeLessThanOrEqual(most)
        }
      }),
      { numRuns: runs(1000) },
    )
  })

  test('P1: a list is as its first, lasts to the end of its last, and carries the gate of that; no gate is held (E5)', async () => {
    const { clock, runtime } = virtualRuntime()
    const in$ = new Subject<Packet<number>>()
    const given: Packet<readonly number[]>[] = []
    runtime.run(() => in$.pipe(batch({ most: 2 }))).subscribe((packet) => given.push(packet))
    const gates = [0, 1, 2, 3].map(() => new CountingGate(() => undefined))
    for (const [seq, gate] of gates.entries()) {
      const untilMs = seq === 1 ? 42 : null
      in$.next(packetOf(seq, { seq, capturedAtMs: seq * 10, untilMs, lost: seq, gate }))
      expect(gate.open).toBe(true)
    }
    await clock.run(() => false)
    const facts = given.map(({ seq, capturedAtMs, untilMs, lost, value, gate }) => {
      return { seq, capturedAtMs, untilMs, lost, value, gate: gates.findIndex((one) => one === gate) }
    })
    expect(facts).toEqual([
      { seq: 0, capturedAtMs: 0, untilMs: 42, lost: 1, value: [0, 1], gate: 1 },
      { seq: 2, capturedAtMs: 20, untilMs: 30, lost: 5, value: [2, 3], gate: 3 },
    ])
  })

  test('S6: a list of frames can wait in a queue behind it; all come home', async () => {
    const { clock, runtime } = virtualRuntime()
    const edge = contextOf(runtime, 'queue')
    const in$ = new Subject<Packet<Frame>>()
    const sums: number[] = []
    let letGo = (): void => undefined
    const lists$ = runtime.run(() => in$.pipe(batch({ most: 2 })))
    const running = throughEdge(lists$, { whenFull: 'drop-oldest', capacity: 2, maxAgeMs: null }, edge).subscribe(
      ({ value, gate }) => {
        sums.push(value.reduce((sum, frame) => sum + (frame.bytes[0] ?? 0), 0))
        letGo = gate.hold()
      },
    )
    for (let seq = 0; seq < 6; seq++) {
      const frame = runtime.pool.lease(shapeOf(2, 2))
      frame.bytes[0] = seq
      in$.next(packetOf(frame, { seq }))
      frame.release()
    }
    expect([sums, heldOf(edge.meter), runtime.pool.count().lent]).toEqual([[1], 2, 4])
    letGo()
    expect([sums, heldOf(edge.meter), runtime.pool.count().lent]).toEqual([[1, 5], 1, 2])
    running.unsubscribe()
    expect(runtime.pool.count().lent).toBe(0)
    await clock.run(() => false)
  })

  test('what comes while it gives comes after, and a consumer that has enough leaves nothing behind', async () => {
    const { clock, runtime } = virtualRuntime()
    const in$ = new Subject<Packet<number>>()
    const given: (readonly number[])[] = []
    const ended: (readonly number[])[] = []
    let completed = false
    runtime
      .run(() => in$.pipe(batch({ most: 2 }), take(3)))
      .subscribe({
        next: ({ value }) => {
          given.push(value)
          for (const more of value) in$.next(packetOf(10 * more + 1))
          ended.push(value)
        },
        complete: () => (completed = true),
      })
    for (const value of [1, 2]) in$.next(packetOf(value))
    await clock.run(() => false)
    expect(given).toEqual([
      [1, 2],
      [11, 21],
      [111, 211],
    ])
    expect(ended, 'S1: each has ended before the next begins').toEqual(given)
    expect([completed, in$.observed]).toEqual([true, false])
    const [meter] = runtime.meters.values()
    expect(meter === undefined ? -1 : heldOf(meter)).toBe(0)
  })

  test('E10: a million that come at once pass', async () => {
    const { clock, runtime } = virtualRuntime()
    let count = 0
    function* many(): Generator<number> {
      for (let n = 0; n < 1_000_000; n++) yield n
    }
    runtime.run(() => {
      packets(many())
        .pipe(batch({ most: 50 }))
        .subscribe(({ value }) => (count += value.length))
    })
    await clock.run(() => false)
    expect(count).toBe(1_000_000)
  })

  test('as soon as there are so many, or so long after the first', () =>
    virtualRun(({ hot, expectPackets }) => {
      const lists = { x: ['a', 'b', 'c'], y: ['d'], z: ['e'] }
      expectPackets(hot('-a-b-c-d----------e---|').pipe(batch({ most: 3, after: '90ms' }))).toBe(
        '-----x----------y-----(z|)',
        lists,
      )
    }))

  test('its types: lists of what it takes', () => {
    const lists$ = packets([1, 2, 3]).pipe(batch({ most: 2 }))
    expectTypeOf(lists$).toEqualTypeOf<Observable<Packet<readonly number[]>>>()
  })
})

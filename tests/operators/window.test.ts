import fc from 'fast-check'
import { bufferCount, from, type Observable, Subject, toArray } from 'rxjs'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { Packet } from '../../src/core/packet.js'
import { window } from '../../src/operators/index.js'
import { packets } from '../../src/streams/packets.js'
import { virtualRun } from '../../src/testing/index.js'
import { heldOf, packetOf, recorded, virtualRuntime } from '../core/births.js'
import { runs } from '../helpers/runs.js'
import { agree, anyArrivals, anyEnding, type Arrival, type Expected, type Model, play } from './arrivals.js'

type Shape = {
  readonly timeMs: number
  readonly count: number
  readonly everyMs: number | null
  readonly step: number | null
  readonly most: number
  readonly partial: boolean
}

/** All shapes of a window: of time, of packets, of both; in a row or overlapping. */
const anyShape: fc.Arbitrary<Shape> = fc
  .record({
    by: fc.constantFrom('time', 'count', 'both' as const),
    overlap: fc.constantFrom('none', 'every', 'step' as const),
    timeMs: fc.oneof(fc.integer({ min: 2, max: 300 }), fc.constantFrom(40, 100, 250)),
    count: fc.integer({ min: 1, max: 8 }),
    part: fc.double({ min: 0.01, max: 1, noNaN: true }),
    most: fc.integer({ min: 1, max: 5 }),
    partial: fc.boolean(),
  })
  .map(({ by, overlap, timeMs, count, part, most, partial }) => ({
    timeMs: by === 'count' ? Infinity : timeMs,
    count: by === 'time' ? Infinity : count,
    everyMs: overlap === 'every' && by !== 'count' ? Math.ceil(part * timeMs) : null,
    step: overlap === 'step' && by !== 'time' ? Math.ceil(part * count) : null,
    most,
    partial,
  }))

const optionsOf = ({ timeMs, count, everyMs, step, most, partial }: Shape) => ({
  ...(timeMs < Infinity ? { time: `${String(timeMs)}ms` } : {}),
  ...(count < Infinity ? { count } : {}),
  ...(everyMs === null ? {} : { every: `${String(everyMs)}ms` }),
  ...(step === null ? {} : { step }),
  most,
  partial,
})

/** One stream's windows, of plain lists: `open` is the window, `told` are those of it that an earlier one has held. */
const modelOf =
  ({ timeMs, count, everyMs, step, most, partial }: Shape): Model =>
  (came, end) => {
    const given: Expected[] = []
    let open: Arrival[] = []
    let told: readonly Arrival[] = []
    let beginMs = 0
    let delayMs = 0
    let lost = 0
    const give = (atMs: number): void => {
      given.push({ atMs, ids: open.map(({ id }) => id), lost })
      lost = 0
      told = open
    }
    const close = (atMs: number): void => {
      give(atMs)
      const [first] = open
      if (everyMs !== null) {
        do beginMs += everyMs
        while (first !== undefined && first.capturedAtMs >= beginMs)
        open = open.filter(({ capturedAtMs }) => capturedAtMs >= beginMs)
      } else {
        open = open.slice(step ?? open.length)
        beginMs = open[0]?.capturedAtMs ?? 0
      }
      delayMs = (open[0]?.atMs ?? 0) - (open[0]?.capturedAtMs ?? 0)
    }
    const cut = (atMs: number): void => {
      if (partial && open.some((one) => !told.includes(one))) give(atMs)
      open = []
    }
    const [any] = came
    const dueMs = (): number => {
      if (open.length === 0 || any?.origin.live !== true) return Infinity
      // A first one that came sooner after its capture than the one before it may be due since a while.
      return Math.max(beginMs + timeMs + delayMs, given.at(-1)?.atMs ?? 0)
    }
    let epoch = 0
    for (const arrival of came) {
      while (dueMs() < arrival.atMs) close(dueMs())
      if (arrival.epoch > epoch) cut(arrival.atMs)
      epoch = arrival.epoch
      while (open.length > 0 && arrival.capturedAtMs >= beginMs + timeMs) close(arrival.atMs)
      if (open.length === 0) [beginMs, delayMs] = [arrival.capturedAtMs, arrival.atMs - arrival.capturedAtMs]
      if (count === Infinity && open.length === most) {
        const gone = open.shift()
        if (gone !== undefined && !told.includes(gone)) lost++
      }
      open.push(arrival)
      lost += arrival.lost
      if (open.length === count) close(arrival.atMs)
    }
    while (dueMs() < end.atMs) close(dueMs())
    if (end.how === 'complete') cut(end.atMs)
    return given
  }

const complete = { how: 'complete', atMs: 100_000, taken: 1 } as const

describe('window', () => {
  test('law: it gives what a model of plain lists gives, whatever its shape, whatever comes and however it ends', async () => {
    await fc.assert(
      fc.asyncProperty(anyArrivals, anyEnding, anyShape, fc.boolean(), async (arrivals, ending, shape, asFrames) => {
        const played = await play(() => window(optionsOf(shape)), arrivals, ending, asFrames)
        agree(played, arrivals, ending, modelOf(shape))
      }),
      { numRuns: runs(1000) },
    )
  })

  test('law: windows in a row, flattened, are what came; within one no more time passes and no more packets are than it says', async () => {
    await fc.assert(
      fc.asyncProperty(anyArrivals, anyShape, async (arrivals, shape) => {
        const plain = { ...shape, everyMs: null, step: null, most: 100, partial: true }
        const { given, state } = await play(() => window(optionsOf(plain)), arrivals, complete, false)
        const told = given.flatMap(({ said }) => said as number[])
        expect([...told].sort((a, b) => a - b)).toEqual(arrivals.map(({ id }) => id))
        expect(state).toMatchObject({
          in: told.length,
          out: given.length,
          merged: told.length - given.length,
          dropped: {},
        })
        for (const { said, packet, atMs } of given) {
          const list = (said as number[]).flatMap((id) => arrivals.find((one) => one.id === id) ?? [])
          const [first] = list
          const last = list.at(-1)
          if (first === undefined || last === undefined) throw new Error('a list of nothing')
          expect(list.length).toBeLessThanOrEqual(plain.count)
          expect(last.capturedAtMs - first.capturedAtMs).toBeLessThan(plain.timeMs)
          expect([packet.capturedAtMs, packet.untilMs], 'P1').toEqual([first.capturedAtMs, last.capturedAtMs])
          // T4: silence keeps nothing back.
          if (packet.origin.live && atMs < complete.atMs) expect(atMs).toBeLessThanOrEqual(first.atMs + plain.timeMs)
        }
      }),
      { numRuns: runs(1000) },
    )
  })

  test('law: full windows of packets are those of bufferCount', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        async (n, a, b) => {
          const [count, step] = [Math.max(a, b), Math.min(a, b)]
          const { clock, runtime } = virtualRuntime()
          const values = [...Array(n).keys()]
          const given: (readonly number[])[] = []
          runtime.run(() => {
            packets(values)
              .pipe(window({ count, step, partial: false }))
              .subscribe(({ value }) => given.push(value))
          })
          await clock.run(() => false)
          let expected: number[][] = []
          from(values)
            .pipe(bufferCount(count, step), toArray())
            .subscribe((all) => (expected = all))
          expect(given).toEqual(expected.filter((list) => list.length === count))
        },
      ),
      { numRuns: runs(300) },
    )
  })

  test('law: of a steady stream each overlapping window is the last of its time, one for each hop, at any rate', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(10, 25, 30, 50, 60),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 5 }),
        (rateHz, hops, hopPackets) => {
          const { runtime } = virtualRuntime()
          const periodMs = 1000 / rateHz
          const in$ = new Subject<Packet<number>>()
          const given: (readonly number[])[] = []
          const [time, every] = [hops * hopPackets * periodMs, hopPackets * periodMs]
          runtime
            .run(() => in$.pipe(window({ time: `${String(time)}ms`, every: `${String(every)}ms` })))
            .subscribe(({ value }) => given.push(value))
          // Times as floating point sums them up: none may slip into the window before or behind.
          let capturedAtMs = 0.1
          for (let seq = 0; seq < 200; seq++) {
            in$.next(packetOf(seq, { seq, capturedAtMs, origin: recorded }))
            capturedAtMs += periodMs
          }
          for (const [nth, list] of given.entries()) {
            const first = nth * hopPackets
            expect(list).toEqual([...Array(hops * hopPackets).keys()].map((n) => n + first))
          }
          expect(given.length).toBe(Math.floor((199 - hops * hopPackets) / hopPackets) + 1)
          return Promise.resolve()
        },
      ),
      { numRuns: runs(100) },
    )
  })

  test('E10: a window that overflows costs no more a packet when it is large', async () => {
    const { clock, runtime } = virtualRuntime()
    let count = 0
    function* many(): Generator<number> {
      for (let n = 0; n < 300_000; n++) yield n
    }
    runtime.run(() => {
      packets(many())
        .pipe(window({ time: '1s', most: 100_000 }))
        .subscribe(({ value, lost }) => (count += value.length + lost))
    })
    await clock.run(() => false)
    expect(count).toBe(300_000)
    const [meter] = runtime.meters.values()
    expect(meter?.droppedBy('overflow')).toBe(200_000)
  })

  test('E7: what is kept counts as held; a partial window that is not wanted is dropped as empty', () => {
    const { runtime } = virtualRuntime()
    const in$ = new Subject<Packet<number>>()
    const given: (readonly number[])[] = []
    runtime
      .run(() => in$.pipe(window({ count: 4, step: 2, partial: false })))
      .subscribe(({ value }) => given.push(value))
    const [meter] = runtime.meters.values()
    if (meter === undefined) throw new Error('no meter')
    const held = [1, 2, 3, 4, 5].map((value) => {
      in$.next(packetOf(value))
      return heldOf(meter)
    })
    expect(held).toEqual([1, 2, 3, 2, 3])
    in$.complete()
    expect(given).toEqual([[1, 2, 3, 4]])
    // 1 as the list, 2 with it, 3 and 4 were in it; 5 was in none.
    expect(meter.read(0)).toMatchObject({ in: 5, out: 1, merged: 3, dropped: { empty: 1 }, held: 0 })
  })

  test('by count; by time, on the clock when nothing more comes', () =>
    virtualRun(({ hot, expectPackets }) => {
      expectPackets(hot('-a-b-c-d-e-|').pipe(window({ count: 2 }))).toBe('---x---y---(z|)', {
        x: ['a', 'b'],
        y: ['c', 'd'],
        z: ['e'],
      })
      expectPackets(hot('-a-b--------c-#').pipe(window('50ms'))).toBe('------x-------#', { x: ['a', 'b'] })
    }))

  test.each([
    [{}, /time: a window needs a bound: write time: 1s, or count: 10, or both/],
    [{ count: 3, every: '1s' }, /every: must not be more than time/],
    [{ time: '1s', every: '2s' }, /every: must not be more than time/],
    [{ time: '1s', step: 2 }, /step: must not be more than count/],
    [{ count: 2, step: 3 }, /step: must not be more than count/],
    [{ count: 2, step: 1, time: '1s', every: '1s' }, /leave out every or step/],
  ])('%j is refused, saying how to mend it', (options, problem) => {
    expect(() => window(options)).toThrow(problem)
  })

  test('its types: lists of what it takes', () => {
    const lists$ = packets(['a']).pipe(window('1s'))
    expectTypeOf(lists$).toEqualTypeOf<Observable<Packet<readonly string[]>>>()
  })
})

import fc from 'fast-check'
import { bufferCount, filter, map, type MonoTypeOperatorFunction, Observable, of, take, tap } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { adapters } from '../../src/adapters/node.js'
import { defineOperator } from '../../src/core/define.js'
import { fanOut } from '../../src/core/fan-out.js'
import type { DecodedPicture, OpenedMedium } from '../../src/core/media-source.js'
import { mapValue, type Packet, withValue } from '../../src/core/packet.js'
import { type Detections, detectionsPort } from '../../src/core/ports.js'
import { runProcess } from '../../src/core/run-process.js'
import { Runtime } from '../../src/core/runtime.js'
import { definePort } from '../../src/core/stage.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { pickFace } from '../../src/operators/pick-face.js'
import { queue } from '../../src/operators/queue.js'
import { throttle } from '../../src/operators/throttle.js'
import { media } from '../../src/streams/media.js'
import { packets } from '../../src/streams/packets.js'
import { runs } from '../helpers/runs.js'
import { contextOf, shapeOf, virtualRuntime } from './births.js'

const nothing = z.strictObject({})
const facts = { summary: 'For a test.', input: detectionsPort, output: detectionsPort, options: nothing, example: {} }
const each = defineOperator({ ...facts, name: 'each', each: () => (found) => ({ ...found }) })
const work = defineOperator({ ...facts, name: 'work', work: () => (found) => of(found) })
const pairs = defineOperator({
  ...facts,
  name: 'pairs',
  packets:
    (_, { meter }) =>
    (source) =>
      source.pipe(
        bufferCount(2),
        map(([first, last]) => {
          meter.merged()
          return withValue((last ?? first) as Packet<Detections>, (last ?? first)?.value as Detections)
        }),
      ),
})

type Way = { readonly name: string; readonly takes: number; readonly holds: number }
type Stage = Way & { readonly make: () => MonoTypeOperatorFunction<Packet<Detections>> }

/** What may stand between a source and whoever is busy: how many packets it makes one of, and how many may wait in it. */
const stages: readonly Stage[] = [
  { name: 'map', takes: 1, holds: 0, make: () => map((packet) => ({ ...packet })) },
  { name: 'mapValue', takes: 1, holds: 0, make: () => mapValue((found) => found) },
  { name: 'filter', takes: 2, holds: 0, make: () => filter(({ seq }) => seq % 2 === 0) },
  { name: 'tap', takes: 1, holds: 0, make: () => tap(() => undefined) },
  { name: 'fanOut', takes: 1, holds: 0, make: () => fanOut() },
  { name: 'each', takes: 1, holds: 0, make: () => each() },
  { name: 'work', takes: 1, holds: 1, make: () => work() },
  { name: 'pick-face', takes: 1, holds: 0, make: () => pickFace() },
  { name: 'throttle', takes: 1, holds: 0, make: () => throttle('1000fps') },
  { name: 'pairs', takes: 2, holds: 1, make: () => pairs() },
  { name: 'queue', takes: 1, holds: 2, make: () => queue({ whenFull: 'block', capacity: 2 }) },
]

const face = { label: 'face', score: 1, boxPx: [0, 0, 1, 1], keypointsPx: [] } as const
const found: Detections = { sizePx: [2, 2], found: [face] }

describe('demand (E5)', () => {
  test('law: an iterable is taken from only as far as the stages between have room, whatever they are, and nothing is lost', async () => {
    const row = fc.array(fc.constantFrom(...stages), { maxLength: 4 })
    // One filter by number and one pair at most: two of a kind would make the arithmetic of this test, not of the house.
    const few = row.filter((all) => all.filter(({ takes }) => takes > 1).length <= 1)
    await fc.assert(
      fc.asyncProperty(few, fc.integer({ min: 1, max: 20 }), async (between, count) => {
        const { clock, runtime } = virtualRuntime((virtual) => ({
          ...virtual,
          work: (key, start, deliver) => virtual.work({ ...key, costMs: 5 }, start, deliver),
        }))
        let taken = 0
        function* values(): Generator<Detections> {
          for (; taken < count; taken++) yield found
        }
        const takes = between.reduce((product, stage) => product * stage.takes, 1)
        const room = between.reduce((sum, stage) => sum + stage.holds, 0)
        // Its items are captured as they are taken, some at one instant: which of them pass is another law's matter.
        const isThrottled = between.some(({ name }) => name === 'throttle')
        const given: number[] = []
        let begun = 0
        runtime.run(() => {
          const before$ = between.reduce<Observable<Packet<Detections>>>(
            (before$, { make }) => before$.pipe(make()),
            packets(values()),
          )
          const busy = runProcess<Detections, Detections>(
            () => (value) => {
              begun++
              if (!isThrottled) expect(taken, 'E1').toBeLessThanOrEqual((begun + room + 1) * takes)
              return of(value)
            },
            detectionsPort,
            contextOf(runtime, 'busy'),
          )
          before$.pipe(busy).subscribe(({ seq, lost }) => {
            given.push(seq)
            expect(lost).toBe(0)
          })
        })
        await clock.run(() => false)
        expect(taken).toBe(count)
        for (const meter of runtime.meters.values()) expect(meter.droppedBy('overflow')).toBe(0)
        if (isThrottled) return
        const whole = between.some(({ name }) => name === 'pairs') ? Math.ceil(count / takes) : given.length
        expect(given.length).toBe(whole)
        if (takes === 1) expect(given).toEqual([...Array(count).keys()])
        if (between.some(({ name }) => name === 'filter'))
          expect(given).toEqual([...Array(count).keys()].filter((n) => n % 2 === 0))
      }),
      { numRuns: runs(200) },
    )
  })

  test('an endless iterable that waits is let go with its consumer, and taken from no more', async () => {
    const { clock, runtime } = virtualRuntime()
    let taken = 0
    function* endless(): Generator<number> {
      for (; ; taken++) yield taken
    }
    const run = runtime.run(() =>
      packets(endless())
        .pipe(queue({ whenFull: 'block', capacity: 2 }))
        .subscribe(({ gate }) => void gate.hold()),
    )
    await clock.run(() => false)
    // One is in hand, two wait, and the source is held.
    expect(taken + 1).toBe(3)
    run.unsubscribe()
    expect(taken + 1).toBe(3)
  })

  test('a synchronous source is stopped after three, through queues of every kind', () => {
    for (const whenFull of ['drop-oldest', 'drop-newest', 'latest', 'fail'] as const) {
      const { runtime } = virtualRuntime()
      let fed = 0
      const endless$ = new Observable<Packet<number>>((downstream) => {
        while (!downstream.closed) downstream.next({ ...packet, seq: fed++ })
      })
      const seen: number[] = []
      runtime.run(() => endless$.pipe(queue(whenFull), take(3)).subscribe(({ seq }) => seen.push(seq)))
      expect([fed, seen]).toEqual([3, [0, 1, 2]])
    }
  })

  test('50,000 that wait are given in one turn, by a loop', () => {
    const { runtime } = virtualRuntime()
    let open: () => void = () => undefined
    let given = 0
    let completed = false
    const source$ = new Observable<Packet<number>>((downstream) => {
      for (let seq = 0; seq <= 50_000; seq++) downstream.next({ ...packet, seq })
      downstream.complete()
    })
    runtime.run(() =>
      source$
        .pipe(
          queue({ whenFull: 'fail', capacity: 50_000 }),
          mapValue((value) => value + 1),
        )
        .subscribe({
          next: ({ gate }) => {
            if (given++ === 0) open = gate.hold()
            else gate.hold()()
          },
          complete: () => (completed = true),
        }),
    )
    expect([given, completed]).toEqual([1, false])
    open()
    expect([given, completed]).toEqual([50_001, true])
  })

  const packet: Packet<number> = {
    origin: { name: 'camera', live: true },
    seq: 0,
    capturedAtMs: 0,
    untilMs: null,
    stamp: { kind: 'synthetic' },
    lost: 0,
    epoch: 0,
    value: 0,
    gate: { open: true, hold: () => () => undefined },
  }

  test('a file read as fast as it is taken is read no farther than one ahead', async () => {
    const clock = createVirtualClock()
    let read = 0
    const opened = (pool: Runtime['pool']): OpenedMedium => ({
      live: false,
      decoder: 'numbers',
      video: () => ({
        next: () => {
          const item: DecodedPicture = { mediaTimeMs: read * 40, frame: pool.lease(shapeOf(2, 2)) }
          return Promise.resolve(read++ < 100 ? item : (item.frame.release(), null))
        },
        takeLost: () => 0,
        close: () => Promise.resolve(),
      }),
      audio: () => expect.unreachable(),
      durationMs: () => 4000,
    })
    const runtime: Runtime = new Runtime({
      clock,
      adapters: { ...adapters(), openMedium: () => Promise.resolve(opened(runtime.pool)) },
    })
    let begun = 0
    const seqs: number[] = []
    runtime.run(() => {
      const busy = runProcess<unknown, null>(
        () => () => {
          begun++
          // In hand: this one; waiting: two; and one that lies ready in the source.
          expect(read).toBeLessThanOrEqual(begun + 2 + 1)
          return of(null)
        },
        definePort('any', 'anything'),
        contextOf(runtime, 'busy'),
      )
      media({ open: 'numbers', pace: 'fast' })
        .video$.pipe(
          filter(() => true),
          queue({ whenFull: 'block', capacity: 2 }),
          map((one) => one),
          busy,
        )
        .subscribe(({ seq }) => seqs.push(seq))
    })
    await clock.run(() => false)
    await runtime.closed()
    expect(seqs).toEqual([...Array(100).keys()])
    expect(runtime.pool.count().lent).toBe(0)
  })

  test('the decoder of a file waits with it: while one run is held, another goes through to the end', async () => {
    const runtime = new Runtime()
    let given = 0
    const [held, free] = runtime.run(() => [
      media({ open: 'demo:demo.mp4', pace: 'fast' }).video$.subscribe(({ gate }) => {
        if (++given === 3) gate.hold()
      }),
      media({ open: 'demo:demo.mp4', pace: 'fast' }).video$,
    ])
    let all = 0
    await free.forEach(() => {
      all++
    })
    expect(given).toBe(3)
    expect(all).toBeGreaterThan(100)
    // One lies ready in the stream, and one in the decoder's hand.
    expect(runtime.pool.count().lent).toBeLessThanOrEqual(2)
    held.unsubscribe()
    await runtime.closed()
    expect(runtime.pool.count().lent).toBe(0)
  })
})

import fc from 'fast-check'
import { concatMap, filter, from, map, merge, Observable, of, type Subscriber, take } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { Edge, type EdgeOptions, type WhenFull } from '../../src/core/edge.js'
import { SaccadeError } from '../../src/core/errors.js'
import type { Frame } from '../../src/core/frame.js'
import { CountingGate } from '../../src/core/gate.js'
import { Meter } from '../../src/core/meter.js'
import type { Packet } from '../../src/core/packet.js'
import { createPool } from '../../src/core/pool.js'
import { detectionsPort } from '../../src/core/ports.js'
import { runProcess } from '../../src/core/run-process.js'
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

/** `busy`: the consumer holds the gate when it is given this packet. */
type Act =
  | { readonly do: 'arrive'; readonly busy: boolean; readonly agedMs: number }
  | { readonly do: 'hold' | 'open' | 'complete' | 'discard' }

const arrival = fc.record({
  do: fc.constant('arrive' as const),
  busy: fc.boolean(),
  agedMs: fc.integer({ min: 0, max: 30 }),
})
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: arrival },
  { weight: 1, arbitrary: fc.constant({ do: 'hold' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'open' as const }) },
)
const anyEnd = fc.constantFrom({ do: 'complete' as const }, { do: 'discard' as const })
const anySchedule = fc.tuple(fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), anyAct), { maxLength: 60 }), anyEnd)

type Waiting = { readonly seq: number; readonly capturedAtMs: number; readonly busy: boolean }

/** What an edge must do, in the plainest words: a list, and whether the gate is shut. */
function createModel({ whenFull, capacity, maxAgeMs }: EdgeOptions) {
  let waiting: Waiting[] = []
  let shut = false
  let failed = false
  const given: number[] = []
  const drain = (nowMs: number): void => {
    for (let packet = waiting[0]; packet !== undefined && !shut; packet = waiting[0]) {
      waiting.shift()
      if (maxAgeMs !== null && nowMs - packet.capturedAtMs > maxAgeMs) continue
      given.push(packet.seq)
      shut = packet.busy
    }
  }
  return {
    given,
    waiting: () => waiting.length,
    failed: () => failed,
    arrive(packet: Waiting, nowMs: number): void {
      if (waiting.length === capacity) {
        if (whenFull === 'fail') failed = true
        if (whenFull !== 'drop-oldest' && whenFull !== 'latest') return
        waiting.shift()
      }
      waiting.push(packet)
      drain(nowMs)
    },
    hold(): void {
      shut = true
    },
    open(nowMs: number): void {
      shut = false
      drain(nowMs)
    },
    discard(): void {
      waiting = []
    },
  }
}

const framePackets = (): { readonly clock: ReturnType<typeof createVirtualClock>; readonly meter: Meter } => {
  return { clock: createVirtualClock(), meter: new Meter('edge', 0) }
}

/** An edge whose consumer holds the gate of what it was given, until it is told to open. */
function createScene(options: EdgeOptions) {
  const { clock, meter } = framePackets()
  const pool = createPool()
  const feeder = new CountingGate(() => undefined)
  const busy: boolean[] = []
  const given: Packet<Frame>[] = []
  const errors: SaccadeError[] = []
  let holds: (() => void)[] = []
  const edge: Edge<Frame> = new Edge<Frame>(options, {
    clock,
    meter,
    failed: (error) => errors.push(error),
    deliver: (packet) => {
      expect(edge.gate.open, 'E5: delivers only while its gate is open').toBe(true)
      const ageMs = clock.nowMs() - packet.capturedAtMs
      expect(ageMs <= (options.maxAgeMs ?? Infinity), 'E3: nothing stale is delivered').toBe(true)
      expect(packet.lost, 'E8: lost is the gap before it').toBe(packet.seq - (given.at(-1)?.seq ?? -1) - 1)
      expect(packet.gate, 'E5: it carries the gate of its edge').toBe(edge.gate)
      expect(packet.value.live, 'S6: lent while it is given').toBe(true)
      given.push(packet)
      if (busy[packet.seq] === true) holds.push(edge.gate.hold())
    },
  })
  return {
    clock,
    meter,
    pool,
    feeder,
    edge,
    given,
    errors,
    arrive(busyAfter: boolean, capturedAtMs: number): Waiting {
      const seq = busy.push(busyAfter) - 1
      const frame = pool.lease(shapeOf(2, 2))
      edge.offer(packetOf(frame, { seq, capturedAtMs, gate: feeder }))
      frame.release()
      return { seq, capturedAtMs, busy: busyAfter }
    },
    hold(): void {
      holds.push(edge.gate.hold())
    },
    open(): void {
      const all = holds
      holds = []
      for (const letGo of all) letGo()
    },
  }
}

describe('Edge', () => {
  test('law: any schedule is bounded, conserved, fresh, in order, told its losses, and lends a frame no longer', async () => {
    await fc.assert(
      fc.asyncProperty(anyOptions, anySchedule, async (options, [acts, end]) => {
        const scene = createScene(options)
        const { clock, edge, feeder, meter, pool } = scene
        const model = createModel(options)
        let ended = 0
        const perform = (act: Act): void => {
          const nowMs = clock.nowMs()
          if (act.do === 'arrive') model.arrive(scene.arrive(act.busy, nowMs - act.agedMs), nowMs)
          else if (act.do === 'hold') {
            scene.hold()
            model.hold()
          } else if (act.do === 'open') {
            scene.open()
            model.open(nowMs)
          } else if (act.do === 'complete') edge.complete(() => ended++)
          else {
            edge.discard()
            model.discard()
          }
          expect(edge.length, 'E1: never more than its capacity').toBeLessThanOrEqual(options.capacity)
          expect(edge.length).toBe(model.waiting())
          expect(heldOf(meter), 'E7: in = out + dropped + held').toBe(edge.length)
          expect(pool.count().lent, 'S6: what waits is lent, and nothing else').toBe(edge.length)
          expect(
            scene.given.map(({ seq }) => seq),
            'E2: gives what the policy leaves, in order',
          ).toEqual(model.given)
          expect(scene.errors.length > 0).toBe(model.failed())
          const blocked = options.whenFull === 'block' && edge.length === options.capacity
          expect(feeder.open, 'E5: a full block edge holds its feeder, nothing else does').toBe(!blocked)
        }
        let atMs = 0
        for (const [afterMs, act] of acts) {
          atMs += afterMs
          clock.at(atMs, () => {
            perform(act)
          })
        }
        await clock.run(() => false)
        perform(end)
        if (end.do === 'complete') {
          expect(ended).toBe(edge.length === 0 ? 1 : 0)
          while (edge.length > 0) perform({ do: 'open' })
          expect(ended, 'what waits is given first, then it ends, once').toBe(1)
        }
        expect(pool.count().lent).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['drop-oldest', 2, 'b c'],
    ['drop-newest', 2, 'a b'],
    ['latest', 1, 'c'],
    ['block', 2, 'a b'],
  ] as const)('trace (E2): a b c at a shut %s with capacity %i gives %s', (whenFull, capacity, expected) => {
    const { clock, meter } = framePackets()
    const given: string[] = []
    const deliver = ({ value }: Packet<string>): void => void given.push(value)
    const edge = new Edge<string>(
      { whenFull, capacity, maxAgeMs: null },
      { clock, meter, deliver, failed: () => expect.unreachable() },
    )
    const open = edge.gate.hold()
    for (const [seq, value] of ['a', 'b', 'c'].entries()) edge.offer(packetOf(value, { seq }))
    open()
    expect(given.join(' ')).toBe(expected)
    expect(meter.droppedBy('overflow')).toBe(3 - given.length)
  })

  test('trace (E2): fail says which queue was full, of which packet, and what to do', () => {
    const { runtime } = virtualRuntime()
    const failures: unknown[] = []
    const source$ = new Observable<Packet<string>>((downstream) => {
      for (const [seq, value] of ['a', 'b', 'c', 'd'].entries()) downstream.next(packetOf(value, { seq }))
    })
    const given: string[] = []
    throughEdge(
      source$,
      { whenFull: 'fail', capacity: 2, maxAgeMs: null },
      contextOf(runtime, 'faces/queue'),
    ).subscribe({
      next: ({ value, gate }) => {
        given.push(value)
        gate.hold()
      },
      error: (error) => failures.push(error),
    })
    expect(given).toEqual(['a'])
    expect(failures).toMatchObject([{ code: 'overflow', stage: 'faces/queue', origin: 'camera', seq: 3 }])
    expect(failures[0]).toBeInstanceOf(SaccadeError)
  })

  test('law (E8): marks and deliveries add up to all that was offered, for each origin', () => {
    const arrivals = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 60 })
    fc.assert(
      fc.property(anyOptions, arrivals, fc.nat(3), (options, schedule, lostBefore) => {
        const { clock, meter } = framePackets()
        const told = new Map([live, recorded].map((origin) => [origin, 0]))
        const born = new Map(told)
        let open: () => void = () => undefined
        const edge: Edge<null> = new Edge<null>(
          { ...options, maxAgeMs: null },
          {
            clock,
            meter,
            failed: () => undefined,
            deliver: ({ origin, lost }) => {
              told.set(origin, (told.get(origin) ?? 0) + 1 + lost)
            },
          },
        )
        const offer = (origin: typeof live): void => {
          born.set(origin, (born.get(origin) ?? 0) + 1 + lostBefore)
          edge.offer(packetOf(null, { origin, lost: lostBefore }))
        }
        for (const [fromFile, shut] of schedule) {
          if (!shut) open()
          else if (edge.gate.open) open = edge.gate.hold()
          offer(fromFile ? recorded : live)
        }
        open()
        offer(live)
        offer(recorded)
        expect(told).toEqual(born)
      }),
    )
  })

  test('E10: a backlog of 100 000 costs each packet the same; a million pass', () => {
    const { clock, meter } = framePackets()
    let given = 0
    const parts = {
      clock,
      meter,
      // The consumer is busy with each, and free again at once: the drain must be a loop.
      deliver: ({ gate }: Packet<null>) => {
        given++
        gate.hold()()
      },
      failed: () => expect.unreachable(),
    }
    const edge = new Edge<null>({ whenFull: 'drop-oldest', capacity: 100_000, maxAgeMs: null }, parts)
    const open = edge.gate.hold()
    const packet = packetOf(null)
    for (let seq = 0; seq < 1_000_000; seq++) edge.offer(packet)
    expect(edge.length).toBe(100_000)
    open()
    expect([given, meter.droppedBy('overflow'), meter.held]).toEqual([100_000, 900_000, 0])
  })
})

describe('queue', () => {
  const capacities = fc.integer({ min: 1, max: 4 })

  test('law (E5): with block nothing of a recorded source is lost, through map and filter, whatever the work takes', async () => {
    const costs = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(costs, capacities, capacities, async (costsMs, first, second) => {
        const { clock, runtime } = virtualRuntime((virtual) => ({
          ...virtual,
          work: (key, start, deliver) => virtual.work({ ...key, costMs: costsMs[key.seq] ?? 0 }, start, deliver),
        }))
        const given: Packet<number>[] = []
        let completed = false
        runtime.run(() => {
          const work = runProcess<number, number>(
            () => (value) => of(value * 2),
            detectionsPort as never,
            contextOf(runtime, 'work'),
          )
          packets(costsMs.keys())
            .pipe(
              queue({ whenFull: 'block', capacity: first }),
              filter(({ seq }) => seq % 5 !== 4),
              map((packet) => packet),
              queue({ whenFull: 'block', capacity: second }),
              work,
            )
            .subscribe({ next: (packet) => given.push(packet), complete: () => (completed = true) })
        })
        await clock.run(() => false)
        expect(given.map(({ value }) => value)).toEqual(
          [...costsMs.keys()].filter((n) => n % 5 !== 4).map((n) => n * 2),
        )
        expect(given.every(({ lost }) => lost === 0)).toBe(true)
        for (const meter of runtime.meters.values()) expect(meter.read(0).dropped).toEqual({})
        expect(completed).toBe(true)
      }),
    )
  })

  test('law (E5): of two recorded sources merged into one block edge only the first packet of the later one can be lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        capacities,
        async (m, n, capacity) => {
          const { clock, runtime } = virtualRuntime()
          const given: Packet<number>[] = []
          runtime.run(() => {
            const work = runProcess<number, number>(
              () => (value) => of(value),
              detectionsPort as never,
              contextOf(runtime, 'work'),
            )
            const two$ = merge(packets(Array(m).keys(), 'one'), packets(Array(n).keys(), 'two'))
            two$
              .pipe(queue({ whenFull: 'block', capacity: capacity + 1 }), work)
              .subscribe((packet) => given.push(packet))
          })
          await clock.run(() => false)
          const seqsOf = (name: string): readonly number[] =>
            given.filter(({ origin }) => origin.name === name).map(({ seq }) => seq)
          expect(seqsOf('one')).toEqual([...Array(m).keys()])
          const later = seqsOf('two')
          expect(later).toEqual([...Array(n).keys()].slice(n - later.length))
          expect(n - later.length).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  test('E10: a million recorded items pass through two edges and back-pressure that opens at once', async () => {
    const { clock, runtime } = virtualRuntime()
    let count = 0
    runtime.run(() => {
      packets(Array(1_000_000).keys())
        .pipe(queue({ whenFull: 'block', capacity: 3 }), queue('block'))
        .subscribe(({ gate }) => {
          count++
          gate.hold()()
        })
    })
    await clock.run(() => false)
    expect(count).toBe(1_000_000)
  })

  test('block on a live source is refused with the reason and two ways to mend', () => {
    const { runtime } = virtualRuntime()
    const failures: unknown[] = []
    runtime.run(() => {
      of(packetOf('a'))
        .pipe(queue('block'))
        .subscribe({ error: (error) => failures.push(error) })
    })
    expect(failures).toMatchObject([{ code: 'config', stage: 'queue', origin: 'camera' }])
    expect((failures[0] as SaccadeError).remedy).toMatch(/latest.*pace: fast/)
  })

  test.each(['unsubscribe', 'complete', 'error', 'take'] as const)('frames that wait come back on %s', (how) => {
    const { runtime } = virtualRuntime()
    const frame = (): Packet<Frame> => packetOf(runtime.pool.lease(shapeOf(4, 4)))
    let feed: Subscriber<Packet<Frame>> | null = null
    const source$ = new Observable<Packet<Frame>>((downstream) => {
      feed = downstream
    })
    let given = 0
    let open: () => void = () => undefined
    const seen$ = runtime.run(() =>
      source$.pipe(queue({ whenFull: 'drop-oldest', capacity: 3 }), how === 'take' ? take(2) : map((packet) => packet)),
    )
    const subscription = seen$.subscribe({
      next: ({ gate }) => {
        given++
        open = gate.hold()
      },
      error: () => undefined,
    })
    const downstream = feed as Subscriber<Packet<Frame>> | null
    for (let n = 0; n < 6; n++) {
      const packet = frame()
      downstream?.next(packet)
      packet.value.release()
    }
    expect([given, runtime.pool.count().lent]).toEqual([1, 3])
    if (how === 'unsubscribe') subscription.unsubscribe()
    else if (how === 'error') downstream?.error(new Error('broke off'))
    else {
      if (how === 'complete') downstream?.complete()
      expect(runtime.pool.count().lent, 'what waits is still to be given').toBe(3)
      for (let n = 0; n < 3; n++) open()
    }
    expect(runtime.pool.count().lent).toBe(0)
    const [meter] = runtime.meters.values()
    expect(meter === undefined ? -1 : heldOf(meter)).toBe(0)
    expect(meter?.droppedBy('shutdown')).toBe({ unsubscribe: 3, error: 3, complete: 0, take: 2 }[how])
  })

  test('law: it gives what its source gives, where the consumer is never busy', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.constantFrom(...policies.slice(1)), (values, whenFull) => {
        const { runtime } = virtualRuntime()
        const given: number[] = []
        runtime.run(() => {
          from(values)
            .pipe(
              concatMap((value, seq) => of(packetOf(value, { seq }))),
              queue(whenFull),
            )
            .subscribe(({ value }) => given.push(value))
        })
        expect(given).toEqual(values)
      }),
    )
  })
})

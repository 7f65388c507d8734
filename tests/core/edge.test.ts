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
import { runs } from '../helpers/runs.js'
import { contextOf, heldOf, live, packetOf, recorded, shapeOf, virtualRuntime } from './births.js'

const policies: readonly WhenFull[] = ['block', 'drop-oldest', 'drop-newest', 'latest', 'fail', 'conflate']

const single = (whenFull: WhenFull): boolean => whenFull === 'latest' || whenFull === 'conflate'

const anyOptions: fc.Arbitrary<EdgeOptions> = fc
  .record({
    whenFull: fc.constantFrom(...policies),
    capacity: fc.integer({ min: 1, max: 5 }),
    maxAgeMs: fc.option(fc.integer({ min: 1, max: 40 })),
    limit: fc.option(fc.integer({ min: 4, max: 20 })),
  })
  .map(({ limit, ...options }) => ({
    ...options,
    capacity: single(options.whenFull) ? 1 : options.capacity,
    ...(limit === null ? {} : { bytes: limit }),
  }))

/** `busy`: the consumer holds the gate when it is given this packet. `becomes`: what conflate makes of it and the waiting one. */
type Arrival = {
  readonly do: 'arrive'
  readonly busy: boolean
  readonly agedMs: number
  readonly bytes: number
  readonly becomes: 'waiting' | 'arriving' | 'fresh' | 'error'
}
type Act = Arrival | { readonly do: 'hold' | 'open' | 'complete' | 'discard' }

const arrival: fc.Arbitrary<Arrival> = fc.record({
  do: fc.constant('arrive' as const),
  busy: fc.boolean(),
  agedMs: fc.integer({ min: 0, max: 30 }),
  bytes: fc.integer({ min: 1, max: 8 }),
  becomes: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('waiting', 'arriving', 'fresh') },
    { weight: 1, arbitrary: fc.constant('error' as const) },
  ),
})
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: arrival },
  { weight: 1, arbitrary: fc.constant({ do: 'hold' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'open' as const }) },
)
const anyEnd = fc.constantFrom({ do: 'complete' as const }, { do: 'discard' as const })
const anySchedule = fc.tuple(fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), anyAct), { maxLength: 60 }), anyEnd)

/** `last`: the newest that was merged into it. */
type Waiting = Omit<Arrival, 'do' | 'agedMs'> & {
  readonly seq: number
  readonly last: number
  readonly capturedAtMs: number
}

const freshBytes = 12

/** What an edge must do, in the plainest words: a list, and whether the gate is shut. */
function createModel({ whenFull, capacity, maxAgeMs, bytes: limit = Infinity }: EdgeOptions) {
  let waiting: Waiting[] = []
  let shut = false
  let failed = false
  let largest = 0
  let dropped: number[] = []
  const given: { readonly seq: number; readonly lost: number }[] = []
  const size = (): number => waiting.reduce((sum, { bytes }) => sum + bytes, 0)
  const noRoom = (bytes: number): boolean => waiting.length === capacity || size() + bytes > limit
  const drain = (nowMs: number): void => {
    for (let packet = waiting[0]; packet !== undefined && !shut; packet = waiting[0]) {
      waiting.shift()
      const { seq, last, busy, capturedAtMs } = packet
      if (maxAgeMs !== null && nowMs - capturedAtMs > maxAgeMs) {
        dropped.push(seq)
        continue
      }
      given.push({ seq, lost: dropped.filter((gone) => gone < last).length })
      dropped = dropped.filter((gone) => gone > last)
      shut = busy
    }
  }
  const merge = (packet: Waiting): void => {
    const [first] = waiting.splice(0)
    if (first === undefined) return
    if (packet.becomes === 'error') {
      failed = true
      dropped.push(packet.seq)
      waiting = [first]
      return
    }
    const bytes = packet.becomes === 'fresh' ? freshBytes : packet.becomes === 'waiting' ? first.bytes : packet.bytes
    if (bytes > limit) dropped.push(first.seq)
    else waiting = [{ ...first, last: packet.seq, bytes }]
  }
  return {
    given,
    waiting: () => waiting.length,
    bytes: () => (limit === Infinity ? 0 : size()),
    failed: () => failed,
    full: () => waiting.length > 0 && noRoom(largest),
    arrive(packet: Waiting, nowMs: number): void {
      const { bytes, seq } = packet
      if (bytes <= limit) largest = Math.max(largest, bytes)
      if (bytes <= limit && waiting.length > 0 && noRoom(bytes) && whenFull === 'conflate') merge(packet)
      else {
        const gives = whenFull === 'drop-oldest' || whenFull === 'latest'
        while (gives && bytes <= limit && noRoom(bytes)) dropped.push(waiting.shift()?.seq ?? NaN)
        if (bytes <= limit && !noRoom(bytes)) waiting.push(packet)
        else {
          dropped.push(seq)
          if (whenFull === 'fail') failed = true
        }
      }
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
function createScene(written: EdgeOptions) {
  const { clock, meter } = framePackets()
  const pool = createPool()
  const feeder = new CountingGate(() => undefined)
  const arrivals: Arrival[] = []
  const given: Packet<Frame>[] = []
  const errors: SaccadeError[] = []
  let holds: (() => void)[] = []
  const conflate = (waiting: unknown, arriving: unknown): unknown => {
    const becomes = arrivals.at(-1)?.becomes
    if (becomes === 'error') throw new Error('cannot merge these')
    return becomes === 'fresh' ? pool.lease(shapeOf(freshBytes, 1)) : becomes === 'waiting' ? waiting : arriving
  }
  const options = written.whenFull === 'conflate' ? { ...written, conflate } : written
  const edge: Edge<Frame> = new Edge<Frame>(options, {
    clock,
    meter,
    failed: (error) => errors.push(error),
    deliver: (packet) => {
      expect(edge.gate.open, 'E5: delivers only while its gate is open').toBe(true)
      const ageMs = clock.nowMs() - packet.capturedAtMs
      expect(ageMs <= (options.maxAgeMs ?? Infinity), 'E3: nothing stale is delivered').toBe(true)
      expect(packet.value.bytes.length, 'E1: nothing larger than the bound is delivered').toBeLessThanOrEqual(
        options.bytes ?? Infinity,
      )
      expect(packet.gate, 'E5: it carries the gate of its edge').toBe(edge.gate)
      expect(packet.value.live, 'S6: lent while it is given').toBe(true)
      given.push(packet)
      if (arrivals[packet.seq]?.busy === true) holds.push(edge.gate.hold())
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
    arrive(act: Arrival): Waiting {
      const seq = arrivals.push(act) - 1
      const capturedAtMs = clock.nowMs() - act.agedMs
      const frame = pool.lease(shapeOf(act.bytes, 1))
      edge.offer(packetOf(frame, { seq, capturedAtMs, gate: feeder }))
      frame.release()
      return { ...act, seq, last: seq, capturedAtMs }
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
          if (act.do === 'arrive') model.arrive(scene.arrive(act), nowMs)
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
          expect(edge.bytes, 'E1: never more than its bytes').toBeLessThanOrEqual(options.bytes ?? 0)
          expect([edge.length, edge.bytes]).toEqual([model.waiting(), model.bytes()])
          expect(heldOf(meter), 'E7: in = out + dropped + merged + held').toBe(edge.length)
          expect(pool.count().lent, 'S6: what waits is lent, and nothing else').toBe(edge.length)
          expect(
            scene.given.map(({ seq, lost }) => ({ seq, lost })),
            'E2, E8: gives what the policy leaves, in order, and says what was lost before each',
          ).toEqual(model.given)
          expect(scene.errors.length > 0).toBe(model.failed())
          const blocked = options.whenFull === 'block' && model.full()
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
      { numRuns: runs(1000) },
    )
  })

  test('law: what is given next is the newest that the policy allows', () => {
    const anyWay = fc.constantFrom(['latest', 1], ['drop-oldest', 3], ['drop-newest', 3]) as fc.Arbitrary<
      readonly ['latest' | 'drop-oldest' | 'drop-newest', number]
    >
    const steps = fc.array(fc.constantFrom('arrive', 'arrive', 'free'), { maxLength: 60 })
    fc.assert(
      fc.property(anyWay, steps, ([whenFull, capacity], acts) => {
        const { clock, meter } = framePackets()
        let arrived = 0
        let open: () => void = () => undefined
        const seen: number[] = []
        const edge: Edge<null> = new Edge<null>(
          { whenFull, capacity, maxAgeMs: null },
          {
            clock,
            meter,
            failed: () => expect.unreachable(),
            deliver: ({ seq, gate }) => {
              // Newer than what is given is only what waits, and of that no more than may wait.
              if (whenFull === 'latest') expect(seq).toBe(arrived - 1)
              if (whenFull === 'drop-oldest') expect(arrived - 1 - seq).toBe(edge.length)
              // The oldest that was not refused: those before it were given or came while it was full.
              if (whenFull === 'drop-newest') expect(seq).toBeGreaterThan(seen.at(-1) ?? -1)
              seen.push(seq)
              open = gate.hold()
            },
          },
        )
        for (const act of acts) {
          if (act === 'arrive') edge.offer(packetOf(null, { seq: arrived++ }))
          else open()
        }
      }),
      { numRuns: runs(1000) },
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

  test('trace (E2): conflate merges a b c into one that spans them, and says what was lost of any', () => {
    const { clock, meter } = framePackets()
    const given: Packet<string>[] = []
    const edge = new Edge<string>(
      { whenFull: 'conflate', capacity: 1, maxAgeMs: null, conflate: (a, b) => `${String(a)}${String(b)}` },
      { clock, meter, deliver: (packet) => given.push(packet), failed: () => expect.unreachable() },
    )
    const open = edge.gate.hold()
    edge.offer(packetOf('a', { seq: 1, capturedAtMs: 10, untilMs: 25, lost: 1 }))
    edge.offer(packetOf('b', { seq: 2, capturedAtMs: 20, lost: 2, epoch: 1 }))
    edge.offer(packetOf('c', { seq: 5, capturedAtMs: 30, untilMs: 40 }))
    expect([edge.length, meter.held]).toEqual([1, 1])
    open()
    expect(given).toMatchObject([{ value: 'abc', seq: 1, capturedAtMs: 10, untilMs: 40, lost: 3, epoch: 1 }])
    expect(meter.read(0)).toMatchObject({ in: 3, out: 1, merged: 2, dropped: {}, held: 0 })
  })

  test('conflate (S6): the share of the maker of what arrives stays with its maker', () => {
    const { clock, meter } = framePackets()
    const pool = createPool()
    const edge = new Edge<Frame>(
      { whenFull: 'conflate', capacity: 1, maxAgeMs: null, conflate: (_, arriving) => arriving },
      { clock, meter, deliver: () => undefined, failed: () => expect.unreachable() },
    )
    const open = edge.gate.hold()
    const frames = [pool.lease(shapeOf(1, 1)), pool.lease(shapeOf(1, 1))]
    for (const frame of frames) edge.offer(packetOf(frame))
    open()
    expect(frames.map(({ live }) => live)).toEqual([true, true])
    for (const frame of frames) frame.release()
    expect(pool.count().lent).toBe(0)
  })

  test('bytes (E1): what has no room goes by the policy, and what is too large for the bound is never given', () => {
    const given = (whenFull: WhenFull): readonly string[] => {
      const { clock, meter } = framePackets()
      const seen: string[] = []
      const edge = new Edge<Uint8Array>(
        { whenFull, capacity: 10, bytes: 10, maxAgeMs: null },
        {
          clock,
          meter,
          failed: () => undefined,
          deliver: ({ seq, lost }) => seen.push(`${String(seq)}-${String(lost)}`),
        },
      )
      const open = edge.gate.hold()
      for (const [seq, bytes] of [4, 4, 11, 4].entries()) edge.offer(packetOf(new Uint8Array(bytes), { seq }))
      open()
      edge.offer(packetOf(new Uint8Array(11), { seq: 4 }))
      edge.offer(packetOf(new Uint8Array(10), { seq: 5 }))
      expect(meter.droppedBy('overflow')).toBe(3)
      return seen
    }
    expect(given('drop-oldest')).toEqual(['1-1', '3-1', '5-1'])
    expect(given('drop-newest')).toEqual(['0-0', '1-0', '5-3'])
    expect(given('fail')).toEqual(given('drop-newest'))
    expect(given('block')).toEqual(given('drop-newest'))
  })

  test('bytes (E5): block holds its feeder while another as large as the largest so far has no room', () => {
    const { clock, meter } = framePackets()
    const feeder = new CountingGate(() => undefined)
    const edge = new Edge<Uint8Array>(
      { whenFull: 'block', capacity: 10, bytes: 10, maxAgeMs: null },
      { clock, meter, deliver: () => undefined, failed: () => expect.unreachable() },
    )
    const open = edge.gate.hold()
    const arrive = (bytes: number): boolean => {
      edge.offer(packetOf(new Uint8Array(bytes), { origin: recorded, gate: feeder }))
      return feeder.open
    }
    expect([arrive(2), arrive(3), arrive(3)]).toEqual([true, true, false])
    open()
    expect([feeder.open, meter.droppedBy('overflow')]).toEqual([true, 0])
  })

  test('a frame that was given back before it arrived is an error, counted as one, and nothing of it is held (E7, S6)', () => {
    const { clock, meter } = framePackets()
    const errors: SaccadeError[] = []
    const edge = new Edge<Frame>(
      { whenFull: 'drop-oldest', capacity: 3, maxAgeMs: null },
      { clock, meter, deliver: () => undefined, failed: (error) => errors.push(error) },
    )
    const open = edge.gate.hold()
    const frame = createPool().lease(shapeOf(2, 2))
    frame.release()
    edge.offer(packetOf(frame, { seq: 7 }))
    open()
    expect(errors.map(({ code, seq }) => [code, seq])).toEqual([['stale-frame', 7]])
    expect([heldOf(meter), meter.droppedBy('error')]).toEqual([0, 1])
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

  test('law (E8): nothing lost is left unsaid: of each origin the marks add up to all that was dropped', () => {
    const anyArrival = fc.record({
      fromFile: fc.boolean(),
      gate: fc.constantFrom('open', 'shut'),
      agedMs: fc.constantFrom(0, 0, 100),
      bytes: fc.integer({ min: 1, max: 30 }),
    })
    type Value = Uint8Array & { from?: typeof live }
    fc.assert(
      fc.property(anyOptions, fc.array(anyArrival, { maxLength: 60 }), fc.nat(3), (options, schedule, lostBefore) => {
        const { clock, meter } = framePackets()
        const counts = new Map([live, recorded].map((origin) => [origin, { in: 0, given: 0, merged: 0, told: 0 }]))
        const count = (origin: typeof live, what: 'in' | 'given' | 'merged' | 'told', by = 1): void => {
          const of = counts.get(origin)
          if (of !== undefined) of[what] += by
        }
        let open: () => void = () => undefined
        const conflate = (waiting: unknown, arriving: unknown): unknown => {
          count((arriving as Value).from ?? live, 'merged')
          return waiting
        }
        const edge = new Edge<Value>(
          { ...options, conflate },
          {
            clock,
            meter,
            failed: () => undefined,
            deliver: ({ origin, lost }) => {
              count(origin, 'given')
              count(origin, 'told', lost)
            },
          },
        )
        const offer = (origin: typeof live, bytes: number, capturedAtMs: number): void => {
          count(origin, 'in')
          const value: Value = Object.assign(new Uint8Array(bytes), { from: origin })
          edge.offer(packetOf(value, { origin, lost: lostBefore, capturedAtMs }))
        }
        for (const { fromFile, gate, agedMs, bytes } of schedule) {
          if (gate === 'open') open()
          else if (edge.gate.open) open = edge.gate.hold()
          offer(fromFile ? recorded : live, bytes, -agedMs)
          const { dropped } = meter.read(0)
          const lost = Object.values(dropped).reduce((sum, n) => sum + n, 0)
          const told = [...counts.values()].reduce((sum, of) => sum + of.told, 0)
          expect(told, 'never more than were lost').toBeLessThanOrEqual(lost + lostBefore * meter.in)
        }
        open()
        for (const origin of counts.keys()) offer(origin, 1, 0)
        for (const { in: taken, given, merged, told } of counts.values())
          expect(told).toBe(taken * lostBefore + taken - given - merged)
      }),
      { numRuns: runs(1000) },
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
      { numRuns: runs(1000) },
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
      fc.property(fc.array(fc.integer()), fc.constantFrom(...policies.slice(1, -1)), (values, whenFull) => {
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

describe('what an edge says', () => {
  const alone = (options: Partial<EdgeOptions> & { readonly whenFull: WhenFull }) => {
    const clock = createVirtualClock()
    const meter = new Meter('queue', 0)
    const failed: SaccadeError[] = []
    const given: Packet<unknown>[] = []
    const edge = new Edge<unknown>(
      { capacity: 2, maxAgeMs: null, ...options },
      { clock, meter, deliver: (packet) => given.push(packet), failed: (error) => failed.push(error) },
    )
    return { edge, given, failed, meter }
  }

  test.each(['drop-oldest', 'drop-newest'] as const)(
    '%s concerns a stream while one of its packets waits, or a loss of it is untold',
    (whenFull) => {
      const { edge } = alone({ whenFull, capacity: 1 })
      const other = { name: 'other', live: true }
      expect(edge.concerns(live)).toBe(false)
      const letGo = edge.gate.hold()
      edge.offer(packetOf(0, { origin: other }))
      expect([edge.concerns(live), edge.concerns(other)]).toEqual([false, true])
      edge.offer(packetOf(1))
      // One of them waits; of the other a loss is untold.
      expect([edge.concerns(live), edge.concerns(other)]).toEqual([true, true])
      letGo()
      const [told, silent] = whenFull === 'drop-oldest' ? [other, live] : [live, other]
      expect([edge.concerns(told), edge.concerns(silent)]).toEqual([true, false])
      edge.offer(packetOf(2, { origin: told }))
      expect(edge.concerns(told)).toBe(false)
    },
  )

  test('a function that merges and throws: where and what, and the next packet tells of it and of what it had to tell', () => {
    const { edge, given, failed, meter } = alone({
      whenFull: 'conflate',
      capacity: 1,
      conflate: () => {
        throw new TypeError('no sum of these')
      },
    })
    const letGo = edge.gate.hold()
    edge.offer(packetOf(0))
    edge.offer(packetOf(1, { seq: 1, lost: 3 }))
    expect(failed).toHaveLength(1)
    expect(failed[0]).toMatchObject({ code: 'stage', origin: 'camera', seq: 1 })
    expect(failed[0]?.message).toContain('no sum of these')
    expect(failed[0]?.remedy).toContain('merges')
    letGo()
    edge.offer(packetOf(2, { seq: 2 }))
    expect(given.map(({ value, lost }) => [value, lost])).toEqual([
      [0, 0],
      [2, 4],
    ])
    expect(meter.droppedBy('error')).toBe(1)
  })

  test.each([
    [{}, 'the queue is full (capacity 2) and says fail'],
    [{ bytes: 100 }, 'the queue is full (capacity 2, 100 bytes) and says fail'],
  ])('fail with %o says its bounds and what to do', (limit, message) => {
    const { edge, failed } = alone({ whenFull: 'fail', ...limit })
    edge.gate.hold()
    for (const seq of [0, 1, 2]) edge.offer(packetOf('x', { seq }))
    expect(failed.map((error) => error.message)).toEqual([message])
    expect(failed[0]).toMatchObject({ code: 'overflow', origin: 'camera', seq: 2 })
    expect(failed[0]?.remedy).toContain('queue: latest')
  })
})

import fc from 'fast-check'
import { from, map, Observable, type OperatorFunction, Subject, take } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/core/clock.js'
import type { SaccadeError } from '../../src/core/errors.js'
import type { Packet } from '../../src/core/packet.js'
import { runEach } from '../../src/core/run-each.js'
import type { How } from '../../src/core/stage.js'
import { runs } from '../helpers/runs.js'
import { contextOf, heldOf, live, packetOf, recorded, virtualRuntime } from './births.js'

/** A stage that adds what it has seen so far of a stream, and cannot take what is divided by `bad`. */
type Stage = { readonly bad: number; readonly how: How }

const anyStages: fc.Arbitrary<readonly Stage[]> = fc.array(
  fc.record({
    bad: fc.integer({ min: 2, max: 40 }),
    how: fc.constantFrom<How>({}, { onError: 'skip' }, { onError: 'fail' }),
  }),
  { minLength: 1, maxLength: 5 },
)
const anyPackets = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.boolean(), fc.nat(3)), { maxLength: 30 })
  .map((all) => all.map(([value, fromFile, ageMs], seq) => ({ value, ageMs, seq, origin: fromFile ? recorded : live })))

const sums =
  ({ bad }: Stage) =>
  (): ((value: number) => number) => {
    let sum = 0
    return (value) => {
      if (value % bad === 0) throw new Error(`${String(value)} is divided by ${String(bad)}`)
      sum += value
      return sum % 1000
    }
  }

/** Runs stages in a row, as one or with something between them that keeps them apart; says all that can be seen of it. */
function run(stages: readonly Stage[], births: readonly Partial<Packet<number>>[], apart: boolean) {
  const { runtime } = virtualRuntime()
  const seen: unknown[] = []
  const row = stages.flatMap((stage, index): OperatorFunction<Packet<number>, Packet<number>>[] => {
    const operator = runEach(sums(stage), contextOf(runtime, `stage${String(index)}`, stage.how))
    return apart ? [map((packet) => packet), operator] : [operator]
  })
  const source$ = from(births.map((birth) => packetOf(birth.value ?? 0, { ...birth })))
  row
    .reduce<Observable<Packet<number>>>((before$, operator) => before$.pipe(operator), source$)
    .subscribe({
      next: (packet) => seen.push(packet),
      error: ({ message, stage, origin, seq }: SaccadeError) => seen.push({ message, stage, origin, seq }),
      complete: () => seen.push('complete'),
    })
  const meters = [...runtime.meters.values()]
  for (const meter of meters) expect(heldOf(meter), 'E7').toBe(0)
  const counters = meters.map((meter) => {
    const { in: taken, out, dropped, state, error } = meter.read(0)
    return { taken, out, dropped, state, error }
  })
  const timed = meters
    .map((meter) => meter.read(0))
    .filter(({ latencyMs, ageMs }) => latencyMs !== null && ageMs !== null)
  return { seen, counters, timed: timed.length, events: runtime.events.map(({ text }) => text) }
}

describe('runEach', () => {
  test('law: stages that run as one give, count and fail just as they do one by one', () => {
    fc.assert(
      fc.property(anyStages, anyPackets, (stages, births) => {
        const { timed: timedAsOne, ...asOne } = run(stages, births, false)
        const { timed: timedApart, ...apart } = run(stages, births, true)
        expect(asOne).toEqual(apart)
        expect(timedAsOne).toBeLessThanOrEqual(1)
        expect(timedApart).toBeGreaterThanOrEqual(timedAsOne)
      }),
      { numRuns: runs(1000) },
    )
  })

  test('law: the clock is read twice a packet, however many stages there are; the last one has the time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 20 }), (stages, count) => {
        let reads = 0
        const { runtime } = virtualRuntime((clock): Clock => ({ ...clock, nowMs: () => reads++ }))
        const contexts = Array.from({ length: stages }, (_, index) => contextOf(runtime, `stage${String(index)}`))
        const source$ = new Subject<Packet<number>>()
        contexts
          .reduce<Observable<Packet<number>>>(
            (before$, context) => before$.pipe(runEach(() => (value: number) => value + 1, context)),
            source$,
          )
          .subscribe()
        const before = reads
        for (let seq = 0; seq < count; seq++) source$.next(packetOf(0, { seq }))
        expect(reads - before).toBe(2 * count)
        expect(contexts.map(({ meter }) => meter.read(0).latencyMs?.n ?? 0)).toEqual([
          ...Array<number>(stages - 1).fill(0),
          count,
        ])
        expect(contexts.map(({ meter }) => meter.out)).toEqual(Array(stages).fill(count))
      }),
    )
  })

  test('beyond two thousand in a second one in sixteen is timed; all are counted', () => {
    let nowMs = 0
    const { runtime } = virtualRuntime((clock): Clock => ({ ...clock, nowMs: () => nowMs }))
    const [first, last] = [contextOf(runtime, 'first'), contextOf(runtime, 'last')]
    const source$ = new Subject<Packet<number>>()
    const same = (value: number): number => value
    source$
      .pipe(
        runEach(() => same, first),
        runEach(() => same, last),
      )
      .subscribe()
    const feed = (count: number): number => {
      for (let n = 0; n < count; n++) source$.next(packetOf(n))
      return last.meter.read(nowMs).latencyMs?.n ?? 0
    }
    expect(feed(2000)).toBe(2000)
    expect(feed(1600)).toBe(2100)
    nowMs = 1000
    expect(feed(2000)).toBeGreaterThan(4050)
    for (const { meter } of [first, last])
      expect(meter.read(nowMs)).toMatchObject({
        in: 5600,
        out: 5600,
        held: 0,
        perSecond: expect.closeTo(3600, -2) as number,
      })
  })

  test('the same stage twice in a row counts for both', () => {
    const { runtime } = virtualRuntime()
    const double = runEach(() => (value: number) => value * 2, contextOf(runtime, 'double'))
    const seen: number[] = []
    from([packetOf(1)])
      .pipe(double, double)
      .subscribe(({ value }) => seen.push(value))
    expect(seen).toEqual([4])
    expect(runtime.meters.get('double')?.read(0)).toMatchObject({ in: 2, out: 2, held: 0 })
  })

  /** Says how many of its stream it has seen. */
  const counting = (): ((value: string) => string) => {
    let n = 0
    return (value) => `${value}${String(++n)}`
  }

  test('S2, S3: state is kept for each origin and each subscription, and begun anew where the epoch grows', () => {
    const { runtime } = virtualRuntime()
    const source$ = new Subject<Packet<string>>()
    const counted$ = source$.pipe(
      runEach(counting, contextOf(runtime, 'first')),
      runEach(counting, contextOf(runtime, 'second')),
    )
    const seen: string[] = []
    counted$.subscribe(({ value }) => seen.push(value))
    source$.next(packetOf('a', { origin: live }))
    source$.next(packetOf('a', { origin: live }))
    source$.next(packetOf('b', { origin: recorded }))
    const later: string[] = []
    counted$.subscribe(({ value }) => later.push(value))
    source$.next(packetOf('a', { origin: live }))
    source$.next(packetOf('a', { origin: live, epoch: 1 }))
    source$.next(packetOf('a', { origin: live, epoch: 1 }))
    source$.next(packetOf('b', { origin: recorded }))
    expect(seen).toEqual(['a11', 'a22', 'b11', 'a33', 'a11', 'a22', 'b22'])
    expect(later).toEqual(['a11', 'a11', 'a22', 'b11'])
  })

  test('a chain that branches is two chains: each has its own end', () => {
    const { runtime } = virtualRuntime()
    const source$ = new Subject<Packet<number>>()
    const double$ = source$.pipe(runEach(() => (value: number) => value * 2, contextOf(runtime, 'double')))
    const seen: number[] = []
    double$.subscribe(({ value }) => seen.push(value))
    double$
      .pipe(runEach(() => (value: number) => value + 1, contextOf(runtime, 'more')))
      .subscribe(({ value }) => seen.push(value))
    source$.next(packetOf(5))
    expect(seen).toEqual([10, 11])
    expect(runtime.meters.get('double')?.read(0)).toMatchObject({ in: 2, out: 2, latencyMs: { n: 1 } })
  })

  test('an error says which stage of the row it came from, of which packet', () => {
    const { runtime } = virtualRuntime()
    const errors: unknown[] = []
    from([packetOf(1, { seq: 7 })])
      .pipe(
        runEach(() => (value: number) => value, contextOf(runtime, 'fine')),
        runEach(
          () => (): number => {
            throw new Error('cannot')
          },
          contextOf(runtime, 'faulty'),
        ),
        runEach(() => (value: number) => value, contextOf(runtime, 'behind')),
      )
      .subscribe({ error: (error) => errors.push(error) })
    expect(errors).toMatchObject([{ message: 'cannot', stage: 'faulty', origin: 'camera', seq: 7 }])
    const states = ['fine', 'faulty', 'behind'].map((name) => runtime.meters.get(name)?.read(0).state)
    expect(states).toEqual(['stopped', 'failed', 'failed'])
  })

  test('a synchronous source is stopped after three', () => {
    const { runtime } = virtualRuntime()
    let fed = 0
    const endless$ = new Observable<Packet<number>>((downstream) => {
      while (!downstream.closed) downstream.next(packetOf(fed++))
    })
    const add = (name: string) => runEach(() => (value: number) => value + 1, contextOf(runtime, name))
    const seen: number[] = []
    endless$.pipe(add('one'), add('two'), take(3)).subscribe(({ value }) => seen.push(value))
    expect([fed, seen]).toEqual([3, [2, 3, 4]])
  })

  test('E10: a million packets pass in one turn', () => {
    const { runtime } = virtualRuntime()
    const source$ = new Subject<Packet<number>>()
    let last = 0
    const add = (name: string) => runEach(() => (value: number) => value + 1, contextOf(runtime, name))
    source$.pipe(add('one'), add('two'), add('three')).subscribe(({ value }) => (last = value))
    for (let seq = 0; seq < 1_000_000; seq++) source$.next(packetOf(seq))
    expect([last, runtime.meters.get('two')?.out]).toEqual([1_000_002, 1_000_000])
  })
})

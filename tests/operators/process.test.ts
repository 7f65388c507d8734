import fc from 'fast-check'
import { getEventListeners } from 'node:events'
import {
  exhaustMap,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  type ObservableInput,
  of,
  type OperatorFunction,
  range,
  Subject,
  take,
} from 'rxjs'
import { describe, expect, test, vi } from 'vitest'
import { begin } from '../../src/core/clock.js'
import type { Frame } from '../../src/core/frame.js'
import { CountingGate } from '../../src/core/gate.js'
import type { WorkAbout } from '../../src/core/item.js'
import type { Meter } from '../../src/core/meter.js'
import { type Packet, withValue } from '../../src/core/packet.js'
import { Runtime } from '../../src/core/runtime.js'
import type { VirtualClock } from '../../src/core/virtual-clock.js'
import { process, type ProcessSettings } from '../../src/operators/process.js'
import { queue } from '../../src/operators/queue.js'
import { packets } from '../../src/streams/packets.js'
import { virtualRun } from '../../src/testing/index.js'
import { heldOf, live, packetOf, recorded, shapeOf, virtualRuntime } from '../core/births.js'
import { anyLoad, arriving, costly, lasting, type Load } from '../core/loads.js'
import { runs } from '../helpers/runs.js'

type Numbers = OperatorFunction<Packet<number>, Packet<number>>
type Told = readonly (readonly [what: number | string, atMs: number])[]

/** What an operator gives for a load, and when. */
async function toldOf(load: Load, make: (clock: VirtualClock) => Numbers): Promise<Told> {
  const { clock, runtime } = virtualRuntime()
  const told: [number | string, number][] = []
  runtime.run(() => {
    arriving(clock, load.atMs)
      .pipe(make(clock))
      .subscribe({
        next: ({ value }) => told.push([value, clock.nowMs()]),
        error: (error: Error) => told.push([error.message, clock.nowMs()]),
        complete: () => told.push(['complete', clock.nowMs()]),
      })
  })
  await clock.run(() => false)
  for (const meter of runtime.meters.values()) heldOf(meter)
  return told
}

const anyWays = fc.record({
  load: anyLoad,
  k: fc.integer({ min: 1, max: 5 }),
  /** Items whose work fails. */
  bad: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(fc.nat(39), { maxLength: 4 })),
})

const workOf =
  (clock: VirtualClock, { costsMs }: Load, bad: readonly number[]) =>
  (value: number): Observable<number> =>
    lasting(clock, costsMs[value] ?? 0, value, bad.includes(value))

const mapped =
  (work: (value: number) => Observable<number>) =>
  (packet: Packet<number>): Observable<Packet<number>> =>
    work(packet.value).pipe(map((value) => withValue(packet, value)))

describe('process is what one knows', () => {
  test('law: one in flight and no queue is exhaustMap, in results, times and errors', async () => {
    await fc.assert(
      fc.asyncProperty(anyWays, async ({ load, bad }) => {
        const found = await toldOf(load, (clock) => process(workOf(clock, load, bad), { queue: 'none' }))
        const expected = await toldOf(load, (clock) => exhaustMap(mapped(workOf(clock, load, bad))))
        expect(found).toEqual(expected)
      }),
      { numRuns: runs(1000) },
    )
  })

  test('law: k in flight and an endless queue is mergeMap(k), in results, times and errors', async () => {
    await fc.assert(
      fc.asyncProperty(anyWays, async ({ load, k, bad }) => {
        const endless = { whenFull: 'drop-newest', capacity: 100 } as const
        const how = { concurrency: k, order: 'completion', queue: endless } as const
        const found = await toldOf(load, (clock) => process(workOf(clock, load, bad), how))
        const expected = await toldOf(load, (clock) => mergeMap(mapped(workOf(clock, load, bad)), k))
        expect(found).toEqual(expected)
      }),
      { numRuns: runs(1000) },
    )
  })

  test('law: in order of input it gives what concatMap gives, errors too, and never later', async () => {
    await fc.assert(
      fc.asyncProperty(anyWays, async ({ load, k, bad }) => {
        const endless = { whenFull: 'drop-newest', capacity: 100 } as const
        const how = { concurrency: k, queue: endless } as const
        const found = await toldOf(load, (clock) => process(workOf(clock, load, bad), how))
        const expected = await toldOf(load, (clock) => mergeMap(mapped(workOf(clock, load, bad)), 1))
        expect(found.map(([what]) => what)).toEqual(expected.map(([what]) => what))
        for (const [index, [, atMs]] of found.entries()) expect(atMs).toBeLessThanOrEqual(expected[index]?.[1] ?? 0)
      }),
      { numRuns: runs(1000) },
    )
  })
})

describe('orders, drawn', () => {
  const costsMs: Readonly<Record<string, number>> = { a: 60, b: 20, c: 30, d: 10 }
  const drawn = (settings: ProcessSettings<string>, out: string, lost?: readonly number[]) =>
    virtualRun(({ hot, expectPackets, clock }) => {
      const in$ = hot('ab-c------d|')
      const checks = expectPackets(in$.pipe(process((value) => lasting(clock, costsMs[value] ?? 0, value), settings)))
      checks.toBe(out)
      if (lost !== undefined) checks.toSayLost(lost)
    })

  test('input: b and c wait for a', () => drawn({ concurrency: 3 }, '------(abc)----(d|)'))
  test('completion', () => drawn({ concurrency: 3, order: 'completion' }, '---b--(ac)----(d|)'))
  test('latest: a was overtaken by b, which says so', () =>
    drawn({ concurrency: 3, order: 'latest' }, '---b--c----(d|)', [1, 0, 0]))
  test('of two places b frees one for c, in order of input only when a has left', () =>
    drawn({ concurrency: 2 }, '------(ab)--c-(d|)'))
})

/** When each is taken, begins, and leaves, where nothing is lost on the way: said in so many words. */
function expectedTimes(
  { atMs, costsMs }: Load,
  k: number,
  keyOf: ((item: number) => unknown) | null,
  inOrder: boolean,
  timeoutMs = Infinity,
): readonly { readonly leavesMs: number; readonly late: boolean }[] {
  const all: { takenMs: number; leavesMs: number; late: boolean }[] = []
  for (const [item, arrivesMs] of atMs.entries()) {
    // It is taken when fewer than k of those before it are still there.
    const leaving = all.map(({ leavesMs }) => leavesMs).sort((a, b) => b - a)
    const takenMs = Math.max(arrivesMs, all.at(-1)?.takenMs ?? 0, leaving[k - 1] ?? 0)
    const ofKey = keyOf === null ? undefined : all.filter((_, other) => keyOf(other) === keyOf(item)).at(-1)
    const costMs = costsMs[item] ?? 0
    const endsMs = Math.max(takenMs, ofKey?.leavesMs ?? 0) + Math.min(costMs, timeoutMs)
    const leavesMs = inOrder ? Math.max(endsMs, all.at(-1)?.leavesMs ?? 0) : endsMs
    all.push({ takenMs, leavesMs, late: costMs > timeoutMs })
  }
  return all
}

const endless = { whenFull: 'drop-newest', capacity: 100 } as const
const anyK = fc.integer({ min: 1, max: 5 })
const anyOrder = fc.constantFrom('input' as const, 'completion' as const, 'latest' as const)
const byTime = (told: Told): Told => [...told].sort(([a, aMs], [b, bMs]) => aMs - bMs || Number(a) - Number(b))

describe('orders', () => {
  test('law: k at once in order of input: each leaves when it is done and all before it have left', async () => {
    await fc.assert(
      fc.asyncProperty(anyLoad, anyK, async (load, k) => {
        const how = { concurrency: k, queue: endless }
        const told = await toldOf(load, (clock) => process(workOf(clock, load, []), how))
        const expected = expectedTimes(load, k, null, true).map(({ leavesMs }, item) => [item, leavesMs])
        expect(told.slice(0, -1)).toEqual(expected)
      }),
      { numRuns: runs(1000) },
    )
  })

  test('law: by key: in order within a key, one of a key at a time, keys side by side, whatever the order', async () => {
    await fc.assert(
      fc.asyncProperty(anyLoad, anyK, fc.integer({ min: 1, max: 4 }), anyOrder, async (load, k, keys, order) => {
        const running = new Set<number>()
        const by = (value: number): number => value % keys
        const told = await toldOf(load, (clock) => {
          const work = workOf(clock, load, [])
          const watched = (value: number) => {
            expect(running, 'one of a key at a time').not.toContain(by(value))
            running.add(by(value))
            expect(running.size).toBeLessThanOrEqual(k)
            return work(value).pipe(
              map((result) => {
                running.delete(by(value))
                return result
              }),
            )
          }
          return process(watched, { concurrency: k, by, order, queue: endless })
        })
        const results = told.slice(0, -1)
        // One at a time is in order anyway.
        const expected = expectedTimes(load, k, by, k === 1).map(({ leavesMs }, item) => [item, leavesMs] as const)
        expect(byTime(results)).toEqual(byTime(expected))
        for (let key = 0; key < keys; key++) {
          const found = results.flatMap(([value]) => (by(Number(value)) === key ? [Number(value)] : []))
          expect(found).toEqual([...found].sort((a, b) => a - b))
        }
      }),
      { numRuns: runs(1000) },
    )
  })

  test('law: latest never goes backward, gives what nothing newer has overtaken, counts the others and says so', async () => {
    await fc.assert(
      fc.asyncProperty(anyLoad, anyK, fc.array(fc.nat(39), { maxLength: 4 }), async (load, k, bad) => {
        const { clock, runtime } = virtualRuntime()
        const given: Packet<number>[] = []
        const atMs: number[] = []
        const begun = new Map<number, number>()
        const cancelled: number[] = []
        runtime.run(() => {
          const work = (value: number, { signal }: { readonly signal: AbortSignal }): Observable<number> => {
            begun.set(value, clock.nowMs())
            signal.addEventListener('abort', () => cancelled.push(value))
            return lasting(clock, load.costsMs[value] ?? 0, value, bad.includes(value))
          }
          arriving(clock, load.atMs)
            .pipe(process(work, { concurrency: k, order: 'latest', onError: 'skip', queue: endless }))
            .subscribe((packet) => {
              given.push(packet)
              atMs.push(clock.nowMs())
            })
        })
        await clock.run(() => false)
        const seqs = given.map(({ seq }) => seq)
        expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
        const endOf = (item: number): number => (begun.get(item) ?? 0) + (load.costsMs[item] ?? 0)
        expect(atMs).toEqual(seqs.map(endOf))
        const overtaken = [...load.atMs.keys()].filter((item) => !seqs.includes(item) && !bad.includes(item))
        for (const item of overtaken) {
          const newer = given.findIndex(({ seq }) => seq > item)
          expect(atMs[newer]).toBeLessThanOrEqual(endOf(item))
        }
        const meter = runtime.meters.get('process')
        const failed = [...load.atMs.keys()].length - seqs.length - (meter?.droppedBy('overtaken') ?? 0)
        expect(meter?.droppedBy('error')).toBe(failed)
        expect(overtaken.length).toBeLessThanOrEqual(meter?.droppedBy('overtaken') ?? 0)
        expect(cancelled).toHaveLength(meter?.droppedBy('overtaken') ?? 0)
        // E8: what is missing before a result is what it says was lost.
        for (const [index, { seq, lost }] of given.entries()) expect(lost).toBe(seq - (seqs[index - 1] ?? -1) - 1)
      }),
      { numRuns: runs(1000) },
    )
  })

  test('a promise that was overtaken keeps its place until it has ended, or its time is up', async () => {
    const { clock, runtime } = costly([100, 10, 10, 10, 10, 10])
    const begun: [number, number][] = []
    let late: WorkAbout<number> | null = null
    runtime.run(() => {
      const work = (value: number, about: WorkAbout<number>): Promise<number> => {
        if (value === 0) late = about
        begun.push([value, clock.nowMs()])
        return Promise.resolve(value)
      }
      arriving(clock, [0, 0, 30, 31, 60, 61])
        .pipe(process(work, { concurrency: 2, order: 'latest', timeout: '50ms', onError: 'skip' }))
        .subscribe()
    })
    await clock.run(() => false)
    // 0 is overtaken at 10, so that at 31 there is but one place; at 50 its time is up, and there are two again.
    expect(begun).toEqual([
      [0, 0],
      [1, 0],
      [2, 30],
      [3, 40],
      [4, 60],
      [5, 61],
    ])
    const meter = runtime.meters.get('process') ?? expect.unreachable()
    expect(meter.read(0).dropped).toEqual({ overtaken: 1 })
    const { signal } = (late as WorkAbout<number> | null) ?? expect.unreachable()
    expect(signal.aborted, 'also where it is first asked for when it is late').toBe(true)
  })

  test('law: with latest each origin is for itself', async () => {
    await fc.assert(
      fc.asyncProperty(anyLoad, anyLoad, anyK, async (one, two, k) => {
        const { clock, runtime } = virtualRuntime()
        const seqs = new Map([live, recorded].map((origin) => [origin, [] as number[]]))
        runtime.run(() => {
          const work = (value: number, { packet }: { readonly packet: Packet<number> }): Observable<number> =>
            lasting(clock, (packet.origin === live ? one : two).costsMs[value] ?? 0, value)
          merge(arriving(clock, one.atMs), arriving(clock, two.atMs, recorded))
            .pipe(process(work, { concurrency: k, order: 'latest', queue: endless }))
            .subscribe(({ origin, seq }) => seqs.get(origin)?.push(seq))
        })
        await clock.run(() => false)
        for (const [origin, found] of seqs) {
          expect(found).toEqual([...new Set(found)].sort((a, b) => a - b))
          // The last of each is overtaken by none.
          expect(found.at(-1)).toBe((origin === live ? one : two).atMs.length - 1)
        }
      }),
      { numRuns: runs(1000) },
    )
  })
})

const droppedOf = (meter: Meter): number => Object.values(meter.read(0).dropped).reduce((sum, count) => sum + count, 0)

describe('whatever happens', () => {
  const anyCase = fc.record({
    load: anyLoad,
    k: anyK,
    order: anyOrder,
    keyed: fc.boolean(),
    skips: fc.boolean(),
    timeoutMs: fc.option(fc.integer({ min: 1, max: 30 })),
    bad: fc.array(fc.nat(39), { maxLength: 4 }),
    empty: fc.array(fc.nat(39), { maxLength: 4 }),
    none: fc.boolean(),
    /** Unsubscribed at this time, if at all. */
    stopMs: fc.option(fc.integer({ min: 0, max: 300 })),
  })

  test('law (E7): in = out + dropped + held at every instant; held is what waits, is under way or waits for its turn; nothing is left', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ load, k, order, keyed, skips, timeoutMs, bad, empty, none, stopMs }) => {
        const timers = new Set<number>()
        let timer = 0
        const { clock, runtime } = virtualRuntime((virtual) => ({
          ...virtual,
          at: (dueMs, call) => {
            const mine = timer++
            timers.add(mine)
            const cancel = virtual.at(dueMs, () => {
              timers.delete(mine)
              call()
            })
            return () => {
              timers.delete(mine)
              cancel()
            }
          },
        }))
        const { at } = runtime.clock
        const signals = new Map<number, AbortSignal>()
        const [begun, ended] = [new Set<number>(), new Set<number>()]
        let [arrived, given, most] = [0, 0, 0]
        const ends: string[] = []
        const gate = new CountingGate(() => undefined)
        const source$ = new Observable<Packet<Frame>>((downstream) => {
          const cancels = load.atMs.map((dueMs, seq) =>
            at(dueMs, () => {
              const frame = runtime.pool.lease(shapeOf(2, 2))
              arrived++
              downstream.next(packetOf(frame, { seq, capturedAtMs: dueMs, gate }))
              frame.release()
              if (seq === load.atMs.length - 1) downstream.complete()
            }),
          )
          return () => {
            for (const cancel of cancels) cancel()
          }
        })
        const work = (frame: Frame, { signal, packet }: WorkAbout<Frame>): Observable<number> => {
          const { seq } = packet
          signals.set(seq, signal)
          begun.add(seq)
          return new Observable((downstream) => {
            const end = (): void => {
              expect(frame.live, 'its frame is kept while it is under way').toBe(true)
              ended.add(seq)
              if (bad.includes(seq)) downstream.error(new Error('failed'))
              else if (empty.includes(seq)) downstream.complete()
              else downstream.next(seq)
            }
            const cancel = at(clock.nowMs() + (load.costsMs[seq] ?? 0), end)
            return () => {
              ended.add(seq)
              cancel()
            }
          })
        }
        const subscription = runtime.run(() =>
          source$
            .pipe(
              process(work, {
                concurrency: k,
                order,
                onError: skips ? 'skip' : 'fail',
                ...(keyed ? { by: (_, { seq }) => seq % 3 } : {}),
                ...(timeoutMs === null ? {} : { timeout: `${String(timeoutMs)}ms` }),
                ...(none ? { queue: 'none' } : {}),
              }),
            )
            .subscribe({
              next: () => given++,
              error: () => ends.push('error'),
              complete: () => ends.push('complete'),
            }),
        )
        if (stopMs !== null)
          clock.at(stopMs, () => {
            subscription.unsubscribe()
          })
        const meter = runtime.meters.get('process') ?? expect.unreachable()
        await clock.run(() => {
          const waiting = runtime.meters.get('process/queue')
          const underWay = begun.size - ended.size
          most = Math.max(most, underWay)
          if (subscription.closed) {
            expect(timers.size, 'no timer outlives the stage').toBe(0)
            return false
          }
          const held = heldOf(meter)
          // Of one key one is under way; the others wait. Results that wait for their turn are held, too.
          expect(held).toBeGreaterThanOrEqual(underWay)
          if (order !== 'input' && !keyed) expect(held).toBe(underWay)
          expect(held).toBeLessThanOrEqual(k)
          expect(meter.out).toBe(given)
          if (waiting === undefined) expect(gate.open, 'E5').toBe(held < k)
          const waits = waiting === undefined ? 0 : heldOf(waiting)
          const dropped = droppedOf(meter) + (waiting === undefined ? 0 : droppedOf(waiting))
          expect(given + dropped + held + waits).toBe(arrived)
          return false
        })
        expect(most).toBeLessThanOrEqual(k)
        expect(ends.length).toBe(stopMs !== null && ends.length === 0 ? 0 : 1)
        // Nothing is left: no frame, no gate, no timer, no work, and each signal of an item that was given up is aborted.
        expect(subscription.closed).toBe(true)
        expect(runtime.pool.count().lent).toBe(0)
        expect(gate.open).toBe(true)
        expect([...begun].filter((seq) => !ended.has(seq))).toEqual([])
        for (const one of runtime.meters.values()) expect(heldOf(one)).toBe(0)
        const dropped = [...runtime.meters.values()].reduce((sum, one) => sum + droppedOf(one), 0)
        expect(given + dropped).toBe(arrived)
      }),
      { numRuns: runs(1000) },
    )
  })
})

describe('timeout', () => {
  const settings = (k: number, timeoutMs: number) =>
    ({ concurrency: k, timeout: `${String(timeoutMs)}ms`, onError: 'skip', queue: endless }) as const

  test.each(['Observables', 'promises with a declared cost'] as const)(
    'law: of %s each is given when it is done, or given up when its time is up, and makes room then',
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(anyLoad, anyK, fc.integer({ min: 1, max: 30 }), async (load, k, timeoutMs) => {
          const { clock, runtime } = kind === 'Observables' ? virtualRuntime() : costly(load.costsMs)
          const work = (value: number): ObservableInput<number> =>
            kind === 'Observables' ? workOf(clock, load, [])(value) : Promise.resolve(value)
          const given: [number, number, number][] = []
          runtime.run(() => {
            arriving(clock, load.atMs)
              .pipe(process(work, settings(k, timeoutMs)))
              .subscribe(({ value, lost }) => given.push([value, clock.nowMs(), lost]))
          })
          await clock.run(() => false)
          let before = -1
          const expected = expectedTimes(load, k, null, true, timeoutMs).flatMap(({ leavesMs, late }, item) => {
            if (late) return []
            const lost = item - before - 1
            before = item
            return [[item, leavesMs, lost]]
          })
          expect(given, 'with what was lost before it (E8)').toEqual(expected)
          expect(runtime.meters.get('process')?.droppedBy('error')).toBe(load.atMs.length - given.length)
        }),
        { numRuns: runs(1000) },
      )
    },
  )

  test('with fail it ends the branch, and says which item and how long', async () => {
    const { clock, runtime } = virtualRuntime()
    const failures: unknown[] = []
    runtime.run(() => {
      arriving(clock, [5, 10])
        .pipe(process(() => NEVER, { timeout: '2s' }))
        .subscribe({ error: (error) => failures.push([clock.nowMs(), error]) })
    })
    await clock.run(() => false)
    const message = 'the work on an item took longer than its timeout of 2s'
    expect(failures).toMatchObject([[2005, { code: 'timeout', stage: 'process', origin: 'camera', seq: 0, message }]])
  })

  test('a promise that is late is ignored, asked to end, and keeps its frame until it does', async () => {
    const { clock, runtime } = costly([50])
    const frame = runtime.pool.lease(shapeOf(2, 2))
    let settle: (value: number) => void = () => undefined
    const real = new Promise<number>((resolve) => (settle = resolve))
    const signals: AbortSignal[] = []
    const given: number[] = []
    const answers = [Promise.resolve(0), real]
    const source$ = new Subject<Packet<Frame>>()
    runtime.run(() => {
      const work = (_: Frame, { signal, packet }: WorkAbout<Frame>): Promise<number> => {
        signals.push(signal)
        return answers[packet.seq] ?? expect.unreachable()
      }
      source$.pipe(process(work, { timeout: '20ms', onError: 'skip' })).subscribe({
        next: ({ value }) => given.push(value),
        error: () => undefined,
      })
    })
    source$.next(packetOf(frame, { seq: 0 }))
    await clock.run(() => false)
    expect([given, clock.nowMs(), runtime.pool.count().lent]).toEqual([[], 20, 1])
    source$.next(packetOf(frame, { seq: 1 }))
    frame.release()
    // Real work would stop the clock for as long as it takes; here the stage ends first.
    source$.error(new Error('the end'))
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    expect([runtime.pool.count().lent, runtime.left]).toEqual([1, ['process']])
    settle(1)
    await runtime.closed()
    expect([given, runtime.pool.count().lent]).toEqual([[], 0])
  })

  test('where much more goes on than may be under way, what it waits for is hung, and the stage fails for all its skip', async () => {
    // As in real time, where the clock does not wait for anyone.
    const { clock, runtime } = virtualRuntime((virtual) => ({
      ...virtual,
      work: (_, start, deliver) => {
        const begun = begin(start, deliver)
        if (typeof begun === 'object') deliver(begun)
        return () => undefined
      },
    }))
    const failures: unknown[] = []
    runtime.run(() => {
      const hung = (): Promise<number> => new Promise(() => undefined)
      packets(Array(100).keys())
        .pipe(process(hung, { concurrency: 2, timeout: '1s', onError: 'skip' }))
        .subscribe({ error: (error) => failures.push([clock.nowMs(), error]) })
    })
    await clock.run(() => false)
    const message = '20 items of process go on long after they were given up (timeout 1s)'
    expect(failures).toMatchObject([[10_000, { code: 'timeout', message }]])
  })
})

describe('demand', () => {
  test('law (E5): a recorded source waits for it: nothing is lost, nothing waits in between, k are under way', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyLoad,
        anyK,
        anyOrder.filter((order) => order !== 'latest'),
        async (load, k, order) => {
          const { clock, runtime } = virtualRuntime()
          const given: Packet<number>[] = []
          let completed = false
          runtime.run(() => {
            packets(load.costsMs.keys())
              .pipe(process(workOf(clock, load, []), { concurrency: k, order }))
              .subscribe({ next: (packet) => given.push(packet), complete: () => (completed = true) })
          })
          const meter = runtime.meters.get('process') ?? expect.unreachable()
          let most = 0
          await clock.run(() => {
            most = Math.max(most, heldOf(meter))
            return false
          })
          expect([...given].sort((a, b) => a.seq - b.seq).map(({ value }) => value)).toEqual([...load.costsMs.keys()])
          expect(given.every(({ lost }) => lost === 0)).toBe(true)
          expect([...runtime.meters.keys()]).toEqual(['process'])
          const lasts = load.costsMs.filter((costMs) => costMs > 0).length
          expect(most).toBe(Math.min(k, order === 'input' ? most : lasts))
          expect(completed).toBe(true)
        },
      ),
      { numRuns: runs(1000) },
    )
  })

  test('law (E8): of recorded sources without an edge what is lost on the way in is told by the next of its source', async () => {
    let some = 0
    await fc.assert(
      fc.asyncProperty(anyLoad, anyK, fc.integer({ min: 1, max: 20 }), async (load, k, items) => {
        const { clock, runtime } = virtualRuntime()
        const given = new Map<string, Packet<number>[]>()
        const names = ['one', 'two', 'three', 'four']
        runtime.run(() => {
          const work = (value: number): Observable<number> => lasting(clock, (load.costsMs[value] ?? 3) + 1, value)
          merge(...names.map((name, nth) => packets(Array(items + nth).keys(), name)))
            .pipe(process(work, { concurrency: k }))
            .subscribe((packet) => {
              const { name } = packet.origin
              given.set(name, [...(given.get(name) ?? []), packet])
            })
        })
        await clock.run(() => false)
        if (k === 1) some += runtime.meters.get('process/queue')?.droppedBy('overflow') ?? 0
        for (const found of given.values()) {
          let before = -1
          for (const { seq, lost } of found) {
            expect(lost).toBe(seq - before - 1)
            before = seq
          }
        }
      }),
      { numRuns: runs(1000) },
    )
    expect(some, 'there was something to tell').toBeGreaterThan(100)
  })

  test('of two that feed it, one behind its gate and one that does not wait, neither waits for ever', async () => {
    const { clock, runtime } = virtualRuntime()
    const counts = new Map<string, number>()
    runtime.run(() => {
      merge(
        packets(Array(1000).keys()),
        arriving(
          clock,
          Array.from({ length: 50 }, (_, n) => 7 * n),
        ),
      )
        .pipe(process((value) => lasting(clock, 10, value)))
        .subscribe(({ origin }) => counts.set(origin.name, (counts.get(origin.name) ?? 0) + 1))
    })
    await clock.run(() => clock.nowMs() >= 7 * 49)
    expect(counts.get('packets')).toBeGreaterThan(15)
    expect(counts.get('camera')).toBeGreaterThan(15)
  })

  test('law (E8): what it could not take, and what failed, is told by the next of its stream', async () => {
    await fc.assert(
      fc.asyncProperty(anyWays, anyLoad, async ({ load, k, bad }, other) => {
        const { clock, runtime } = virtualRuntime()
        const given = new Map([live, recorded].map((origin) => [origin, [] as Packet<number>[]]))
        runtime.run(() => {
          merge(arriving(clock, load.atMs), arriving(clock, other.atMs, recorded))
            .pipe(process(workOf(clock, load, bad), { concurrency: k, onError: 'skip', queue: 'none' }))
            .subscribe((packet) => given.get(packet.origin)?.push(packet))
        })
        await clock.run(() => false)
        for (const packets of given.values()) {
          let before = -1
          for (const { seq, lost } of packets) {
            expect(lost).toBe(seq - before - 1)
            before = seq
          }
        }
      }),
      { numRuns: runs(1000) },
    )
  })
})

describe('races', () => {
  /** The default clock: real time, in which promises answer as they come. */
  const really = (): Runtime => new Runtime()

  test('law: in whatever order promises settle, each order keeps its word, and all is counted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
        anyK,
        anyOrder,
        fc.boolean(),
        async (scheduler, fails, k, order, keyed) => {
          const runtime = really()
          const given: number[] = []
          const settled: number[] = []
          const underWay = new Set<number>()
          const by = (value: number): number => value % 2
          let completed = false
          const work = (value: number): Promise<number> => {
            underWay.add(value)
            expect(underWay.size).toBeLessThanOrEqual(k)
            if (keyed) expect([...underWay].filter((one) => by(one) === by(value))).toEqual([value])
            return scheduler.schedule(Promise.resolve(value), String(value)).then(() => {
              underWay.delete(value)
              if (fails[value] === true) throw new Error('failed')
              settled.push(value)
              return value
            })
          }
          const source$ = new Subject<Packet<number>>()
          runtime.run(() => {
            const how = { concurrency: k, order, onError: 'skip', queue: endless } as const
            source$.pipe(process(work, keyed ? { ...how, by } : how)).subscribe({
              next: ({ value }) => given.push(value),
              complete: () => (completed = true),
            })
          })
          for (const seq of fails.keys()) source$.next(packetOf(seq, { seq }))
          source$.complete()
          await scheduler.waitIdle()
          const rising = [...given].sort((a, b) => a - b)
          const good = [...fails.keys()].filter((seq) => fails[seq] !== true)
          if (order === 'latest' && !keyed) expect(given).toEqual(rising)
          else expect(rising).toEqual(good)
          if (order === 'input' && !keyed) expect(given).toEqual(good)
          if (order === 'completion' || keyed) expect(given).toEqual(settled)
          for (const key of [0, 1]) {
            const found = given.filter((value) => by(value) === key)
            if (keyed) expect(found).toEqual([...found].sort((a, b) => a - b))
          }
          expect(completed).toBe(true)
          for (const meter of runtime.meters.values()) expect(heldOf(meter)).toBe(0)
          await runtime.closed()
        },
      ),
      { numRuns: runs(1000) },
    )
  })

  test('law (T2): on virtual time the order in which they settle changes nothing, however many are under way', async () => {
    const runOnce = async (
      load: Load,
      how: ProcessSettings<number>,
      answer: (value: number) => Promise<number>,
    ): Promise<Told> => {
      const { clock, runtime } = costly(load.costsMs)
      const told: [number, number][] = []
      runtime.run(() => {
        arriving(clock, load.atMs)
          .pipe(process(answer, how))
          .subscribe(({ value }) => told.push([value, clock.nowMs()]))
      })
      await clock.run(() => false)
      return told
    }
    await fc.assert(
      fc.asyncProperty(anyLoad, anyK, anyOrder, fc.scheduler(), async (load, k, order, scheduler) => {
        const how = { concurrency: k, order, timeout: '25ms', onError: 'skip' } as const
        const expected = await runOnce(load, how, (value) => Promise.resolve(value))
        const jumbled = runOnce(load, how, (value) => scheduler.schedule(Promise.resolve(value)))
        expect(await scheduler.waitFor(jumbled)).toEqual(expected)
      }),
      { numRuns: runs(300) },
    )
  })
})

describe('hazards', () => {
  const million = 1_000_000

  test.each([
    ['one at a time', {}],
    ['eight at once, in order of input', { concurrency: 8 }],
    ['latest', { concurrency: 8, order: 'latest' }],
    ['by key', { concurrency: 8, by: (value: number) => value % 3 }],
  ] as const)('E10: a million items whose work ends at once pass: %s', async (_, settings) => {
    const { clock, runtime } = virtualRuntime()
    let [count, sum] = [0, 0]
    let completed = false
    runtime.run(() => {
      packets(Array(million).keys())
        .pipe(
          queue({ whenFull: 'block', capacity: 3 }),
          process((value) => of(value), settings),
        )
        .subscribe({
          next: ({ value }) => {
            count++
            sum += value
          },
          complete: () => (completed = true),
        })
    })
    await clock.run(() => false)
    expect([count, sum, completed]).toEqual([million, (million * (million - 1)) / 2, true])
  })

  test('50,000 that waited behind one, and end at once then, pass', async () => {
    const { clock, runtime } = virtualRuntime()
    const first = new Subject<number>()
    const source$ = new Subject<Packet<number>>()
    const how = { concurrency: 100_000, by: () => 'one' }
    const deep = { whenFull: 'drop-newest', capacity: 100_000 } as const
    let [keyed, queued] = [0, 0]
    runtime.run(() => {
      const work = (value: number): Observable<number> => (value === 0 ? first : of(value))
      source$.pipe(process(work, how)).subscribe(() => keyed++)
      source$.pipe(process(work, { queue: deep })).subscribe(() => queued++)
    })
    for (let seq = 0; seq <= 50_000; seq++) source$.next(packetOf(seq, { seq }))
    expect([keyed, queued]).toEqual([0, 0])
    first.next(0)
    await clock.run(() => false)
    expect([keyed, queued]).toEqual([50_001, 50_001])
  })

  test('S1: a result that brings forth the next item is not overlapped by its result', () => {
    const { runtime } = virtualRuntime()
    const source$ = new Subject<Packet<number>>()
    let [depth, most, count] = [0, 0, 0]
    runtime.run(() => {
      source$.pipe(process((value) => of(value), { concurrency: 2 })).subscribe(({ seq }) => {
        most = Math.max(most, ++depth)
        count++
        if (seq < 100_000) source$.next(packetOf(seq + 1, { seq: seq + 1 }))
        depth--
      })
    })
    source$.next(packetOf(0, { seq: 0 }))
    expect([most, count]).toEqual([1, 100_001])
  })

  test('a synchronous source stops when downstream has what it wants, and so does endless work', () => {
    const { runtime } = virtualRuntime()
    let [fed, drawn, given] = [0, 0, 0]
    const source$ = new Observable<Packet<number>>((downstream) => {
      while (!downstream.closed && fed < 10_000) downstream.next(packetOf(fed, { seq: fed++ }))
    })
    runtime.run(() => {
      const endlessly = (): Observable<number> =>
        range(0, 1_000_000_000).pipe(
          map((value) => {
            drawn++
            return value
          }),
        )
      source$.pipe(process(endlessly), take(3)).subscribe(() => given++)
    })
    expect([fed, drawn, given]).toEqual([3, 3, 3])
  })

  test('after 10,000 items no listener is left on anything that lasts: each signal is of its item', async () => {
    const { clock, runtime } = virtualRuntime()
    const signals = new Set<AbortSignal>()
    const add = vi.spyOn(EventTarget.prototype, 'addEventListener')
    let aborted = 0
    runtime.run(() => {
      const work = (value: number, { signal }: WorkAbout<number>): Promise<number> => {
        signals.add(signal)
        signal.addEventListener('abort', () => aborted++)
        return Promise.resolve(value)
      }
      packets(Array(10_000).keys())
        .pipe(process(work, { concurrency: 3 }))
        .subscribe()
    })
    await clock.run(() => false)
    const listenedTo = new Set(add.mock.contexts.filter((target) => target instanceof AbortSignal))
    add.mockRestore()
    expect(signals.size).toBe(10_000)
    expect([...listenedTo].filter((signal) => !signals.has(signal))).toEqual([])
    expect(getEventListeners(runtime.stopping, 'abort')).toEqual([])
    expect(aborted).toBe(0)
  })

  test('work may end the stage itself, by what it does when it begins or when it is given up', async () => {
    const { clock, runtime } = virtualRuntime()
    let ends = 0
    const source$ = new Subject<Packet<number>>()
    const subscription = runtime.run(() =>
      source$
        .pipe(
          process(
            () => {
              subscription.unsubscribe()
              return new Observable<number>(() => () => ends++)
            },
            { concurrency: 2, timeout: '1s' },
          ),
        )
        .subscribe(),
    )
    source$.next(packetOf(0))
    await clock.run(() => false)
    expect([ends, clock.nowMs()]).toEqual([1, 0])
    for (const meter of runtime.meters.values()) expect(heldOf(meter)).toBe(0)
  })
})

describe('what it refuses', () => {
  test.each([
    [{ concurrency: 0 }, /concurrency: .*>=1/],
    [{ concurrency: 1.5 }, /concurrency: .*int/],
    [{ timeout: '2' }, /timeout: .*write 2ms/],
    [{ order: 'oldest' as never }, /order: .*"input"\|"completion"\|"latest"/],
    [{ onError: 'restart' as never }, /onError/],
    [{ by: 'key' as never }, /by: must be a function/],
    [{ concurency: 2 } as never, /concurency/],
    [{ queue: { whenFull: 'later' as never } }, /cannot make queue/],
  ])('%j', (settings, gist) => {
    const { runtime } = virtualRuntime()
    expect(() => runtime.run(() => process(() => of(1), settings))).toThrow(gist)
  })

  test('all at once', () => {
    expect(() => process(() => of(1), { concurrency: 0, timeout: '2' })).toThrow(/concurrency.*timeout/)
  })

  test('a key that cannot be told is an error of its item', async () => {
    const { clock, runtime } = virtualRuntime()
    const given: number[] = []
    runtime.run(() => {
      const by = (value: number): number => {
        if (value === 1) throw new Error('no key')
        return 0
      }
      packets([0, 1, 2])
        .pipe(process((value) => of(value), { concurrency: 2, by, onError: 'skip' }))
        .subscribe(({ value }) => given.push(value))
    })
    await clock.run(() => false)
    expect([given, runtime.meters.get('process')?.droppedBy('error')]).toEqual([[0, 2], 1])
  })
})

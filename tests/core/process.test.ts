import fc from 'fast-check'
import { merge, NEVER, Observable, of, Subject, take, throwError } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { CountingGate } from '../../src/core/gate.js'
import type { Packet } from '../../src/core/packet.js'
import { definePort, type How } from '../../src/core/stage.js'
import { runProcess } from '../../src/core/run-process.js'
import type { Runtime } from '../../src/core/runtime.js'
import { queue } from '../../src/operators/queue.js'
import { packets } from '../../src/streams/packets.js'
import { contextOf, heldOf, packetOf, recorded, shapeOf, virtualRuntime } from './births.js'
import { anyLoad, arriving, costly, type Load } from './loads.js'
import { runs } from '../helpers/runs.js'

const numberPort = definePort<number>('number', 'a number')

type Work<In, Out> = ReturnType<Parameters<typeof runProcess<In, Out>>[0]>

function working<Out>(runtime: Runtime, work: Work<number, Out>, how: How = {}) {
  return runProcess<number, Out>(() => work, numberPort, contextOf(runtime, 'work', how))
}

type Given = readonly (readonly [value: number, atMs: number, lost: number])[]

/** exhaustMap that remembers the newest it could not take: what `queue: latest` before asynchronous work amounts to. */
function exhaustWithLatest(atMs: readonly number[], costsMs: readonly number[]): Given {
  const given: [number, number, number][] = []
  let freeAtMs = -Infinity
  let waiting: number | null = null
  const start = (item: number, nowMs: number): void => {
    freeAtMs = nowMs + (costsMs[item] ?? 0)
    given.push([item, freeAtMs, item - (given.at(-1)?.[0] ?? -1) - 1])
    waiting = null
  }
  for (const [item, arrivedMs] of atMs.entries()) {
    if (waiting !== null && freeAtMs <= arrivedMs) start(waiting, freeAtMs)
    if (freeAtMs <= arrivedMs) start(item, arrivedMs)
    else waiting = item
  }
  if (waiting !== null) start(waiting, freeAtMs)
  return given
}

describe('runProcess, one at a time', () => {
  test.each(['behind queue(latest)', 'behind nothing, with the edge it brings along'])(
    'law: %s it is exhaustMap that keeps the newest',
    async (where) => {
      await fc.assert(
        fc.asyncProperty(anyLoad, async ({ atMs, costsMs }) => {
          const { clock, runtime } = costly(costsMs)
          const given: (readonly [number, number, number])[] = []
          let [running, most] = [0, 0]
          const work = working(runtime, async (value) => {
            most = Math.max(most, ++running)
            await Promise.resolve()
            running--
            return value
          })
          let completed = false
          runtime.run(() => {
            const source$ = arriving(clock, atMs)
            const edged$ = where === 'behind queue(latest)' ? source$.pipe(queue('latest')) : source$
            edged$.pipe(work).subscribe({
              next: ({ value, lost }) => given.push([value, clock.nowMs(), lost]),
              complete: () => (completed = true),
            })
          })
          await clock.run(() => false)
          expect(given).toEqual(exhaustWithLatest(atMs, costsMs))
          expect(most, 'one at a time').toBeLessThanOrEqual(1)
          expect(completed).toBe(true)
          for (const meter of runtime.meters.values()) expect(heldOf(meter)).toBe(0)
        }),
      )
    },
  )

  test('law (T2): the order in which answers really come changes nothing', async () => {
    const runOnce = async (load: Load, answer: (value: number) => Promise<number>) => {
      const { clock, runtime } = costly(load.costsMs)
      const log: string[] = []
      runtime.run(() => {
        const source$ = new Subject<Packet<number>>()
        const two$ = ['a', 'b'].map((name) => {
          const work = runProcess<number, number>(() => answer, numberPort, contextOf(runtime, name))
          const said: Observable<string> = new Observable((downstream) =>
            source$.pipe(queue({ whenFull: 'drop-oldest', capacity: 2 }), work).subscribe({
              next: ({ value, lost }) => {
                downstream.next(`${String(clock.nowMs())} ${name}${String(value)} lost ${String(lost)}`)
              },
              complete: () => {
                downstream.complete()
              },
            }),
          )
          return said
        })
        merge(...two$).subscribe((line) => log.push(line))
        arriving(clock, load.atMs).subscribe(source$)
      })
      await clock.run(() => false)
      return log
    }
    await fc.assert(
      fc.asyncProperty(anyLoad, fc.scheduler(), async (load, scheduler) => {
        const expected = await runOnce(load, (value) => Promise.resolve(value))
        const jumbled = runOnce(load, (value) => scheduler.schedule(Promise.resolve(value)))
        expect(await scheduler.waitFor(jumbled)).toEqual(expected)
      }),
      { numRuns: runs(60) },
    )
  })

  test('holds the gate of what it took until the answer is given, and completes after the run in flight', async () => {
    const { clock, runtime } = virtualRuntime()
    const gate = new CountingGate(() => undefined)
    const answers: (() => void)[] = []
    const source$ = new Subject<Packet<number>>()
    const seen: string[] = []
    source$
      .pipe(
        working(
          runtime,
          (value) =>
            new Promise<number>((resolve) =>
              answers.push(() => {
                resolve(value)
              }),
            ),
        ),
      )
      .subscribe({ next: () => seen.push(`next, open: ${String(gate.open)}`), complete: () => seen.push('complete') })
    source$.next(packetOf(1, { gate }))
    expect(gate.open).toBe(false)
    source$.complete()
    expect(seen).toEqual([])
    answers[0]?.()
    await clock.run(() => false)
    expect(seen).toEqual(['next, open: false', 'complete'])
    expect(gate.open).toBe(true)
  })

  test('the edge it brings along is E4: recorded blocks and loses nothing, live keeps the newest', async () => {
    const { clock, runtime } = virtualRuntime()
    const given: number[] = []
    runtime.run(() => {
      packets([1, 2, 3, 4, 5])
        .pipe(working(runtime, (value) => Promise.resolve(value)))
        .subscribe(({ value }) => given.push(value))
    })
    await clock.run(() => false)
    expect(given).toEqual([1, 2, 3, 4, 5])
    // Each waited at the source itself: its gate was held from the first one on.
    expect([...runtime.meters.keys()]).toEqual(['work'])

    const lossy = virtualRuntime()
    const kept: number[] = []
    const frames$ = of(...[1, 2, 3, 4, 5].map((value, seq) => packetOf(value, { seq })))
    frames$.pipe(working(lossy.runtime, (value) => Promise.resolve(value))).subscribe(({ value }) => kept.push(value))
    await lossy.clock.run(() => false)
    expect(kept).toEqual([1, 5])
    expect(lossy.runtime.meters.get('work/queue')?.droppedBy('overflow')).toBe(3)
  })

  test('law: onError skip drops and counts what failed and goes on; fail ends with where it was; nothing is no error', async () => {
    const oneWay = fc.constantFrom('throws', 'rejects', 'errors', 'is no input', 'gives nothing')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(oneWay), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (ways, skip) => {
          const { clock, runtime } = virtualRuntime()
          const given: number[] = []
          const failures: unknown[] = []
          const work = working<number>(
            runtime,
            (value) => {
              const way = ways[value]
              if (way === 'throws') throw new Error(way)
              if (way === 'rejects') return Promise.reject(new Error(way))
              if (way === 'errors') return throwError(() => new Error(way))
              if (way === 'is no input') return 3 as never
              return way === 'gives nothing' ? of() : of(value)
            },
            { onError: skip ? 'skip' : 'fail' },
          )
          runtime.run(() => {
            packets(ways.keys())
              .pipe(work)
              .subscribe({ next: ({ value }) => given.push(value), error: (error) => failures.push(error) })
          })
          await clock.run(() => false)
          const empty = ways.filter((way) => way === 'gives nothing').length
          const bad = ways.findIndex((way) => way !== null && way !== 'gives nothing')
          const good = [...ways.keys()].filter((n) => ways[n] === null)
          const meter = runtime.meters.get('work')
          if (skip || bad < 0) {
            expect(given).toEqual(good)
            expect(failures).toEqual([])
            expect(meter?.droppedBy('error')).toBe(ways.length - good.length - empty)
            expect(meter?.droppedBy('empty')).toBe(empty)
            expect(meter?.read(0).state).toBe('completed')
          } else {
            expect(given).toEqual(good.filter((n) => n < bad))
            expect(failures).toMatchObject([{ name: 'SaccadeError', stage: 'work', origin: 'packets', seq: bad }])
            expect(meter?.read(0).state).toBe('failed')
          }
          expect(meter === undefined ? -1 : heldOf(meter)).toBe(0)
        },
      ),
    )
  })

  test('law: unsubscribed at any instant it aborts, gives nothing more, and the frame comes back when the run ends', async () => {
    const pictures = definePort<ReturnType<Runtime['pool']['lease']>>('picture', 'a frame', 'video')
    await fc.assert(
      fc.asyncProperty(anyLoad, fc.integer({ min: 0, max: 200 }), async ({ atMs, costsMs }, stopAtMs) => {
        const { clock, runtime } = costly(costsMs)
        let stopped = false
        const signals: AbortSignal[] = []
        const given = new Set<number>()
        const answers: (() => void)[] = []
        const source$ = new Observable<Packet<ReturnType<Runtime['pool']['lease']>>>((downstream) => {
          for (const [seq, dueMs] of atMs.entries()) {
            clock.at(dueMs, () => {
              const frame = runtime.pool.lease(shapeOf(2, 2))
              downstream.next(packetOf(frame, { seq, capturedAtMs: dueMs }))
              frame.release()
            })
          }
        })
        const work = runProcess(
          () =>
            (frame: ReturnType<Runtime['pool']['lease']>, { signal, packet }) => {
              signals.push(signal)
              begun.push(packet.seq)
              return new Promise<number>((resolve) => {
                const answer = (): void => {
                  resolve(frame.bytes.length)
                }
                if (stopped) answers.push(answer)
                else answer()
              })
            },
          pictures,
          contextOf(runtime, 'work'),
        )
        const begun: number[] = []
        const subscription = source$.pipe(work).subscribe(({ seq }) => {
          expect(stopped).toBe(false)
          given.add(seq)
        })
        clock.at(stopAtMs, () => {
          stopped = true
          subscription.unsubscribe()
        })
        await clock.run(() => false)
        // Each has its own: it goes with the item, and is aborted only where the item was given up.
        expect(signals.map(({ aborted }) => aborted)).toEqual(begun.map((seq) => !given.has(seq)))
        for (const answer of answers) answer()
        await runtime.closed()
        expect(runtime.pool.count().lent).toBe(0)
        for (const meter of runtime.meters.values()) expect(heldOf(meter)).toBe(0)
      }),
    )
  })

  test('a promise that is still under way keeps its frame until it settles, and the runtime is not closed before', async () => {
    const { runtime } = virtualRuntime()
    const frame = runtime.pool.lease(shapeOf(2, 2))
    let settle: () => void = () => undefined
    const work = runProcess(
      () => () =>
        new Promise<number>((resolve) => {
          settle = () => {
            resolve(1)
          }
        }),
      definePort('picture', 'a frame'),
      contextOf(runtime, 'work'),
    )
    const source$ = new Subject<Packet<typeof frame>>()
    const subscription = source$.pipe(work).subscribe(() => expect.unreachable())
    source$.next(packetOf(frame))
    frame.release()
    subscription.unsubscribe()
    expect(runtime.pool.count().lent).toBe(1)
    expect(runtime.left).toEqual(['work'])
    settle()
    await runtime.closed()
    expect(runtime.pool.count().lent).toBe(0)
  })

  test('work that is an Observable is unsubscribed from when the stage ends', async () => {
    const { runtime } = virtualRuntime()
    let ended = 0
    const work = working<number>(runtime, () => new Observable(() => () => ended++))
    const source$ = new Subject<Packet<number>>()
    const subscription = source$.pipe(work).subscribe()
    source$.next(packetOf(1))
    subscription.unsubscribe()
    expect(ended).toBe(1)
    await runtime.closed()
  })

  test('takes nothing before it is open, fails where it cannot be, and closes once', async () => {
    const { clock, runtime } = virtualRuntime()
    let open: () => void = () => undefined
    let closed = 0
    const work = Object.assign((value: number) => of(value), {
      open: () => new Promise<void>((resolve) => (open = resolve)),
      close: () => {
        closed++
        return Promise.resolve()
      },
    })
    const given: number[] = []
    runtime.run(() => {
      packets([1, 2, 3])
        .pipe(working(runtime, work), take(2))
        .subscribe(({ value }) => given.push(value))
    })
    await clock.run(() => clock.nowMs() >= 0 && runtime.meters.get('work/queue')?.held === 1)
    expect(given).toEqual([])
    open()
    await runtime.opened()
    await clock.run(() => false)
    expect([given, closed]).toEqual([[1, 2], 1])

    const broken = virtualRuntime().runtime
    const failures: unknown[] = []
    const cannot = Object.assign((value: number) => of(value), {
      open: () => Promise.reject(new Error('no such model')),
    })
    NEVER.pipe(working(broken, cannot)).subscribe({ error: (error) => failures.push(error) })
    await broken.opened()
    expect(failures).toMatchObject([{ message: 'no such model', stage: 'work' }])
  })

  test('law: two origins in one stage keep their own order', async () => {
    await fc.assert(
      fc.asyncProperty(anyLoad, anyLoad, async (one, two) => {
        const { clock, runtime } = costly(one.costsMs)
        const seqs = new Map<string, number[]>([
          ['camera', []],
          ['file', []],
        ])
        merge(arriving(clock, one.atMs), arriving(clock, two.atMs, recorded))
          .pipe(working(runtime, (value) => of(value)))
          .subscribe(({ origin, seq }) => seqs.get(origin.name)?.push(seq))
        await clock.run(() => false)
        for (const found of seqs.values()) expect(found).toEqual([...new Set(found)].sort((a, b) => a - b))
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Answer } from '../../src/core/clock.js'
import { Heap } from '../../src/core/heap.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { runs } from '../helpers/runs.js'

const anyMs = fc.integer({ min: 0, max: 20 })
const anyTimer = fc.record({ dueMs: anyMs, againAfterMs: fc.option(anyMs), cancels: fc.option(fc.nat(15)) })
const anyJob = fc.record({
  startMs: anyMs,
  stage: fc.constantFrom('a', 'b', 'c'),
  seq: fc.integer({ min: 0, max: 4 }),
  costMs: anyMs,
  fails: fc.boolean(),
  /** How long it really takes. */
  realTurns: fc.integer({ min: 0, max: 3 }),
})

/** Real turns of the event loop, in which whatever can go on goes on. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('virtual clock', () => {
  test('law: timers are called in order of due time, then of registration; never early, never in this turn', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyTimer, { maxLength: 15 }), async (timers) => {
        const clock = createVirtualClock()
        const called: { dueMs: number; order: number; nowMs: number }[] = []
        let order = 0
        let inTurn = true
        const register = (dueMs: number, againAfterMs: number | null): (() => void) => {
          const mine = order++
          return clock.at(dueMs, () => {
            expect(inTurn).toBe(false)
            called.push({ dueMs, order: mine, nowMs: clock.nowMs() })
            if (againAfterMs !== null) register(clock.nowMs() + againAfterMs, null)
          })
        }
        for (const { dueMs, againAfterMs } of timers) register(dueMs, againAfterMs)
        inTurn = false
        await clock.run(() => false)
        expect(called).toHaveLength(order)
        for (const [index, { dueMs, order: mine, nowMs }] of called.entries()) {
          expect(nowMs, 'called at its time').toBe(dueMs)
          const before = called[index - 1]
          if (before === undefined) continue
          expect(before.nowMs, 'time never goes back').toBeLessThanOrEqual(nowMs)
          if (before.dueMs === dueMs) expect(before.order).toBeLessThan(mine)
        }
      }),
    )
  })

  test('law: a cancelled timer is never called, whenever it was cancelled, and the others all are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyTimer, { maxLength: 15 }), async (timers) => {
        const clock = createVirtualClock()
        const called = new Set<number>()
        const cancelled = new Set<number>()
        const cancels = timers.map(({ dueMs, cancels: other }, index) =>
          clock.at(dueMs, () => {
            expect(cancelled.has(index)).toBe(false)
            called.add(index)
            if (other === null || called.has(other) || other >= timers.length) return
            cancels[other]?.()
            cancelled.add(other)
          }),
        )
        await clock.run(() => false)
        expect([...called, ...cancelled].sort((a, b) => a - b)).toEqual([...timers.keys()])
      }),
    )
  })

  test('law (T2): answers come in (due time, stage, seq), at their due time, in whatever order they really settle', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyJob, { minLength: 1, maxLength: 15 }), fc.scheduler(), async (jobs, scheduler) => {
        const clock = createVirtualClock()
        const found: { nowMs: number; index: number; ok: boolean }[] = []
        for (const [index, { startMs, fails, realTurns, ...key }] of jobs.entries()) {
          clock.at(startMs, () => {
            const real = scheduler.schedule(Promise.resolve(index)).then(() => turns(realTurns))
            const answer = fails ? real.then(() => Promise.reject(new Error('failed'))) : real
            clock.work(
              key,
              () => answer,
              ({ ok }) => found.push({ nowMs: clock.nowMs(), index, ok }),
            )
          })
        }
        await scheduler.waitFor(clock.run(() => false))
        const jobOf = (index: number) => jobs[index] ?? expect.unreachable()
        const dueOf = (index: number): number => jobOf(index).startMs + jobOf(index).costMs
        expect(found).toHaveLength(jobs.length)
        for (const [place, { nowMs, index, ok }] of found.entries()) {
          expect(nowMs).toBe(dueOf(index))
          expect(ok).toBe(!jobOf(index).fails)
          const before = found[place - 1]
          if (before === undefined || before.nowMs < nowMs) continue
          expect(before.nowMs).toBe(nowMs)
          // Work without cost that starts at this instant comes after what was due at it already.
          if (jobOf(index).startMs === nowMs && jobOf(index).costMs === 0) continue
          const [earlier, later] = [jobOf(before.index), jobOf(index)]
          expect(`${earlier.stage} ${String(earlier.seq)}` <= `${later.stage} ${String(later.seq)}`).toBe(true)
        }
      }),
    )
  })

  test('answers of one instant, drawn: settled c b a, delivered a0 a1 b0 c0', async () => {
    const clock = createVirtualClock()
    const settle: (() => void)[] = []
    const delivered: string[] = []
    for (const [stage, seq] of [
      ['c', 0],
      ['a', 1],
      ['b', 0],
      ['a', 0],
    ] as const) {
      const start = (): Promise<string> =>
        new Promise((resolve) => {
          settle.push(() => {
            resolve(`${stage}${String(seq)}`)
          })
        })
      clock.work({ stage, seq }, start, (answer) => delivered.push(answer.ok ? answer.value : 'failed'))
    }
    for (const one of settle) one()
    await clock.run(() => false)
    expect(delivered).toEqual(['a0', 'a1', 'b0', 'c0'])
  })

  test('time waits for real work, and for nothing else', async () => {
    const clock = createVirtualClock()
    let answer: () => void = () => undefined
    const real = new Promise<void>((resolve) => (answer = resolve))
    const log: string[] = []
    clock.work(
      { stage: 'a', seq: 0, costMs: 5 },
      () => real,
      () => log.push(`answer at ${String(clock.nowMs())}`),
    )
    clock.at(3, () => log.push(`timer at ${String(clock.nowMs())}`))
    const run = clock.run(() => false)
    await turns(20)
    expect(log).toEqual([])
    answer()
    await run
    expect(log).toEqual(['timer at 3', 'answer at 5'])
  })

  test('work that was cancelled is neither waited for nor delivered', async () => {
    const clock = createVirtualClock()
    const cancel = clock.work(
      { stage: 'a', seq: 0 },
      () => new Promise<void>(() => undefined),
      () => expect.unreachable(),
    )
    const run = clock.run(() => false)
    cancel()
    await run
    expect(clock.nowMs()).toBe(0)
  })

  test('work that throws when it is started answers with what it threw', async () => {
    const clock = createVirtualClock()
    const answers: unknown[] = []
    const start = (): Promise<never> => {
      throw new Error('at once')
    }
    clock.work({ stage: 'a', seq: 0 }, start, (answer) => answers.push(answer))
    await clock.run(() => false)
    expect(answers).toMatchObject([{ ok: false, error: { message: 'at once' } }])
  })

  test('run stops where it is told to, and goes on from there', async () => {
    const clock = createVirtualClock()
    const log: number[] = []
    const tick = (): void => {
      log.push(clock.nowMs())
      clock.at(clock.nowMs() + 10, tick)
    }
    clock.at(10, tick)
    await clock.run(() => clock.nowMs() >= 30)
    expect(log).toEqual([10, 20, 30])
    await clock.run(() => log.length === 5)
    expect(clock.nowMs()).toBe(50)
  })

  test('work that answers without a promise is delivered in the turn it answers in, or when its cost is over', async () => {
    const clock = createVirtualClock()
    const log: string[] = []
    const note = (what: string) => () => log.push(`${what} at ${String(clock.nowMs())}`)
    const atOnce = (answer: (answer: Answer<number>) => void): undefined => {
      answer({ ok: true, value: 1 })
    }
    clock.work({ stage: 'a', seq: 0 }, atOnce, note('at once'))
    expect(log).toEqual(['at once at 0'])
    clock.work({ stage: 'a', seq: 1, costMs: 5 }, atOnce, note('with a cost'))
    const later = (dueMs: number) => (answer: (answer: Answer<number>) => void) => {
      clock.at(dueMs, () => {
        answer({ ok: true, value: 1 })
        log.push('in its turn')
      })
      return undefined
    }
    clock.work({ stage: 'a', seq: 2 }, later(3), note('later'))
    clock.work({ stage: 'a', seq: 3, costMs: 9 }, later(4), note('later, with a cost'))
    const cancel = clock.work({ stage: 'a', seq: 4 }, later(6), () => expect.unreachable())
    cancel()
    await clock.run(() => false)
    expect(log.slice(1)).toEqual([
      'later at 3',
      'in its turn',
      'in its turn',
      'with a cost at 5',
      'in its turn',
      'later, with a cost at 9',
    ])
  })

  test('time does not wait for it; but where nothing else is left to do, it is waited for', async () => {
    const clock = createVirtualClock()
    const log: string[] = []
    let answer: (answer: Answer<number>) => void = () => undefined
    clock.work(
      { stage: 'a', seq: 0 },
      (given) => {
        answer = given
        return undefined
      },
      () => log.push(`answer at ${String(clock.nowMs())}`),
    )
    clock.at(7, () => log.push('timer'))
    let ended = false
    const run = clock.run(() => false).then(() => (ended = true))
    await turns(20)
    expect([log, ended]).toEqual([['timer'], false])
    answer({ ok: true, value: 1 })
    answer({ ok: true, value: 2 })
    await run
    expect(log).toEqual(['timer', 'answer at 7'])
  })

  test('100,000 pieces of work and as many timers, half of them called off, cost little each', async () => {
    const clock = createVirtualClock()
    const many = 100_000
    const found: number[] = []
    let called = 0
    for (let n = 0; n < many; n++) {
      const seq = (n * 7919) % many
      const costMs = seq % 1000
      const cancelWork = clock.work(
        { stage: 'a', seq, costMs },
        () => Promise.resolve(),
        () => found.push(costMs * many + seq),
      )
      const cancelTimer = clock.at(seq, () => called++)
      if (n % 2 === 0) continue
      cancelWork()
      cancelTimer()
      cancelTimer()
    }
    await clock.run(() => false)
    expect([found.length, called]).toEqual([many / 2, many / 2])
    expect(found).toEqual([...found].sort((a, b) => a - b))
  })
})

describe('heap', () => {
  type Thing = { readonly rank: number; readonly order: number; live: boolean }
  const anyStep = fc.oneof(
    fc.record({ what: fc.constant('push' as const), rank: fc.nat(20) }),
    fc.record({ what: fc.constant('call off' as const), rank: fc.nat(500) }),
    fc.record({ what: fc.constant('shift' as const), rank: fc.constant(0) }),
  )

  test('law: it gives the least that is live, however it was filled, emptied and called off', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 500, size: 'max' }), (steps) => {
        const before = (a: Thing, b: Thing): boolean => (a.rank === b.rank ? a.order < b.order : a.rank < b.rank)
        const heap = new Heap<Thing>(before)
        let there: Thing[] = []
        for (const [order, { what, rank }] of steps.entries()) {
          if (what === 'push') {
            const thing = { rank, order, live: true }
            heap.push(thing)
            there.push(thing)
            there.sort((a, b) => (before(a, b) ? -1 : 1))
          } else if (what === 'shift') expect(heap.shift()).toBe(there.shift())
          else {
            const thing = there[rank % Math.max(1, there.length)]
            if (thing === undefined) continue
            thing.live = false
            heap.calledOff()
            there = there.filter((one) => one !== thing)
          }
          expect(heap.first).toBe(there[0])
        }
      }),
      { numRuns: runs(300) },
    )
  })
})

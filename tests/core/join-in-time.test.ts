import fc from 'fast-check'
import { Subject, take } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/core/clock.js'
import { Frame } from '../../src/core/frame.js'
import { joinInTime } from '../../src/core/join-in-time.js'
import type { JoinLimits, JoinPlan, Missing, Selector } from '../../src/core/join-plan.js'
import { createPacket, type Origin, type Packet } from '../../src/core/packet.js'
import type { VirtualClock } from '../../src/core/virtual-clock.js'
import { throughEdge } from '../../src/core/through-edge.js'
import { runs } from '../helpers/runs.js'
import type { SaccadeError } from '../../src/core/errors.js'
import { contextOf, heldOf, packetOf, shapeOf, virtualRuntime } from './births.js'
import { type Arrival, between, type End, type Given, modelJoin } from './join-model.js'

const selectors: fc.Arbitrary<Selector> = fc.record({
  by: fc.constantFrom('nearest', 'latest', 'interpolate', 'window'),
  withinMs: fc.integer({ min: 0, max: 60 }),
})

const plans: fc.Arbitrary<JoinPlan> = fc.record({
  on: fc.constant('anchor'),
  sides: fc.record({ left: selectors, right: selectors }),
  missing: fc.constantFrom<Missing>('skip', 'hold', 'partial', 'error'),
  waitMs: fc.option(fc.integer({ min: 0, max: 80 })),
})

/** Items of one origin: captured in order, some at one time, with silences; each arrives with a delay of its own, in order. */
const streamOf = (input: string, origin: string): fc.Arbitrary<Omit<Arrival, 'id'>[]> =>
  fc
    .array(
      fc.record({
        gapMs: fc.oneof(
          { weight: 6, arbitrary: fc.integer({ min: 5, max: 40 }) },
          { weight: 2, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: 100, max: 300 }) },
        ),
        delayMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 })),
      }),
      { maxLength: 12 },
    )
    .map((steps) => {
      let [capturedAtMs, atMs] = [0, 0]
      return steps.map(({ gapMs, delayMs }) => {
        capturedAtMs += gapMs
        atMs = Math.max(atMs, capturedAtMs + delayMs)
        return { input, origin, capturedAtMs, atMs }
      })
    })

type Schedule = { readonly arrivals: readonly Arrival[]; readonly ends: readonly End[] }

const schedules: fc.Arbitrary<Schedule> = fc
  .record({
    streams: fc.tuple(
      ...['anchor', 'left', 'right'].flatMap((input) => [
        streamOf(input, `${input}-1`),
        fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: streamOf(input, `${input}-2`) }),
      ]),
    ),
    ends: fc.array(
      fc.record({
        input: fc.constantFrom('left', 'right'),
        atMs: fc.integer({ min: 0, max: 400 }),
        how: fc.constantFrom('complete' as const, 'fail' as const),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ streams, ends }) => {
    const ended = ends.filter((end, nth) => ends.findIndex(({ input }) => input === end.input) === nth)
    // Each origin of the anchor is heard before any has gone on: what one that is unknown may still need is not kept.
    const heard = [...new Set(streams.flat().flatMap(({ input, origin }) => (input === 'anchor' ? [origin] : [])))]
    const firsts = heard.map((origin) => ({ input: 'anchor', origin, capturedAtMs: 0, atMs: 0 }))
    const arrivals = [...firsts, ...streams.flat()]
      .filter(({ input, atMs }) => ended.every((end) => end.input !== input || atMs <= end.atMs))
      .sort((a, b) => a.atMs - b.atMs)
      .map((arrival, id) => ({ ...arrival, id }))
    return { arrivals, ends: ended }
  })

/** Inputs on virtual time that do as a schedule says. Timers are counted. */
function createScene(
  parts: { readonly epochOf?: (arrival: Arrival) => number; readonly frames?: readonly string[] } = {},
) {
  let timers = 0
  const counting = (clock: VirtualClock): Clock => ({
    ...clock,
    at: (dueMs, call) => {
      timers++
      let waits = true
      const done = (): void => {
        if (waits) timers--
        waits = false
      }
      const cancel = clock.at(dueMs, () => {
        done()
        call()
      })
      return () => {
        done()
        cancel()
      }
    },
  })
  const { clock, runtime } = virtualRuntime(counting)
  const origins = new Map<string, Origin>()
  const originOf = (name: string): Origin => {
    const known = origins.get(name) ?? { name, live: true }
    origins.set(name, known)
    return known
  }
  const inputs = {
    anchor: new Subject<Packet<unknown>>(),
    left: new Subject<Packet<unknown>>(),
    right: new Subject<Packet<unknown>>(),
  }
  const hand = (arrival: Arrival): void => {
    const { id, capturedAtMs, origin, input } = arrival
    const frame = parts.frames?.includes(input) === true ? runtime.pool.lease(shapeOf(2, 2)) : null
    const stamp = { kind: 'synthetic' } as const
    const epoch = parts.epochOf?.(arrival) ?? 0
    const packet = createPacket({ origin: originOf(origin), seq: id, capturedAtMs, stamp, epoch, value: frame ?? id })
    inputs[input as keyof typeof inputs].next(packet)
    frame?.release()
  }
  return {
    clock,
    runtime,
    inputs,
    /** How many the join itself waits for. */
    timers: () => timers,
    join: (plan: JoinPlan, limits?: JoinLimits) =>
      joinInTime(inputs, plan, contextOf(runtime, 'join'), between, limits),
    /** Lets all arrive, then end: the anchor with its last item. `each` is called after each. */
    play: async ({ arrivals, ends }: Schedule, each: () => void = () => undefined): Promise<void> => {
      for (const arrival of arrivals)
        clock.at(arrival.atMs, () => {
          hand(arrival)
          each()
        })
      for (const { input, atMs, how } of ends)
        clock.at(atMs, () => {
          const input$ = inputs[input as keyof typeof inputs]
          if (how === 'fail') input$.error(new Error('broken'))
          else input$.complete()
          each()
        })
      clock.at(Math.max(0, ...arrivals.filter(({ input }) => input === 'anchor').map(({ atMs }) => atMs)), () => {
        inputs.anchor.complete()
        each()
      })
      await clock.run(() => false)
    },
  }
}

type Scene = ReturnType<typeof createScene>

/** Which items a value is made of: one, several, or two with a share. */
function idsOf(value: unknown): readonly number[] {
  if (Array.isArray(value)) return value.map(Number)
  return typeof value === 'string'
    ? value
        .split(/→| at /)
        .slice(0, 2)
        .map(Number)
    : typeof value === 'number'
      ? [value]
      : []
}

function conserved({ runtime }: Scene): void {
  for (const meter of runtime.meters.values()) heldOf(meter)
}

describe('joinInTime', () => {
  test(
    'law T4: what is given, and when, is what a model over plain arrays gives',
    async () => {
      await fc.assert(
        fc.asyncProperty(plans, schedules, async (plan, schedule) => {
          const scene = createScene()
          const given: Given[] = []
          let end = 'none'
          let failed: number | null = null
          scene.join(plan).subscribe({
            next: ({ seq: id, value }) => given.push({ id, value, atMs: scene.clock.nowMs() }),
            error: (error: unknown) => {
              end = 'error'
              failed = (error as SaccadeError).seq ?? null
            },
            complete: () => {
              end = 'complete'
            },
          })
          await scene.play(schedule, () => {
            conserved(scene)
          })
          const model = modelJoin(plan, schedule.arrivals, schedule.ends)
          expect(given).toEqual(model.given)
          expect(failed).toBe(model.failed)
          expect(end).toBe(model.failed === null ? 'complete' : 'error')
          const meters = scene.runtime.meters
          for (const meter of meters.values()) expect(heldOf(meter), 'E7: nothing is held at the end').toBe(0)
          expect(meters.get('join')?.out).toBe(given.length)
          expect(meters.get('join')?.droppedBy('empty')).toBe(model.empty)
          for (const [side, used] of model.used) expect(meters.get(`join/${side}`)?.out).toBe(used.size)
          expect(scene.timers()).toBe(0)
        }),
        { numRuns: runs(1000) },
      )
    },
    Math.max(60_000, runs(60_000)),
  )

  test('the schedules are worth something: items wait, wait in vain, find nothing, and fail', () => {
    const counts = { runs: 0, given: 0, waited: 0, inVain: 0, empty: 0, failed: 0, ended: 0 }
    fc.assert(
      fc.property(plans, schedules, (plan, { arrivals, ends }) => {
        const { given, empty, failed } = modelJoin(plan, arrivals, ends)
        counts.runs++
        if (given.length > 0) counts.given++
        const waits = given.map(({ id, atMs }) => atMs - (arrivals[id]?.atMs ?? 0))
        if (waits.some((ms) => ms > 0)) counts.waited++
        if (
          waits.some((ms) => ms > 0 && Object.values(plan.sides).some((side) => ms === (plan.waitMs ?? side.withinMs)))
        )
          counts.inVain++
        if (empty > 0) counts.empty++
        if (failed !== null) counts.failed++
        if (ends.length > 0) counts.ended++
      }),
      { numRuns: runs(500) },
    )
    const least = { given: 0.3, waited: 0.2, inVain: 0.1, empty: 0.1, failed: 0.1, ended: 0.3 }
    for (const [what, share] of Object.entries(least))
      expect(counts[what as keyof typeof least] / counts.runs, what).toBeGreaterThan(share)
  })

  const small: JoinLimits = { side: { values: 4, frames: 3 }, anchor: { values: 3, frames: 2 } }
  const kinds = fc.subarray(['anchor', 'left', 'right'])

  test(
    'law E1, E7, S1, S2, S6: bounded, counted and in order at every instant; frames come home, whenever it is cut off',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          plans,
          schedules,
          kinds,
          fc.option(fc.integer({ min: 0, max: 500 })),
          fc.option(fc.integer({ min: 1, max: 4 })),
          async (plan, schedule, frames, cutAtMs, taken) => {
            const scene = createScene({ frames })
            const { runtime, clock } = scene
            const given: Packet<Readonly<Record<string, unknown>>>[] = []
            const signals: string[] = []
            let stale = 0
            const joined$ = scene.join(plan, small)
            const subscription = (taken === null ? joined$ : joined$.pipe(take(taken))).subscribe({
              next: (packet) => {
                given.push(packet)
                signals.push('next')
                for (const value of Object.values(packet.value).flat())
                  if (value instanceof Frame && !value.live) stale++
              },
              error: () => signals.push('error'),
              complete: () => signals.push('complete'),
            })
            if (cutAtMs !== null)
              clock.at(cutAtMs, () => {
                subscription.unsubscribe()
                expect(scene.timers(), 'S5').toBe(0)
                expect(runtime.pool.count().lent).toBe(0)
              })
            await scene.play(schedule, () => {
              conserved(scene)
              const held = (name: string): number => runtime.meters.get(name)?.held ?? 0
              expect(held('join')).toBeLessThanOrEqual(small.anchor[frames.includes('anchor') ? 'frames' : 'values'])
              for (const side of ['left', 'right'])
                expect(held(`join/${side}`)).toBeLessThanOrEqual(
                  small.side[frames.includes(side) ? 'frames' : 'values'],
                )
              // Those that were used and may be used again, and what `hold` remembers for each of two origins.
              const kept = { anchor: small.anchor.frames, left: small.side.frames + 2, right: small.side.frames + 2 }
              const most = frames.reduce((sum, input) => sum + kept[input as keyof typeof kept], 0)
              expect(runtime.pool.count().lent).toBeLessThanOrEqual(most)
            })
            for (const meter of runtime.meters.values()) expect(heldOf(meter)).toBe(0)
            expect(runtime.meters.get('join')?.out).toBe(given.length)
            expect(runtime.pool.count().lent).toBe(0)
            expect(stale, 'S6: lent for the length of next').toBe(0)
            expect(signals.slice(0, -1).every((signal) => signal === 'next')).toBe(true)
            for (const { origin, seq, capturedAtMs, stamp, epoch } of given) {
              const born = schedule.arrivals[seq]
              expect([origin.name, capturedAtMs, stamp.kind, epoch], 'P1').toEqual([
                born?.origin,
                born?.capturedAtMs,
                'synthetic',
                0,
              ])
            }
            for (const name of ['anchor-1', 'anchor-2']) {
              const own = given.filter(({ origin }) => origin.name === name)
              const seqs = own.map(({ seq }) => seq)
              expect(seqs, 'S2').toEqual([...seqs].sort((a, b) => a - b))
            }
          },
        ),
        { numRuns: runs(1000) },
      )
    },
    Math.max(60_000, runs(60_000)),
  )

  test('law S3: what a side gave before it was built anew is not used after', async () => {
    await fc.assert(
      fc.asyncProperty(plans, schedules, fc.integer({ min: 0, max: 60 }), async (plan, schedule, anewFrom) => {
        const isNew = ({ input, id }: Arrival): boolean => input === 'left' && id >= anewFrom
        const scene = createScene({ epochOf: (arrival) => (isNew(arrival) ? 1 : 0) })
        const heard = new Set<string>()
        scene.inputs.left.subscribe({
          next: ({ origin, epoch }) => {
            if (epoch === 1) heard.add(origin.name)
          },
          error: () => undefined,
        })
        const stale: Arrival[] = []
        scene.join(plan).subscribe({
          next: ({ value }) => {
            for (const id of idsOf(value['left'])) {
              const born = schedule.arrivals[id]
              if (born !== undefined && heard.has(born.origin) && !isNew(born)) stale.push(born)
            }
          },
          error: () => undefined,
        })
        await scene.play(schedule)
        expect(stale).toEqual([])
      }),
      { numRuns: runs(300) },
    )
  })

  /** Items of one anchor and one side by their capture times; each arrives when it was captured. */
  const simple = (anchorMs: readonly number[], sideMs: readonly number[]): Schedule => ({
    arrivals: [
      ...anchorMs.map((atMs) => ({ input: 'anchor', origin: 'a', atMs, capturedAtMs: atMs })),
      ...sideMs.map((atMs) => ({ input: 'left', origin: 'l', atMs, capturedAtMs: atMs })),
    ]
      .sort((a, b) => a.atMs - b.atMs)
      .map((arrival, id) => ({ ...arrival, id })),
    ends: [],
  })
  const one = (selector: Selector, missing: Missing = 'skip'): JoinPlan => ({
    on: 'anchor',
    sides: { left: selector },
    missing,
    waitMs: null,
  })

  test('S3: hold does not give what was used before a side was built anew', async () => {
    const scene = createScene({ epochOf: ({ input, atMs }) => (input === 'left' && atMs > 200 ? 1 : 0) })
    const values: unknown[] = []
    scene.join(one({ by: 'latest', withinMs: 20 }, 'hold')).subscribe(({ value }) => values.push(value['left']))
    // The new one has come and been used before it is held.
    await scene.play(simple([10, 100, 205, 211, 300], [5, 208]))
    expect(values).toEqual([0, 0, 0, 4, 4])
    // It has come, and was never used: there is nothing to hold.
    const gone = createScene({ epochOf: ({ input, atMs }) => (input === 'left' && atMs > 200 ? 1 : 0) })
    const after: unknown[] = []
    gone.join(one({ by: 'latest', withinMs: 1 }, 'hold')).subscribe(({ value }) => after.push(value['left']))
    await gone.play(simple([6, 100, 300], [5, 208]))
    expect(after).toEqual([0, 0])
  })

  test('E8: what had to make room is told by the next that is given', async () => {
    const scene = createScene()
    const given: Packet<unknown>[] = []
    scene.join(one({ by: 'nearest', withinMs: 25 }), small).subscribe((packet) => given.push(packet))
    // Three may wait: the first two make room for the fourth and fifth, and nothing is near them.
    await scene.play(simple([10, 11, 12, 13, 14], [37]))
    expect(given.map(({ capturedAtMs, lost }) => [capturedAtMs, lost])).toEqual([
      [12, 2],
      [13, 0],
      [14, 0],
    ])
    expect(scene.runtime.meters.get('join')?.read(0).dropped).toEqual({ overflow: 2 })
  })

  test('what makes room is decided with what there is: with partial it is given, not lost', async () => {
    const scene = createScene()
    const values: unknown[] = []
    scene
      .join(one({ by: 'nearest', withinMs: 25 }, 'partial'), small)
      .subscribe(({ value }) => values.push(value['left']))
    await scene.play(simple([10, 11, 12, 13, 14], [37]))
    expect(values).toEqual([null, null, 5, 5, 5])
  })

  test('a live side that nobody asks keeps its newest, and that is no loss', async () => {
    const scene = createScene()
    const times = Array.from({ length: 10 }, (_, nth) => nth * 10)
    const values: unknown[] = []
    scene.join(one({ by: 'window', withinMs: 1000 }), small).subscribe(({ value }) => values.push(value['left']))
    await scene.play(simple([95], times))
    expect(values).toEqual([[6, 7, 8, 9]])
    expect(scene.runtime.meters.get('join/left')?.read(0)).toMatchObject({ in: 10, out: 4, dropped: { rate: 6 } })
  })

  test('missing: error says of what, and for which item', async () => {
    const scene = createScene()
    const errors: unknown[] = []
    scene.join(one({ by: 'interpolate', withinMs: 20 }, 'error')).subscribe({ error: (error) => errors.push(error) })
    await scene.play(simple([50], [45]))
    expect(errors).toMatchObject([
      {
        code: 'stage',
        stage: 'join',
        origin: 'a',
        seq: 1,
        message: 'nothing of left is there for it (interpolate within 20ms), and missing says error',
      },
    ])
  })

  test('S6: frames of a side are lent for the length of next, whatever arrives meanwhile', async () => {
    const scene = createScene({ frames: ['left'] })
    const { runtime, inputs } = scene
    const lives: boolean[] = []
    scene.join(one({ by: 'latest', withinMs: 100 }), small).subscribe(({ value }) => {
      for (let id = 10; id < 20; id++) {
        const frame = runtime.pool.lease(shapeOf(2, 2))
        inputs.left.next(packetOf(frame, { seq: id, capturedAtMs: 100 + id }))
        frame.release()
      }
      lives.push((value['left'] as Frame).live)
    })
    await scene.play(simple([20], [10]))
    expect(lives).toEqual([true])
    expect(runtime.pool.count().lent).toBe(0)
  })

  test('S6: joined frames may wait behind it: the queue keeps them', async () => {
    const scene = createScene({ frames: ['anchor', 'left'] })
    const { runtime, clock } = scene
    const edge = { whenFull: 'drop-oldest', capacity: 2, maxAgeMs: null } as const
    const joined$ = throughEdge(scene.join(one({ by: 'window', withinMs: 100 })), edge, contextOf(runtime, 'edge'))
    let seen = 0
    joined$.subscribe(({ value, gate }) => {
      for (const frame of Object.values(value).flat()) if (frame instanceof Frame && frame.bytes.length > 0) seen++
      const letGo = gate.hold()
      clock.at(clock.nowMs() + 500, letGo)
    })
    await scene.play(simple([20, 30], [10, 15, 25]))
    expect(seen).toBe(3 + 4)
    expect(runtime.pool.count().lent).toBe(0)
  })
})

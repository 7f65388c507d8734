import fc from 'fast-check'
import { filter, NEVER, Observable, share, tap } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { CountingGate } from '../../src/core/gate.js'
import { joinInTime } from '../../src/core/join-in-time.js'
import type { JoinLimits, JoinPlan, Selector } from '../../src/core/join-plan.js'
import { createPacket, mapValue, type Packet } from '../../src/core/packet.js'
import { throughEdge } from '../../src/core/through-edge.js'
import type { VirtualClock } from '../../src/core/virtual-clock.js'
import { runs } from '../helpers/runs.js'
import { contextOf, heldOf, virtualRuntime } from './births.js'
import { type Arrival, between, modelJoin } from './join-model.js'

/**
 * A recorded stream: goes on while its gate is open, else when that opens. Values are its numbers.
 *
 * @param alone each item in a turn of its own, as a file gives them; else all in one, as an iterable does
 */
function recordedOf(
  clock: VirtualClock,
  name: string,
  stampsMs: readonly number[],
  alone = false,
): Observable<Packet<number>> {
  const origin = { name, live: false }
  return new Observable((downstream) => {
    let [seq, draining] = [0, false]
    const drain = (): void => {
      if (draining) return
      draining = true
      while (gate.open && !downstream.closed) {
        const capturedAtMs = stampsMs[seq]
        if (capturedAtMs === undefined) downstream.complete()
        else {
          const stamp = { kind: 'medium' } as const
          downstream.next(createPacket({ origin, seq, capturedAtMs, stamp, value: seq++, gate }))
          if (alone) {
            clock.at(clock.nowMs(), drain)
            break
          }
        }
      }
      draining = false
    }
    const gate = new CountingGate(drain)
    return clock.at(clock.nowMs(), drain)
  })
}

/** Takes a result and is busy for a while, if at all: holds its gate meanwhile. */
function takeSlowly(clock: VirtualClock, busyMs: readonly number[], took: (packet: Packet<unknown>) => void) {
  let [nth, busy] = [0, false]
  return (packet: Packet<unknown>): void => {
    expect(busy, 'E5: nothing comes while it is busy').toBe(false)
    took(packet)
    const ms = busyMs[nth++ % Math.max(1, busyMs.length)] ?? 0
    if (ms === 0) return
    busy = true
    const letGo = packet.gate.hold()
    clock.at(clock.nowMs() + ms, () => {
      busy = false
      letGo()
    })
  }
}

const stampsOf = (count: number, gaps: readonly number[]): readonly number[] => {
  let atMs = 0
  return Array.from({ length: count }, (_, nth) => (atMs += gaps[nth % gaps.length] ?? 0))
}

/** Of any rate: from one for a thousand of the other's to a thousand for one. */
const stamps = fc
  .tuple(
    fc.integer({ min: 0, max: 120 }),
    fc.array(fc.constantFrom(0, 1, 3, 10, 33, 400, 1000), { minLength: 1, maxLength: 5 }),
  )
  .map(([count, gaps]) => stampsOf(count, gaps))

const selectors: fc.Arbitrary<Selector> = fc.record({
  by: fc.constantFrom('nearest', 'latest', 'interpolate', 'window'),
  withinMs: fc.constantFrom(0, 5, 40, 2000),
})

const limits: JoinLimits = { side: { values: 5, frames: 2 }, anchor: { values: 3, frames: 2 } }
/** A window has to fit in. */
const limitsOf = ({ by }: Selector): JoinLimits =>
  by === 'window' ? { ...limits, side: { values: 130, frames: 2 } } : limits
const planOf = (side: Selector): JoinPlan => ({ on: 'anchor', sides: { side }, missing: 'partial', waitMs: null })

describe('joinInTime of what can wait (E5)', () => {
  test(
    'law: two recorded sources of any rates: nothing is lost, nothing stands still, and both stay within the bounds',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          stamps,
          stamps,
          selectors,
          fc.array(fc.constantFrom(0, 0, 7, 20_000), { maxLength: 4 }),
          fc.boolean(),
          fc.boolean(),
          async (anchorMs, sideMs, selector, busyMs, anchorAlone, sideAlone) => {
            const { clock, runtime } = virtualRuntime()
            const plan = planOf(selector)
            const inputs = {
              anchor: recordedOf(clock, 'a', anchorMs, anchorAlone),
              side: recordedOf(clock, 's', sideMs, sideAlone),
            }
            const given: [id: unknown, value: unknown][] = []
            let [spentMs, done] = [0, false]
            const bounded = (): void => {
              const held = (name: string): number => {
                const meter = runtime.meters.get(name)
                return meter === undefined ? 0 : heldOf(meter)
              }
              expect(held('join')).toBeLessThanOrEqual(limits.anchor.values)
              expect(held('join/side')).toBeLessThanOrEqual(limitsOf(selector).side.values)
            }
            joinInTime(inputs, plan, contextOf(runtime, 'join'), between, limitsOf(selector)).subscribe({
              next: takeSlowly(clock, busyMs, ({ value }) => {
                const { anchor, side } = value as Readonly<Record<string, unknown>>
                given.push([anchor, side])
                bounded()
                spentMs = clock.nowMs()
              }),
              complete: () => {
                done = true
              },
            })
            await clock.run(() => false)
            expect(done, 'no deadlock').toBe(true)
            const busyFor = anchorMs.reduce((sum, _, nth) => sum + (busyMs[nth % Math.max(1, busyMs.length)] ?? 0), 0)
            expect(spentMs, 'no time passes but that of its consumer').toBeLessThanOrEqual(busyFor)
            // By capture time alone, whatever came first: as if all sides were there before the anchor.
            const before = sideMs.map((capturedAtMs, id): Arrival => ({
              input: 'side',
              origin: 's',
              atMs: 0,
              capturedAtMs,
              id,
            }))
            const after = anchorMs.map((capturedAtMs, id): Arrival => ({
              input: 'anchor',
              origin: 'a',
              atMs: 1,
              capturedAtMs,
              id,
            }))
            const model = modelJoin({ ...plan, waitMs: 0 }, [...before, ...after], [])
            expect(given).toEqual(model.given.map(({ value }) => [value['anchor'], value['side']]))
            expect(given).toHaveLength(anchorMs.length)
            for (const meter of runtime.meters.values()) {
              expect(meter.droppedBy('overflow')).toBe(0)
              expect(heldOf(meter)).toBe(0)
            }
          },
        ),
        { numRuns: runs(1000) },
      )
    },
    Math.max(60_000, runs(60_000)),
  )

  test('law: a silent side lets what is recorded wait once, and no longer than 5 s', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (count) => {
        const { clock, runtime } = virtualRuntime()
        const anchor = recordedOf(clock, 'a', stampsOf(count, [33]))
        const values: unknown[] = []
        joinInTime(
          { anchor, side: NEVER },
          planOf({ by: 'nearest', withinMs: 20 }),
          contextOf(runtime, 'join'),
          between,
          limits,
        ).subscribe(({ value }) => values.push(value['side']))
        await clock.run(() => false)
        expect(values).toEqual(Array<null>(count).fill(null))
        expect(clock.nowMs()).toBe(5000)
      }),
      { numRuns: runs(50) },
    )
  })

  test('a silent anchor holds its sides for 5 s, then they go on without it', async () => {
    const { clock, runtime } = virtualRuntime()
    let fed = 0
    const side = recordedOf(clock, 's', stampsOf(1000, [10])).pipe(mapValue(() => fed++))
    const joined$ = joinInTime(
      { anchor: NEVER, side },
      planOf({ by: 'nearest', withinMs: 20 }),
      contextOf(runtime, 'join'),
      between,
      limits,
    )
    const subscription = joined$.subscribe()
    clock.at(4999, () => {
      expect(fed).toBe(limits.side.values)
    })
    await clock.run(() => false)
    expect(fed).toBe(1000)
    expect(clock.nowMs()).toBe(5000)
    const meter = runtime.meters.get('join/side')
    expect(meter?.read(0)).toMatchObject({ in: 1000, dropped: { overflow: 1000 - limits.side.values } })
    subscription.unsubscribe()
    expect(meter?.held).toBe(0)
  })

  test('law: one source feeds both, seen or unseen: it is never stopped for good, and nothing of the anchor is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        fc.boolean(),
        fc.array(fc.constantFrom(0, 0, 7, 9000), { maxLength: 4 }),
        async (everyAnchor, everySide, hidesAnchor, hidesSide, busyMs) => {
          const { clock, runtime } = virtualRuntime()
          let most = 0
          const source$ = recordedOf(clock, 'both', stampsOf(400, [10])).pipe(
            tap(() => (most = Math.max(most, runtime.meters.get('join')?.held ?? 0))),
            share(),
          )
          const branch = (every: number, hides: boolean, name: string): Observable<Packet<number>> => {
            const own$ = source$.pipe(filter(({ value }) => value % every === 0))
            if (!hides) return own$
            const edge = { whenFull: 'block', capacity: 2, maxAgeMs: null } as const
            return throughEdge(own$, edge, contextOf(runtime, name))
          }
          const inputs = { anchor: branch(everyAnchor, hidesAnchor, 'one'), side: branch(everySide, hidesSide, 'two') }
          const seqs: number[] = []
          let done = false
          const plan = planOf({ by: 'latest', withinMs: 1e6 })
          joinInTime(inputs, plan, contextOf(runtime, 'join'), between, limits).subscribe({
            next: takeSlowly(clock, busyMs, ({ seq }) => seqs.push(seq)),
            complete: () => {
              done = true
            },
          })
          await clock.run(() => false)
          expect(done).toBe(true)
          expect(most, 'E1, and one that has to make room first').toBeLessThanOrEqual(limits.anchor.values + 1)
          const wanted = Array.from({ length: 400 }, (_, seq) => seq).filter((seq) => seq % everyAnchor === 0)
          expect(seqs).toEqual(wanted)
          const busyFor = wanted.reduce((sum, _, nth) => sum + (busyMs[nth % Math.max(1, busyMs.length)] ?? 0), 0)
          if (!hidesAnchor && !hidesSide) expect(clock.nowMs(), 'seen, it costs no time').toBeLessThanOrEqual(busyFor)
        },
      ),
      { numRuns: runs(300) },
    )
  })

  test('E10: a hundred thousand that come at once, on both sides', async () => {
    const { clock, runtime } = virtualRuntime()
    const count = 100_000
    const inputs = {
      anchor: recordedOf(clock, 'a', stampsOf(count, [10])),
      side: recordedOf(clock, 's', stampsOf(count, [10])),
    }
    let sum = 0
    joinInTime(inputs, planOf({ by: 'nearest', withinMs: 5 }), contextOf(runtime, 'join'), between).subscribe(
      ({ value }) => {
        if (value['anchor'] === value['side']) sum++
      },
    )
    await clock.run(() => false)
    expect(sum).toBe(count)
    expect(clock.nowMs()).toBe(0)
  })
})

import fc from 'fast-check'
import { EMPTY, Observable, type OperatorFunction } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { applyOperator } from '../../src/core/apply-operator.js'
import { defineOperator } from '../../src/core/define.js'
import { drive } from '../../src/core/drive.js'
import { type Packet, withValue } from '../../src/core/packet.js'
import type { Runtime } from '../../src/core/runtime.js'
import { type AnyOperator, definePort, type How } from '../../src/core/stage.js'
import { throttle } from '../../src/operators/throttle.js'
import { queue } from '../../src/operators/queue.js'
import { packets } from '../../src/streams/packets.js'
import { runs } from '../helpers/runs.js'
import { contextOf, heldOf, packetOf, virtualRuntime } from './births.js'

/** A number, and the option it was worked on with. */
type Marked = { readonly value: number; readonly by: number }

const markedPort = definePort<Marked>('marked', 'a number, and what it was worked on with')
const facts = {
  summary: 'Says what it was worked on with.',
  input: markedPort,
  output: markedPort,
  options: z.strictObject({ by: z.number() }),
  changeable: ['by' as const],
  example: { by: 0 },
}

const markEach = defineOperator({
  ...facts,
  name: 'mark-each',
  each:
    ({ by }) =>
    ({ value }) => ({ value, by }),
})

/** Takes a while, so that a change may find it at work. */
const markWork = defineOperator({
  ...facts,
  name: 'mark-work',
  work:
    ({ by }, { runtime: { clock } }) =>
    ({ value }) =>
      new Observable<Marked>((result) => {
        result.add(
          clock.at(clock.nowMs() + 7, () => {
            result.next({ value, by })
            result.complete()
          }),
        )
      }),
})

const markPackets = defineOperator({
  ...facts,
  name: 'mark-packets',
  packets:
    ({ by }) =>
    (source) =>
      new Observable((downstream) => {
        drive(
          source,
          downstream,
          (packet: Packet<Marked>) => {
            downstream.next(withValue(packet, { value: packet.value.value, by }))
          },
          () => {
            downstream.complete()
          },
        )
      }),
})

const forms = { each: markEach, work: markWork, packets: markPackets }
type Form = keyof typeof forms

/** A stage in a run in which its options may be changed. */
function changeable(runtime: Runtime, name: string, stage: AnyOperator, options: object, how: How = {}) {
  const context = { ...contextOf(runtime, name, how), changing: runtime.controls.mayChange(name, options) }
  const operator = runtime.run(() => applyOperator(stage, options, context)) as OperatorFunction<
    Packet<Marked>,
    Packet<Marked>
  >
  const change = (next: object): void => {
    const { changing } = context
    changing.next({ options: next, changes: changing.value.changes + 1 })
  }
  return { operator, change, meter: context.meter }
}

const anyForms = fc.array(fc.constantFrom<Form>('each', 'work', 'packets'), { minLength: 1, maxLength: 3 })
const anyChanges = fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 250 }), stage: fc.nat(2) }), { maxLength: 6 })
const total = 30

describe('options that change while it runs', () => {
  test('law: what can wait loses nothing; order stays, and each change is announced by the epoch', async () => {
    await fc.assert(
      fc.asyncProperty(anyForms, anyChanges, fc.boolean(), async (chain, changes, restarts) => {
        const { clock, runtime } = virtualRuntime()
        const restart = { afterMs: 1, upToMs: 1, most: 1, withinMs: 1000 }
        const how: How = restarts ? { onError: { restart } } : {}
        const stages = chain.map((form, index) =>
          changeable(runtime, `stage-${String(index)}`, forms[form].definition, { by: 0 }, how),
        )
        const values = Array.from({ length: total }, (_, value): Marked => ({ value, by: -1 }))
        const source$ = runtime.run(() => packets(values))
        const seen: Packet<Marked>[] = []
        let completed = false
        const slow = changeable(runtime, 'slow', markWork.definition, { by: 0 })
        stages
          .reduce((before$, { operator }) => before$.pipe(operator), source$)
          .pipe(slow.operator)
          .subscribe({ next: (packet) => seen.push(packet), complete: () => (completed = true) })
        const made = changes.filter(({ stage }) => stage < stages.length)
        for (const [index, { atMs, stage }] of made.entries()) {
          clock.at(atMs, () => {
            stages[stage]?.change({ by: index + 1 })
          })
        }
        await clock.run(() => false)
        expect(completed).toBe(true)
        expect(seen.map(({ value, lost }) => [value.value, lost])).toEqual(values.map(({ value }) => [value, 0]))
        for (const [index, { epoch }] of seen.entries())
          expect(epoch).toBeGreaterThanOrEqual(seen[index - 1]?.epoch ?? 0)
        for (const { meter } of stages) {
          expect(heldOf(meter)).toBe(0)
          expect(meter.read(0)).toMatchObject({ in: total, out: total, dropped: {}, state: 'completed', restarts: 0 })
        }
        expect(clock.timers()).toBe(0)
      }),
      { numRuns: runs(200) },
    )
  })

  test.each<Form>(['each', 'work', 'packets'])('%s: what comes after a change is worked on with it', async (form) => {
    const { clock, runtime } = virtualRuntime()
    const { operator, change, meter } = changeable(runtime, 'stage', forms[form].definition, { by: 0 })
    const seen: (readonly [value: number, by: number, epoch: number])[] = []
    const source$ = new Observable<Packet<Marked>>((downstream) => {
      for (let nth = 0; nth < 4; nth++) {
        const facts = { seq: nth, capturedAtMs: nth * 10 }
        clock.at(nth * 10, () => {
          downstream.next(packetOf<Marked>({ value: nth, by: -1 }, facts))
        })
      }
    })
    source$.pipe(operator).subscribe(({ value, epoch }) => seen.push([value.value, value.by, epoch]))
    clock.at(12, () => {
      change({ by: 1 })
    })
    await clock.run(() => false)
    // What was under way at 12 ms ends as it was begun.
    expect(seen).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [2, 1, 1],
      [3, 1, 1],
    ])
    expect(meter.read(0)).toMatchObject({ in: 4, out: 4, state: 'running', restarts: 0 })
  })

  test('changed from within its own delivery, it ends that first', async () => {
    const { clock, runtime } = virtualRuntime()
    const { operator, change } = changeable(runtime, 'stage', markPackets.definition, { by: 0 })
    const seen: number[] = []
    runtime
      .run(() => packets([0, 1, 2].map((value): Marked => ({ value, by: -1 }))))
      .pipe(operator)
      .subscribe(({ value }) => {
        seen.push(value.by)
        if (value.value === 0) change({ by: 1 })
      })
    await clock.run(() => false)
    expect(seen).toEqual([0, 0, 0])
  })

  test('law (E7, E8): live packets are counted once, and losses are told, over changes too', async () => {
    const anyArrivals = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(anyArrivals, anyChanges, async (gapsMs, changes) => {
        const { clock, runtime } = virtualRuntime()
        const grid = changeable(runtime, 'throttle', throttle.definition, { rate: 100 })
        const work = changeable(runtime, 'work', markWork.definition, { by: 0 })
        const waiting = runtime.run(() => queue({ whenFull: 'drop-oldest', capacity: 2 }))
        let atMs = 0
        const source$ = new Observable<Packet<Marked>>((downstream) => {
          for (const [seq, gapMs] of gapsMs.entries()) {
            atMs += gapMs
            const capturedAtMs = atMs
            clock.at(atMs, () => {
              downstream.next(packetOf({ value: seq, by: -1 }, { seq, capturedAtMs }))
              if (seq === gapsMs.length - 1) downstream.complete()
            })
          }
        })
        let given = 0
        let lost = 0
        let last = -1
        source$
          .pipe(grid.operator, waiting as typeof grid.operator, work.operator)
          .subscribe(({ value, lost: said }) => {
            expect(value.value).toBeGreaterThan(last)
            last = value.value
            given++
            lost += said
          })
        for (const { atMs: changeMs, stage } of changes) {
          clock.at(changeMs, () => {
            if (stage === 0) grid.change({ rate: 50 })
            else work.change({ by: changeMs })
          })
        }
        await clock.run(() => false)
        const waited = runtime.meters.get('queue') ?? expect.unreachable()
        for (const meter of [grid.meter, work.meter, waited]) expect(heldOf(meter)).toBe(0)
        expect(grid.meter.in).toBe(gapsMs.length)
        expect(waited.in).toBe(grid.meter.out)
        expect(work.meter.in).toBe(waited.out)
        expect(given).toBe(work.meter.out)
        expect(work.meter.out).toBe(work.meter.in)
        // What was asked for is no loss; of the rest none is told twice, and none that is followed by another goes untold.
        expect(lost).toBeLessThanOrEqual(waited.droppedBy('overflow'))
      }),
      { numRuns: runs(200) },
    )
  })

  test('without a change nothing is other than without the means to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 }), async (gapsMs) => {
        const play = async (may: boolean): Promise<unknown> => {
          const { clock, runtime } = virtualRuntime()
          const options = { rate: 60 }
          const context = contextOf(runtime, 'throttle')
          const changing = runtime.controls.mayChange('throttle', options)
          const operator = applyOperator(throttle.definition, options, may ? { ...context, changing } : context)
          const seen: unknown[] = []
          let atMs = 0
          const source$ = new Observable<Packet<number>>((downstream) => {
            for (const [seq, gapMs] of gapsMs.entries()) {
              atMs += gapMs
              const packet = packetOf(seq, { seq, capturedAtMs: atMs })
              clock.at(atMs, () => {
                downstream.next(packet)
              })
            }
          })
          source$.pipe(operator).subscribe((packet) => seen.push({ ...packet, atMs: clock.nowMs() }))
          await clock.run(() => false)
          return [seen, context.meter.read(clock.nowMs())]
        }
        expect(await play(true)).toEqual(await play(false))
      }),
      { numRuns: runs(100) },
    )
  })

  test('an error of a stage that is not to be built anew is its end, as ever', () => {
    const { runtime } = virtualRuntime()
    const dies = defineOperator({
      ...facts,
      name: 'dies',
      packets: () => () => {
        throw new Error('at once')
      },
    })
    const { operator } = changeable(runtime, 'dies', dies.definition, { by: 0 })
    const errors: unknown[] = []
    EMPTY.pipe(operator).subscribe({ error: (error) => errors.push(error) })
    expect(errors).toHaveLength(1)
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyArrivals, anySchedule, type Schedule } from '../../src/testing/index.js'
import { modelEdge, type ModelEdge } from '../reference/edge-model.js'

const bounded: fc.Arbitrary<ModelEdge> = fc.record({
  whenFull: fc.constantFrom('drop-oldest' as const, 'drop-newest' as const),
  capacity: fc.integer({ min: 1, max: 4 }),
})

/** How often each thing happens, as a part of all schedules. */
function statistics(cases: readonly { readonly edge: ModelEdge; readonly schedule: Schedule<number> }[]) {
  const part = (holds: (one: (typeof cases)[number]) => boolean): number => cases.filter(holds).length / cases.length
  const ends = (how: string) => part(({ schedule }) => schedule.ending.how === how)
  const goesBack = ({ items }: Schedule<number>): boolean =>
    items.some(({ capturedAtMs }, index) => capturedAtMs < (items[index - 1]?.capturedAtMs ?? 0))
  const gaps = ({ items }: Schedule<number>): readonly number[] =>
    items.slice(1).map(({ atMs }, index) => atMs - (items[index]?.atMs ?? 0))
  return {
    'a queue overflows': part(
      ({ edge, schedule }) => modelEdge(edge, schedule.items, schedule.ending).counts.overflow > 0,
    ),
    'the source fails': ends('error'),
    'the consumer unsubscribes': ends('cancel'),
    'the consumer has what it wants': ends('take'),
    'several arrive at one instant': part(({ schedule }) => gaps(schedule).includes(0)),
    'there is a silence': part(({ schedule }) => gaps(schedule).some((gap) => gap >= 300)),
    'a stamp goes back': part(({ schedule }) => goesBack(schedule)),
    'two stamps are equal': part(({ schedule }) =>
      schedule.items.some(({ capturedAtMs }, index) => capturedAtMs === schedule.items[index - 1]?.capturedAtMs),
    ),
    'the consumer stalls': part(({ schedule }) => schedule.items.some(({ busyMs }) => busyMs > 0)),
    'work takes time': part(({ schedule }) => schedule.items.some(({ costMs }) => costMs > 0)),
    'two origins are merged': part(({ schedule }) => new Set(schedule.items.map(({ origin }) => origin)).size === 2),
    'something was lost before': part(({ schedule }) => schedule.items.some(({ lost }) => lost > 0)),
    'nothing ever arrives': part(({ schedule }) => schedule.items.length === 0),
  }
}

test('of all schedules a fifth overflow, a tenth fail and a tenth are unsubscribed from; each thing happens often enough', () => {
  const found = statistics(fc.sample(fc.record({ edge: bounded, schedule: anySchedule() }), 2000))
  for (const [what, part] of Object.entries(found)) console.log(`${(part * 100).toFixed(1).padStart(5)} %  ${what}`)
  expect(found['a queue overflows']).toBeGreaterThan(0.2)
  expect(found['the source fails']).toBeGreaterThan(0.1)
  expect(found['the consumer unsubscribes']).toBeGreaterThan(0.1)
  for (const part of Object.values(found)) expect(part).toBeGreaterThan(0.005)
})

test('law: arrivals go forward in time; stamps do too, unless they are drawn to go back', () => {
  fc.assert(
    fc.property(anyArrivals({ stamps: ['prompt', 'late', 'equal'] }), (arrivals) => {
      for (const [index, { atMs, capturedAtMs }] of arrivals.entries()) {
        expect(atMs).toBeGreaterThanOrEqual(arrivals[index - 1]?.atMs ?? 10)
        expect(capturedAtMs).toBeGreaterThanOrEqual(arrivals[index - 1]?.capturedAtMs ?? 0)
        expect(capturedAtMs).toBeLessThanOrEqual(atMs)
      }
    }),
  )
})

test('law: an origin counts its items one by one, and leaves out those that it lost', () => {
  fc.assert(
    fc.property(anySchedule(), ({ items }) => {
      for (const origin of [0, 1]) {
        let next = 0
        for (const item of items.filter((one) => one.origin === origin)) {
          expect(item.seq).toBe(next + item.lost)
          next = item.seq + 1
        }
      }
    }),
  )
})

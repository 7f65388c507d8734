import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf } from '../../src/core/frame.js'
import { anyPicture, anySchedule, type Picture, type Schedule } from '../../src/testing/index.js'
import { readExam } from '../../src/testing/exam.js'
import { runTrial } from '../../src/testing/trial.js'
import { runs } from '../helpers/runs.js'
import { type ModelEdge, type ModelItem, modelEdge } from './edge-model.js'
import { byteLimits, policies, queueOptions, queueUnderTest } from './under-test.js'

const anyEdge: fc.Arbitrary<ModelEdge> = fc
  .record(
    {
      whenFull: fc.constantFrom(...policies),
      capacity: fc.integer({ min: 1, max: 4 }),
      maxAgeMs: fc.integer({ min: 1, max: 60 }),
      bytes: fc.constantFrom(...byteLimits),
    },
    { requiredKeys: ['whenFull', 'capacity'] },
  )
  .map(({ bytes, ...edge }) => ({
    ...edge,
    capacity: edge.whenFull === 'latest' || edge.whenFull === 'conflate' ? 1 : edge.capacity,
    ...(bytes === undefined || bytes === Infinity ? {} : { bytes }),
  }))

/** A source that waits under `block`, as a live one is refused; else whoever comes, merged. */
const anyCase = anyEdge.chain((edge) => {
  const blocks = edge.whenFull === 'block'
  const schedule = anySchedule({ values: anyPicture, ...(blocks ? { origins: 1, pace: 'recorded' } : {}) })
  return fc.record({ edge: fc.constant(edge), schedule })
})

const itemsOf = (schedule: Schedule<Picture>): readonly ModelItem[] =>
  schedule.items.map((item) => {
    const { format, widthPx, heightPx } = item.value
    return { ...item, bytes: bytesOf(format, widthPx, heightPx) }
  })

test('law: on any schedule queue gives what the model of the edge gives, when it does, with the same marks and counts', async () => {
  const overflows = { schedules: 0, some: 0 }
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ edge, schedule }) => {
      const model = modelEdge(edge, itemsOf(schedule), schedule.ending)
      const trial = await runTrial(readExam(queueUnderTest, { options: queueOptions(edge) }), schedule)
      const state = trial.states.get('queue')
      const names = schedule.origins.map(({ name }) => name)
      overflows.schedules++
      if (model.counts.overflow > 0) overflows.some++
      expect({
        given: trial.given.map(({ atMs, packet: { origin, seq, lost } }) => ({
          origin: names.indexOf(origin.name),
          seq,
          lost,
          atMs,
        })),
        ended: trial.ended === 'error' && String(trial.failure).includes('is full') ? 'overflow' : trial.ended,
        counts: {
          in: state?.in,
          out: state?.out,
          overflow: state?.dropped['overflow'] ?? 0,
          stale: state?.dropped['stale'] ?? 0,
          shutdown: state?.dropped['shutdown'] ?? 0,
          merged: state?.merged,
        },
      }).toEqual({ given: model.given, ended: model.ended, counts: model.counts })
      expect(trial.mostHeld, 'E1').toBeLessThanOrEqual(edge.capacity)
      if (edge.whenFull === 'block' && edge.maxAgeMs === undefined && edge.bytes === undefined) {
        expect(model.counts.overflow + model.counts.stale, 'block loses nothing of what can wait').toBe(0)
      }
    }),
    { numRuns: runs(1000) },
  )
  expect(overflows.some / overflows.schedules).toBeGreaterThan(0.2)
})

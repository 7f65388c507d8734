import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../helpers/runs.js'
import { anyEdgeCase, compareEdge } from './compare-edge.js'
import { queueUnderTest } from './under-test.js'

test('law: on any schedule queue gives what the model of the edge gives, when it does, with the same marks and counts', async () => {
  let [schedules, overflows] = [0, 0]
  await fc.assert(
    fc.asyncProperty(anyEdgeCase, async (one) => {
      const { edge } = one
      const { model, found } = await compareEdge(one, queueUnderTest)
      schedules++
      if (model.counts.overflow > 0) overflows++
      const { mostHeld, ...outcome } = found
      expect(outcome).toEqual({ given: model.given, ended: model.ended, counts: model.counts })
      expect(mostHeld, 'E1').toBeLessThanOrEqual(edge.capacity)
      if (edge.whenFull === 'block' && edge.maxAgeMs === undefined && edge.bytes === undefined) {
        expect(model.counts.overflow + model.counts.stale, 'block loses nothing of what can wait').toBe(0)
      }
    }),
    { numRuns: runs(1000) },
  )
  // A few schedules say little of all.
  if (schedules >= 1000) expect(overflows / schedules).toBeGreaterThan(0.2)
})

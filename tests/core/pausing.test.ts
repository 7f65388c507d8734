import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Pausing } from '../../src/core/pausing.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { runs } from '../helpers/runs.js'

test('law: it lasted as long as it was paused, however often it was asked; each change is told once', async () => {
  const step = fc.record({ afterMs: fc.integer({ min: 0, max: 100 }), pauses: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const clock = createVirtualClock()
      const pausing = new Pausing(clock)
      const told: boolean[] = []
      pausing.paused$.subscribe((paused) => told.push(paused))
      let atMs = 0
      let expected = 0
      let paused = false
      let changes = 1
      for (const { afterMs, pauses } of steps) {
        atMs += afterMs
        if (paused) expected += afterMs
        if (paused !== pauses) changes++
        paused = pauses
        const lasted = expected
        clock.at(atMs, () => {
          if (pauses) pausing.pause()
          else pausing.resume()
          expect(pausing.paused).toBe(pauses)
          expect(pausing.lastedMs()).toBeCloseTo(lasted, 9)
        })
      }
      await clock.run(() => false)
      expect(told).toHaveLength(changes)
    }),
    { numRuns: runs(200) },
  )
})

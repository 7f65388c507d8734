import fc from 'fast-check'
import type { Restart } from '../../src/core/stage.js'

/** Ways to be built anew: impatient and patient, with windows that empty and windows that fill. */
export const anyRestart: fc.Arbitrary<Restart> = fc
  .record({
    afterMs: fc.integer({ min: 1, max: 40 }),
    times: fc.integer({ min: 1, max: 10 }),
    most: fc.integer({ min: 1, max: 4 }),
    withinMs: fc.integer({ min: 20, max: 3000 }),
  })
  .map(({ afterMs, times, most, withinMs }) => ({ afterMs, upToMs: afterMs * times, most, withinMs }))

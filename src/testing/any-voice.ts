import type { Voice } from '../core/ports.js'
import { fc } from './fast-check.js'

/** How probable speech is. */
export const anyVoice: fc.Arbitrary<Voice> = fc.record({
  probability: fc.integer({ min: 0, max: 100 }).map((n) => n / 100),
  speaking: fc.boolean(),
})

import { z } from 'zod'
import { providers } from '../core/inference.js'
import { duration } from '../core/units.js'

/** Options that all stages with a model have. */
export const modelWords = {
  provider: z
    .enum(providers)
    .default('cpu')
    .describe('what computes; where it is not there the processor does, and the run says so'),
  hungAfter: duration({ above: 0 })
    .prefault('10s')
    .describe('a run of the model that takes longer hangs: it fails, and a fresh worker takes over'),
  idle: duration({ above: 0 })
    .exactOptional()
    .describe(
      'without a run for so long the model is let go of, and loaded anew when it is next needed; never unless told',
    ),
}

/** Options of all that remember what they found: a still scene costs no run. */
export const memoWords = {
  memo: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe('of how many pictures the results are kept: the very same picture costs no run'),
  memoFor: duration({ above: 0 }).prefault('10s').describe('for how long a result is kept'),
}

import fc from 'fast-check'
import { afterEach } from 'vitest'
import { tracePools } from '../src/testing/traced-pool.js'

// Printed by the runner and set by SACCADE_SEED: a failure can be repeated.
fc.configureGlobal({
  seed: Number(process.env['SACCADE_SEED']),
  // Deep runs try arrays as long as each law allows, not ten elements.
  defaultSizeToMaxWhenMaxSpecified: Number(process.env['SACCADE_RUNS'] ?? 1) > 1,
})

// S6: a test that leaves a frame lent, or writes to one that it handed on, fails and says where.
const checkFrames = tracePools()
afterEach(() => {
  checkFrames()
})

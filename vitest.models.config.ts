import { mergeConfig } from 'vitest/config'
import base from './vitest.config.js'

/**
 * What needs models that the project may not carry: they are looked for in the folder SACCADE_MODELS and in the cache. Each
 * says what it skipped.
 */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [] } },
  { test: { include: ['tests/models/**/*.test.ts'], fileParallelism: false } },
)

import { mergeConfig } from 'vitest/config'
import base from './vitest.config.js'

/** What needs a peer that npm does not bring: a browser. Each says what it skipped and how to get it. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [] } },
  { test: { include: ['tests/peers/**/*.test.ts'], fileParallelism: false } },
)

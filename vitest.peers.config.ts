import { mergeConfig } from 'vitest/config'
import base from './vitest.config.js'

/**
 * What needs a peer that npm does not bring: a browser. Each says what it skipped and how to get it. One run lives through
 * several tests, so that its frames are not looked for after each of them.
 */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [], setupFiles: [] } },
  { test: { include: ['tests/peers/**/*.test.ts'], fileParallelism: false } },
)

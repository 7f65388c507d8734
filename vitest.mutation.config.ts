import { defineConfig, mergeConfig } from 'vitest/config'
import usual from './vitest.config.js'

/** Those that stand on src/core and need no built file: mutants of it have to pass them. */
const include = ['tests/core/**/*.test.ts', 'tests/reference/**/*.test.ts', 'tests/testing/graphs.test.ts']

export default defineConfig({ ...mergeConfig(usual, {}), test: { ...usual.test, include } })

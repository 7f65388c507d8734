import { defineConfig, mergeConfig } from 'vitest/config'
import usual from './vitest.config.js'

/** Those that stand on src/core and need no built file: mutants of it have to pass them. */
const include = ['tests/core/**/*.test.ts', 'tests/reference/**/*.test.ts', 'tests/testing/graphs.test.ts']

/** Those of a great many packets say what others say of a few: a mutant that they alone would find is told as a survivor. */
const testNamePattern =
  /^(?!.*(an hour of all of them|the decoder of a file waits|is a known kind or a refusal|[Mm]illion|00[ ,]000|50[ ,]000|hundred thousand|the same seed and name))/

export default defineConfig({ ...mergeConfig(usual, {}), test: { ...usual.test, include, testNamePattern } })

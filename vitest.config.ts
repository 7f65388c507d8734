import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const seed = Number(process.env['SACCADE_SEED'] ?? Date.now() % 2 ** 31)
console.log(`seed ${String(seed)} (repeat with SACCADE_SEED=${String(seed)})`)

export default defineConfig({
  resolve: {
    // Examples are tested against the sources; that the package's own doors open is a test of its own.
    alias: [
      { find: '#adapters', replacement: at('src/adapters/node.ts') },
      { find: /^saccade$/, replacement: at('src/index.ts') },
      { find: /^saccade\/(\w+)$/, replacement: at('src/$1/index.ts') },
    ],
  },
  test: {
    include: ['tests/**/*.test.ts', 'examples/**/*.test.ts'],
    exclude: ['tests/peers/**', 'tests/models/**'],
    pool: 'forks',
    env: { SACCADE_SEED: String(seed) },
    setupFiles: ['tests/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})

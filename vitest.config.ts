import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const seed = Number(process.env['SACCADE_SEED'] ?? Date.now() % 2 ** 31)
console.log(`seed ${String(seed)} (repeat with SACCADE_SEED=${String(seed)})`)

export default defineConfig({
  resolve: {
    alias: {
      '#adapters': fileURLToPath(new URL('src/adapters/node.ts', import.meta.url)),
    },
  },
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/peers/**'],
    pool: 'forks',
    env: { SACCADE_SEED: String(seed) },
    setupFiles: ['tests/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})

// Mutation testing of src/core with Stryker, which npx fetches: it is too large to be installed with the rest (some 100 MB).
// The tests run with one seed, so that a mutant lives or dies by itself, and with a tenth of their runs.
//   npm run test:mutation                              all of src/core
//   npm run test:mutation -- --mutate src/core/gate.ts one file; all other words go to Stryker too
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const packages = ['core', 'vitest-runner'].flatMap((name) => ['-p', `@stryker-mutator/${name}@9.6.1`])
const { status } = spawnSync(
  'npx',
  ['--yes', ...packages, 'stryker', 'run', 'stryker.config.json', ...process.argv.slice(2)],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { SACCADE_SEED: '1', SACCADE_RUNS: '0.1', ...process.env },
  },
)
process.exit(status ?? 1)

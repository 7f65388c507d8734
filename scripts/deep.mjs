// The properties of core, edges and the kit, ten times as often as in npm test: 10 000 runs where the house has 1000.
//   npm run test:deep                    words after `--` go to vitest
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const build = spawnSync(process.execPath, [at('scripts/build.mjs')], { stdio: ['ignore', 2, 2] })
if (build.status !== 0) process.exit(build.status ?? 1)

const rooms = ['tests/core', 'tests/reference', 'tests/testing', 'tests/mutants', 'tests/operators']
const words = process.argv.slice(2)
const { status } = spawnSync(
  process.execPath,
  [at('node_modules/vitest/vitest.mjs'), 'run', '--testTimeout', '3600000', ...rooms, ...words],
  { cwd: at('.'), stdio: 'inherit', env: { SACCADE_RUNS: '10', ...process.env } },
)
process.exit(status ?? 1)

// Mutation testing of src/core with Stryker, which npx fetches: it is too large to be installed with the rest (some 100 MB).
// The tests run with one seed, so that a mutant lives or dies by itself, and with a tenth of their runs.
//   npm run test:mutation                              all of src/core: hours
//   npm run test:mutation -- --mutate src/core/gate.ts one file; all other words go to Stryker too
//   npm run test:mutation -- --sample 8                of every file one stretch of eight lines in eight, drawn by SACCADE_SEED
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const words = process.argv.slice(2)
const env = { SACCADE_SEED: '1', SACCADE_RUNS: '0.1', ...process.env }

const sampleAt = words.indexOf('--sample')
if (sampleAt >= 0) {
  const [, every = ''] = words.splice(sampleAt, 2)
  if (!(Number(every) >= 1)) {
    console.error(
      '--sample needs a number of 1 or more: npm run test:mutation -- --sample 8 takes one stretch of lines in eight',
    )
    process.exit(2)
  }
  words.push('--mutate', stretches(Number(every), Number(env.SACCADE_SEED)).join(','))
}

const packages = ['core', 'vitest-runner'].flatMap((name) => ['-p', `@stryker-mutator/${name}@9.6.1`])
const { status } = spawnSync('npx', ['--yes', ...packages, 'stryker', 'run', 'stryker.config.json', ...words], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env,
})
process.exit(status ?? 1)

/** `src/core/gate.ts:9-16` and others like it: those that a generator of random numbers (a multiplicative one by Lehmer) drew. */
function stretches(every, seed) {
  const linesEach = 8
  let state = (seed * 48_271 + 11) % 2_147_483_647
  const draw = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  draw()
  return readdirSync(`${root}src/core`)
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .flatMap((name) => {
      const lines = readFileSync(`${root}src/core/${name}`, 'utf8').split('\n').length
      const starts = Array.from({ length: Math.ceil(lines / linesEach) }, (_, nth) => nth * linesEach + 1)
      return starts
        .filter(() => draw() < 1 / every)
        .map((start) => `src/core/${name}:${String(start)}-${String(start + linesEach - 1)}`)
    })
}

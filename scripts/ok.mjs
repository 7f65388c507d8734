// The gate: format, lint, types, tests, docs, a smoke run of the benchmarks. One command, each step told with its time.
//   npm run ok -- --tested    leaves the tests out, where `npm test` has just passed
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))

const steps = [
  ['install', [fileURLToPath(new URL('install.mjs', import.meta.url))]],
  ['build', [fileURLToPath(new URL('build.mjs', import.meta.url))]],
  ['format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  ['types', [bin('typescript/bin/tsc'), '-p', 'tsconfig.json']],
  ['types of the page', [bin('typescript/bin/tsc'), '-p', 'web/tsconfig.json', '--noEmit']],
  ['lint', [bin('eslint/bin/eslint.js'), '.']],
  ['tests and docs', [bin('vitest/vitest.mjs'), 'run']],
  ['bench smoke', [fileURLToPath(new URL('../bench/run.mjs', import.meta.url)), '--quick', '--json']],
]

const tested = process.argv.includes('--tested')

for (const [name, words] of steps) {
  if (tested && name === 'tests and docs') continue
  if (!existsSync(words[0]) && name !== 'install') {
    console.error(`${name}: ${words[0]} is not there`)
    process.exit(1)
  }
  const startedMs = performance.now()
  const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: 'inherit' })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  if (status !== 0) {
    console.error(`✗ ${name} (${seconds} s)`)
    process.exit(1)
  }
  console.error(`✓ ${name} (${seconds} s)`)
}

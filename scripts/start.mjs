// npm start: installs what is missing, builds, and follows the face of the demo clip. Words after `--` go to `saccade run`.
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
for (const step of ['scripts/install.mjs', 'scripts/build.mjs']) {
  const { status } = spawnSync(process.execPath, [at(step)], { stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status ?? 1)
}

const words = process.argv.slice(2)
const named = words[0] !== undefined && !words[0].startsWith('-')
const [file, rest] = named ? [words[0], words.slice(1)] : [at('pipelines/follow-face.yaml'), words]
const run = spawn(process.execPath, [at('dist/cli/main.cjs'), 'run', file, ...rest], { stdio: 'inherit' })
// The terminal sends Ctrl-C to the whole group; other signals are handed on.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => run.kill('SIGTERM'))
run.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 130)
})

// Builds what is older than its sources: the package (tsc) and the page (Vite). `--force` builds all.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const force = process.argv.includes('--force')

const newest = (path) => {
  const facts = statSync(path)
  if (!facts.isDirectory()) return facts.mtimeMs
  return Math.max(facts.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

const upToDate = (marker, sources) => {
  if (force || !existsSync(join(root, marker))) return false
  const builtMs = statSync(join(root, marker)).mtimeMs
  return sources.every((source) => newest(join(root, source)) <= builtMs)
}

const run = (script, words) => {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', script), ...words], { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status ?? 1)
}

if (!upToDate('dist/.built', ['src', 'tsconfig.json', 'tsconfig.build.json'])) {
  console.error('building …')
  for (const name of existsSync(join(root, 'dist')) ? readdirSync(join(root, 'dist')) : []) {
    if (name !== 'web') rmSync(join(root, 'dist', name), { recursive: true })
  }
  run('typescript/bin/tsc', ['-p', 'tsconfig.build.json'])
  chmodSync(join(root, 'dist/cli/main.js'), 0o755)
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(join(root, 'dist/.built'), '')
}
if (!upToDate('dist/web/index.html', ['web', 'src/core/wire.ts'])) {
  console.error('building the page …')
  run('vite/bin/vite.js', ['build', 'web', '--logLevel', 'error'])
}

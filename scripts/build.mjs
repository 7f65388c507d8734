// Builds what is older than its sources: the kernel (AssemblyScript), the package (tsc) and the page (Vite). `--force` builds all.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
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
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', script), ...words], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) process.exit(status ?? 1)
}

/** The licences of what is carried in files of ours; one that comes without its text is told as its package tells it. */
const licences = (names) =>
  names
    .map((name) => {
      const folder = join(root, 'node_modules', name)
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
      const { license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      const text = file === undefined ? `${license}, ${author}` : readFileSync(join(folder, file), 'utf8')
      return `${name}\n${'='.repeat(name.length)}\n\n${text}`
    })
    .join('\n\n')

// What it writes is kept beside the sources, so that they run without being built (tests do); it is made anew where its own are newer.
if (!upToDate('src/vision/kernel-bytes.ts', ['src/vision/kernel', 'scripts/kernel.mjs']))
  run('../scripts/kernel.mjs', [])
if (!upToDate('dist/.built', ['src', 'tsconfig.json', 'tsconfig.build.json', 'vite.command.config.ts'])) {
  console.error('building …')
  for (const name of existsSync(join(root, 'dist')) ? readdirSync(join(root, 'dist')) : []) {
    if (name !== 'web') rmSync(join(root, 'dist', name), { recursive: true })
  }
  run('typescript/bin/tsc', ['-p', 'tsconfig.build.json'])
  // The command as one file, compiled beforehand: it loads in a fifth of the time (docs/decisions/0007-one-file-for-the-command.md).
  for (const mode of ['main', 'command']) {
    run('vite/bin/vite.js', ['build', '--config', 'vite.command.config.ts', '--logLevel', 'error', '--mode', mode])
    renameSync(join(root, `dist/.command/${mode}.cjs`), join(root, `dist/cli/${mode}.cjs`))
  }
  for (const rest of ['dist/.command', 'dist/cli/main.js', 'dist/cli/main.js.map', 'dist/cli/main.d.ts'])
    rmSync(join(root, rest), { recursive: true })
  chmodSync(join(root, 'dist/cli/main.cjs'), 0o755)
  writeFileSync(join(root, 'dist/cli/LICENSES.txt'), licences(['rxjs', 'zod', 'yaml', 'ws', 'lru-cache']))
  run('../scripts/warm-command.mjs', [])
  writeFileSync(join(root, 'dist/.built'), '')
}
if (!upToDate('dist/web/index.html', ['web', 'src/client', 'src/core', 'src/adapters/socket-world.ts'])) {
  console.error('building the page …')
  run('vite/bin/vite.js', ['build', 'web', '--logLevel', 'error'])
  writeFileSync(join(root, 'dist/web/LICENSES.txt'), licences(['three', 'uplot', '@ffmpeg/ffmpeg']))
}

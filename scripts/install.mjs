// Installs what is missing, and nothing where all is there: the first command of a fresh clone works without a step before it.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`saccade needs Node 20.19 or newer: this is ${process.versions.node}`)
  process.exit(3)
}

const marker = at('node_modules/.package-lock.json')
const fresh = existsSync(marker) && statSync(marker).mtimeMs >= statSync(at('package-lock.json')).mtimeMs - 1000
if (!fresh) {
  console.error('installing what is missing (once; some 400 MB, mostly the model runtime for all platforms) …')
  // The postinstall of onnxruntime-node would fetch a CUDA provider from outside the registry; the CPU one is in the package.
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: at('.'),
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  })
  if (status !== 0) {
    console.error('npm ci failed: see above; mend it and run the same command again')
    process.exit(status ?? 1)
  }
}

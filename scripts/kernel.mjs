// Compiles src/vision/kernel (AssemblyScript) and writes it into src/vision/kernel-bytes.ts; `--print` writes it to stdout instead.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'saccade-kernel-'))
const file = join(folder, 'kernel.wasm')
// Vectors pass between its own functions alone: the warning about others is not for us.
const flags = '-O3 --noAssert --runtime stub --enable simd --importMemory --noExportMemory --disableWarning 112'
const words = ['src/vision/kernel/index.ts', '--outFile', file, ...flags.split(' ')]
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/assemblyscript/bin/asc.js'), ...words], {
  cwd: root,
  stdio: ['ignore', 2, 2],
})
const base64 = status === 0 ? readFileSync(file).toString('base64') : ''
rmSync(folder, { recursive: true })
if (status !== 0) process.exit(status ?? 1)

const text = `// Written by scripts/kernel.mjs from src/vision/kernel: do not edit.
/** WebAssembly, as base64: so it comes along wherever the module goes, in the sources, the package and a worker. */
export const kernelBase64: string =
  '${base64}'
`
if (process.argv.includes('--print')) process.stdout.write(text)
else writeFileSync(join(root, 'src/vision/kernel-bytes.ts'), text)

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'
import type { command } from './command.js'

type Exports = { readonly command: typeof command }

/** The bundled command and, beside it, what V8 made of it when it was built. */
const file = fileURLToPath(new URL('./command.cjs', import.meta.url))
const compiled = `${file}.v8`

/** Compiles the one file of the command, or takes what V8 made of it: where another Node made that, V8 refuses it and compiles. */
function compile(): Script {
  const source = readFileSync(file, 'utf8')
  return new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    cachedData: readCompiled(),
  })
}

function readCompiled(): Buffer | undefined {
  try {
    return readFileSync(compiled)
  } catch {
    return undefined
  }
}

/** Loads the command. `save` keeps what V8 has compiled by then, for the next start: the build calls it after a run. */
export function loadCommand(): Exports & { readonly save: () => void } {
  const script = compile()
  const module: { exports: Partial<Exports> } = { exports: {} }
  const start = script.runInThisContext() as (...parts: readonly unknown[]) => void
  start(module.exports, createRequire(import.meta.url), module, file, dirname(file))
  const save = (): void => {
    writeFileSync(compiled, script.createCachedData())
  }
  return { ...(module.exports as Exports), save }
}

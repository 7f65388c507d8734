import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const carried = fileURLToPath(new URL('../models/', import.meta.url))
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'saccade', 'models')

/** The file of a model in the package, in SACCADE_MODELS or in the cache; null, and a word, where there is none. */
export function modelFile(name, say) {
  const folders = [carried, process.env.SACCADE_MODELS, cache].filter((folder) => folder !== undefined && folder !== '')
  const found = folders.map((folder) => join(folder, `${name}.onnx`)).find((file) => existsSync(file))
  if (found === undefined)
    say(`skipped: ${name} is not here; saccade models pull ${name}, or name its folder in SACCADE_MODELS`)
  return found ?? null
}

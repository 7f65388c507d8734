import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SaccadeError } from '../core/errors.js'
import { modelManifest, type ModelManifest } from '../core/model-manifest.js'
import { modelFolders } from './model-folders.js'
import { whyNotPulled } from './why-not-pulled.js'

/** The names of all manifests in those folders, sorted. */
export function modelNames(folders = modelFolders()): readonly string[] {
  const names = folders.flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []))
  const manifests = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length))
  return [...new Set(manifests)].sort()
}

/**
 * A model by its name, in the first folder that has it; or a path of the user's own that ends in .onnx.
 *
 * @throws SaccadeError `missing` where no folder has it, `model` where nothing is known of such a name
 */
export function fileOfModel(name: string, folders = modelFolders()): URL {
  if (name.endsWith('.onnx')) return pathToFileURL(resolve(name))
  const found = folders.map((folder) => join(folder, `${name}.onnx`)).find((path) => existsSync(path))
  if (found !== undefined) return pathToFileURL(found)
  const manifest = manifestOfModel(name, folders)
  if (manifest === null) {
    throw new SaccadeError(`cannot find model ${name} as nothing is known of that name`, {
      code: 'model',
      remedy: `name one of ${modelNames(folders).join(', ')}, or a path that ends in .onnx`,
    })
  }
  const byHand = `get it (${originOf(manifest)}) and put it there as ${join(folders.at(-1) ?? '.', `${name}.onnx`)}`
  const get = whyNotPulled(manifest) === null ? `run saccade models pull ${name}` : byHand
  throw new SaccadeError(`cannot find model ${name}: there is no ${name}.onnx in ${folders.join(', ')}`, {
    code: 'missing',
    remedy: `${get}, or name its folder in SACCADE_MODELS`,
  })
}

/** Where a model comes from, in words. */
export function originOf({ origin, converted }: ModelManifest): string {
  if (origin === undefined) return 'its manifest does not say where from'
  const by = converted === undefined ? '' : `, then ${converted}`
  if ('address' in origin) return `${origin.address}${by}`
  const [registry, name] = 'npm' in origin ? ['npm', origin.npm] : ['PyPI', origin.pypi]
  return `${origin.file} of ${name} ${origin.version}, a package of ${registry}${by}`
}

/**
 * What is known of a model: its manifest in the first folder that has one, or `mine.json` beside `./mine.onnx`. Null where
 * there is none.
 *
 * @throws SaccadeError `config` where that file is no manifest
 */
export function manifestOfModel(name: string, folders = modelFolders()): ModelManifest | null {
  const paths = name.endsWith('.onnx')
    ? [resolve(name.replace(/\.onnx$/, '.json'))]
    : folders.map((folder) => join(folder, `${name}.json`))
  const path = paths.find((one) => existsSync(one))
  if (path === undefined) return null
  const refuse = (why: string, cause?: unknown): SaccadeError =>
    new SaccadeError(`cannot use ${path} as the manifest of model ${name}: ${why}`, {
      code: 'config',
      where: path,
      remedy: 'write it as those in the models folder of the package are, or take it away',
      cause,
    })
  let written: unknown
  try {
    written = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw refuse('it must be JSON', cause)
  }
  const read = modelManifest.safeParse(written)
  if (read.success) return read.data
  throw refuse(read.error.issues.map(({ path: at, message }) => `${at.join('.') || 'it'}: ${message}`).join('; '))
}

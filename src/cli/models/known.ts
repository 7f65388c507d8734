import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileOfModel, manifestOfModel } from '../../adapters/model-files.js'
import { modelFolders } from '../../adapters/model-folders.js'
import { SaccadeError } from '../../core/errors.js'
import type { ModelManifest } from '../../core/model-manifest.js'

/** A model that a command was given: by its name, or as a file. */
export type NamedModel = { readonly name: string; readonly path: string; readonly manifest: ModelManifest | null }

/** @throws SaccadeError `missing` where the model is not here, `model` where nothing is known of that name, `config` */
export function modelNamed(word: string): NamedModel {
  const path = fileURLToPath(fileOfModel(word))
  return { name: basename(word, '.onnx'), path, manifest: manifestOfModel(word) }
}

/** Where a model lies that is looked for by its name; null where it is not here. */
export function pathOfModel(name: string): string | null {
  try {
    return fileURLToPath(fileOfModel(name))
  } catch (error) {
    if (error instanceof SaccadeError && error.code === 'missing') return null
    throw error
  }
}

/** In which of the three folders a file lies, in a word. */
export function placeOf(path: string): string {
  const folders = modelFolders().map((folder) => resolve(folder))
  const at = folders.indexOf(dirname(path))
  return at < 0 ? dirname(path) : at === 0 ? 'package' : at === folders.length - 1 ? 'cache' : 'SACCADE_MODELS'
}

/** How many bytes a file has; null where there is none. */
export async function bytesOfFile(path: string): Promise<number | null> {
  const facts = await stat(path).catch(() => null)
  return facts?.isFile() === true ? facts.size : null
}

/** The words of a command of models, and no more than it takes. @throws SaccadeError `usage` */
export function oneModel(command: string, words: readonly string[]): string {
  const [word, ...more] = words
  if (word !== undefined && more.length === 0) return word
  const found = word === undefined ? '' : `: found also ${more.join(' ')}`
  throw new SaccadeError(`saccade models ${command} takes one model${found}`, {
    code: 'usage',
    remedy: `write saccade models ${command} yolox-nano; saccade models list tells the names`,
  })
}

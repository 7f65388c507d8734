import { readFile } from 'node:fs/promises'
import { SaccadeError } from '../core/errors.js'

/**
 * Reads a text file.
 *
 * @throws SaccadeError `config`, saying what stands in the way
 */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : ''
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : 'it cannot be read'
    const remedy = 'name a pipeline file, as pipelines/follow-face.yaml'
    throw new SaccadeError(`cannot read ${path}: ${why}`, { code: 'config', where: path, remedy, cause })
  }
}

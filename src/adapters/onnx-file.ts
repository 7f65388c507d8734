import { stat } from 'node:fs/promises'
import { SaccadeError } from '../core/errors.js'
import { hashFile } from './hash-file.js'
import type { CheckedFile } from './onnx-protocol.js'

type Wanted = {
  readonly name: string
  readonly file: string
  readonly sha256: string | undefined
  /** What the file was when its hash was last found to be right. */
  readonly checked: CheckedFile | undefined
}

/**
 * Whether a model's file is there, and is the one that its manifest tells of. A file that has not changed since it was last read
 * is not read again.
 *
 * @returns what to hand in as `checked` the next time; null where no hash is known
 * @throws SaccadeError `model`
 */
export async function checkModelFile({ name, file, sha256, checked }: Wanted): Promise<CheckedFile | null> {
  const facts = await stat(file).catch(() => null)
  if (facts?.isFile() !== true || facts.size === 0) {
    const is = facts?.isFile() === true ? 'is empty' : 'is no file'
    const why = facts === null ? `there is no file ${file}` : `${file} ${is}`
    throw new SaccadeError(`cannot load model ${name}: ${why}`, {
      code: 'model',
      remedy: 'name a path that ends in .onnx, or leave the option away to use the model that comes with the stage',
    })
  }
  if (sha256 === undefined) return null
  const { size: bytes, mtimeMs: changedAtMs } = facts
  if (checked?.bytes === bytes && checked.changedAtMs === changedAtMs) return checked
  const { sha256: found } = await hashFile(file)
  if (found === sha256) return { bytes, changedAtMs }
  throw new SaccadeError(
    `cannot load model ${name} as ${file} must be the file that its manifest tells of: its sha256 must be ${sha256}, and is ${found}`,
    {
      code: 'model',
      where: file,
      remedy: 'get the file anew, or, where another one is meant, write its hash and version into its manifest',
    },
  )
}

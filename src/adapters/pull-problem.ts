import { SaccadeError } from '../core/errors.js'

/** A connection that broke, stalled or was put off: worth another try. */
export class BrokenOff extends Error {
  /** How long the server wants to be left alone. */
  readonly afterMs: number

  constructor(why: string, afterMs = 0) {
    super(why)
    this.afterMs = afterMs
  }
}

const reasons: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'make room, or name a folder on another disk: --to FOLDER'],
  EDQUOT: ['your share of the disk is used up', 'make room, or name another folder: --to FOLDER'],
  EACCES: ['you may not write there', 'name a folder of your own: --to FOLDER'],
  EPERM: ['you may not write there', 'name a folder of your own: --to FOLDER'],
  EROFS: ['that disk can only be read', 'name another folder: --to FOLDER'],
  EEXIST: ['a file is in the way', 'name another folder: --to FOLDER'],
  ENOTDIR: ['a file is in the way', 'name another folder: --to FOLDER'],
  EISDIR: ['a folder is in the way', 'take it away, or name another folder: --to FOLDER'],
}

/** Why a file cannot be written. */
export function cannotWrite(path: string, cause: unknown): SaccadeError {
  if (cause instanceof SaccadeError) return cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const [why, remedy] = reasons[code] ?? [
    cause instanceof Error ? cause.message : String(cause),
    'name another folder: --to FOLDER',
  ]
  return new SaccadeError(`cannot write ${path}: ${why}`, { code: 'missing', where: path, remedy, cause })
}

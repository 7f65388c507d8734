/** What went wrong, as a word that code can branch on. The exit code of the command line follows from it. */
export type ErrorCode =
  | 'usage' // the command line or a call was written wrong
  | 'config' // a pipeline, option or unit was refused
  | 'missing' // something it needs is not installed or not reachable here
  | 'medium' // a file, address or device cannot be opened or read
  | 'no-track' // the medium has no picture, or no sound
  | 'model' // a model cannot be loaded or does not fit its stage
  | 'stage' // a stage failed on an item
  | 'timeout' // an item took longer than its stage allows
  | 'overflow' // an edge with `fail` was full
  | 'stale-frame' // a frame was used after it was given back
  | 'port-taken'
  | 'internal'

export type ErrorFacts = {
  readonly code: ErrorCode
  /** The entry or stage it happened in, in the file's own names. */
  readonly stage?: string | undefined
  readonly origin?: string | undefined
  readonly seq?: number | undefined
  /** Where it was written: file, line and column, or the path of the medium. */
  readonly where?: string | undefined
  /** What to do about it, in one sentence. */
  readonly remedy: string
  readonly cause?: unknown
}

/**
 * The one error of the house: the message states the action that failed, the rule and the value; the remedy says what to do.
 *
 * @example
 * throw new SaccadeError('cannot open the queue as its capacity must be >= 1: it is 0', { code: 'config', remedy: 'write queue: { capacity: 1 }' })
 */
export class SaccadeError extends Error {
  override readonly name = 'SaccadeError'
  readonly code: ErrorCode
  readonly stage: string | undefined
  readonly origin: string | undefined
  readonly seq: number | undefined
  readonly where: string | undefined
  readonly remedy: string

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause })
    this.code = facts.code
    this.stage = facts.stage
    this.origin = facts.origin
    this.seq = facts.seq
    this.where = facts.where
    this.remedy = facts.remedy
  }

  /** The same error, told by the stage it passed through; what is known already stays, and where all is, so does the object. */
  at(place: { stage?: string; origin?: string; seq?: number; where?: string }): SaccadeError {
    const { code, remedy, cause } = this
    const stage = this.stage ?? place.stage
    const origin = this.origin ?? place.origin
    const where = this.where ?? place.where
    if (stage === this.stage && origin === this.origin && where === this.where && (this.seq ?? place.seq) === this.seq)
      return this
    return new SaccadeError(this.message, { code, remedy, cause, stage, origin, seq: this.seq ?? place.seq, where })
  }
}

/** Any thrown thing as a SaccadeError; what is one already stays as it is. */
export function asSaccadeError(thrown: unknown, facts: Omit<ErrorFacts, 'cause'>): SaccadeError {
  if (thrown instanceof SaccadeError) return thrown
  if (isSaccadeError(thrown)) {
    const { message, code, stage, origin, seq, where, remedy, cause } = thrown
    return new SaccadeError(message, { code, stage, origin, seq, where, remedy, cause })
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new SaccadeError(message, { ...facts, cause: thrown })
}

/** Whether an error is one of ours, also from another copy of this module: a user's stages may bring one along. */
function isSaccadeError(thrown: unknown): thrown is SaccadeError {
  return thrown instanceof Error && thrown.name === 'SaccadeError' && 'remedy' in thrown && 'code' in thrown
}

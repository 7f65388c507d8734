import { availableParallelism } from 'node:os'
import { SaccadeError } from '../core/errors.js'

/**
 * How many workers run models at most: `SACCADE_WORKERS`, else one less than the machine has cores, at least 2, so that a
 * short run need not wait behind a long one, and at most 4.
 *
 * @throws SaccadeError `usage` where that variable is no such number
 */
export function workersOf(
  environment: Readonly<Record<string, string | undefined>>,
  cores = availableParallelism(),
): number {
  const { SACCADE_WORKERS: written = '' } = environment
  if (written === '') return Math.min(4, Math.max(2, cores - 1))
  if (/^[1-9]\d?$/.test(written)) return Number(written)
  throw new SaccadeError(`SACCADE_WORKERS must be a number from 1 to 99: it is ${written}`, {
    code: 'usage',
    remedy: 'write SACCADE_WORKERS=2, or leave it out',
  })
}

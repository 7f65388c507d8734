import { asSaccadeError, SaccadeError } from './errors.js'
import type { Packet } from './packet.js'
import { formatMs } from './units.js'

/** What a stage's code threw, as an error that says where. */
export function failureOf(thrown: unknown, stage: string, { origin, seq }: Packet<unknown>): SaccadeError {
  return asSaccadeError(thrown, {
    code: 'stage',
    remedy: 'see the cause; onError: skip lets the stage go on with the next item',
  }).at({ stage, origin: origin.name, seq })
}

/** More go on than can be meant: whatever they wait for does not answer. */
export function hung(stage: string, count: number, timeoutMs: number): SaccadeError {
  const text = `${String(count)} items of ${stage} go on long after they were given up (timeout ${formatMs(timeoutMs)})`
  const remedy = 'see what hangs; work that heeds its signal can be given up'
  return new SaccadeError(text, { code: 'timeout', stage, remedy })
}

export function timedOut(timeoutMs: number): SaccadeError {
  return new SaccadeError(`the work on an item took longer than its timeout of ${formatMs(timeoutMs)}`, {
    code: 'timeout',
    remedy: 'raise the timeout; onError: skip lets the stage go on with the next item',
  })
}

import type { Refusal } from '../core/control.js'
import { asSaccadeError } from '../core/errors.js'
import type { Command } from '../core/wire.js'
import type { Run } from './run.js'

/** Carries out a client's command, in this turn; null when it is done. */
export function answerCommand(run: Pick<Run, 'control'>, command: Command): Promise<Refusal | null> {
  try {
    run.control(command)
    return Promise.resolve(null)
  } catch (thrown) {
    const { message, remedy } = asSaccadeError(thrown, { code: 'internal', remedy: 'see the events of the run' })
    return Promise.resolve({ why: message, remedy })
  }
}

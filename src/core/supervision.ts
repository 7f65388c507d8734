import { createBackOff } from './back-off.js'
import { asSaccadeError, type ErrorCode, SaccadeError } from './errors.js'
import type { Meter } from './meter.js'
import { createRandom } from './random.js'
import type { Restart, StageContext } from './stage.js'

/** What another life would fail of again: what was written wrong, what is not installed, what a medium does not have. */
const beyondMending: readonly ErrorCode[] = ['usage', 'config', 'missing', 'no-track']

/** The lives of one stage (S3): when the next one begins, how many there were, and who is told. */
export class Supervision {
  readonly #restart: Restart
  readonly #context: Pick<StageContext, 'runtime' | 'name'>
  readonly #meters: () => readonly Meter[]
  readonly #nextLife: ReturnType<typeof createBackOff>
  #restarts = 0
  /** While it is down: how to cancel the next life. */
  #cancel: (() => void) | null = null

  /** @param meters those that show how the stage does; more than one for a stream of several results */
  constructor(restart: Restart, context: Pick<StageContext, 'runtime' | 'name'>, meters: () => readonly Meter[]) {
    this.#restart = restart
    this.#context = context
    this.#meters = meters
    this.#nextLife = createBackOff(restart, createRandom(context.runtime.seed, context.name))
  }

  /** How often it was built anew: what it gives carries that as its epoch. */
  get restarts(): number {
    return this.#restarts
  }

  /**
   * A life ended with an error: `again` is called when the next one begins, never in this turn.
   *
   * @returns the error to fail with, where no life follows
   */
  died(thrown: unknown, again: () => void): SaccadeError | null {
    const { runtime, name } = this.#context
    const error = asSaccadeError(thrown, { code: 'stage', remedy: 'see the cause' }).at({ stage: name })
    const nowMs = runtime.clock.nowMs()
    const next = beyondMending.includes(error.code) ? undefined : this.#nextLife(nowMs)
    if (next === undefined) return this.#failed(error)
    if (next === null) return this.#failed(gaveUp(error, this.#restart))
    for (const meter of this.#meters()) meter.restarting(error.message)
    const { delayMs, nth } = next
    runtime.tell('warning', `${name}: ${error.message} → it is built anew in ${seconds(delayMs)}`)
    this.#cancel = runtime.clock.at(nowMs + delayMs, () => {
      this.#cancel = null
      this.#restarts++
      for (const meter of this.#meters()) meter.restarted()
      const { most, withinMs } = this.#restart
      const count = `${String(nth)} of at most ${String(most)} in ${seconds(withinMs)}`
      runtime.tell('warning', `${name}: restarted after ${seconds(delayMs)} (${count})`)
      again()
    })
    return null
  }

  /** A life ended with an error when none was to follow anyway. */
  ended(thrown: unknown): void {
    const { runtime, name } = this.#context
    const { message } = asSaccadeError(thrown, { code: 'stage', remedy: 'see the cause' })
    for (const meter of this.#meters()) meter.revived()
    runtime.tell('warning', `${name}: ${message} → nothing more is to come, so it is not built anew`)
  }

  /** No further life begins. */
  cancel(): void {
    if (this.#cancel === null) return
    this.#cancel()
    this.#cancel = null
    for (const meter of this.#meters()) meter.revived()
  }

  #failed(error: SaccadeError): SaccadeError {
    for (const meter of this.#meters()) meter.failed(error.message)
    return error
  }
}

function gaveUp(cause: SaccadeError, { most, withinMs }: Restart): SaccadeError {
  const { code, stage, origin, seq, where, remedy } = cause
  const times = `${String(most)} ${most === 1 ? 'restart' : 'restarts'} within ${seconds(withinMs)}`
  return new SaccadeError(`${cause.message}; given up after ${times}`, {
    code,
    stage,
    origin,
    seq,
    where,
    remedy,
    cause,
  })
}

function seconds(ms: number): string {
  return ms < 1000 ? `${String(Math.round(ms))} ms` : `${String(Math.round(ms / 100) / 10)} s`
}

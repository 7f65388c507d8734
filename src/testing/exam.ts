import type { z } from 'zod'
import type { Adapters } from '../core/adapters.js'
import { spreadMain } from '../core/define.js'
import { SaccadeError } from '../core/errors.js'
import type { AnyStage, How, Port } from '../core/stage.js'
import { anyValue } from './any-value.js'
import type { fc } from './fast-check.js'

/** A stage as it was defined: what `defineOperator`, `defineStream` or `defineSink` gives, or the registry has. */
export type Defined = AnyStage | { readonly definition: AnyStage }

export type ConformsOptions = {
  /** Values for the stage's input, where its port is not one of the package's own; a `Picture` is lent as a frame. */
  readonly values?: fc.Arbitrary<unknown>
  /** What flows where the stage takes anything; numbers and pictures unless told. */
  readonly port?: Port<unknown>
  /** Where only sources that wait, or only such that do not, make sense: `queue: block` is refused on a live one. */
  readonly pace?: 'live' | 'recorded'
  /** The stage's options as one writes them; its example unless told. */
  readonly options?: unknown
  /** How the engine is to treat it. */
  readonly how?: How
  /** Parts of the machine that are to be others: a model whose answers were recorded. */
  readonly adapters?: Partial<Adapters>
  /** How many schedules; 100 unless told. */
  readonly runs?: number
  /** Draws the same schedules again: each report tells its own. Unless told, the one that fast-check was configured with, or any. */
  readonly seed?: number
  /** How many packets it may keep, all its queues together; 1000 unless told (E1). */
  readonly holdsAtMost?: number
  /** Of what runs in real time (a decoder, a model): no law that needs many runs, or the same answer each time. */
  readonly real?: boolean
}

/** What is examined, ready to be made. */
export type Exam = {
  readonly stage: AnyStage
  readonly options: object
  readonly how: How
  /** What comes in; null for a stream. */
  readonly port: Port<unknown> | null
  readonly values: fc.Arbitrary<unknown> | null
  readonly pace: 'live' | 'recorded' | null
  readonly adapters: Partial<Adapters>
  readonly runs: number
  readonly holdsAtMost: number
  readonly real: boolean
}

export const formOf = (stage: AnyStage): 'each' | 'work' | 'packets' | 'stream' | 'sink' => {
  if (stage.kind !== 'operator') return stage.kind
  return 'each' in stage ? 'each' : 'work' in stage ? 'work' : 'packets'
}

/** @throws SaccadeError `usage` where there is nothing to examine, `config` where the options are refused */
export function readExam(defined: Defined, options: ConformsOptions): Exam {
  const stage = 'definition' in defined ? defined.definition : defined
  const written = options.options ?? (stage.example as unknown)
  const parsed = (stage.options as z.ZodType<object>).safeParse(spreadMain(stage, written))
  if (!parsed.success) {
    throw new SaccadeError(`cannot examine ${stage.name} as its options are refused: ${parsed.error.message}`, {
      code: 'config',
      stage: stage.name,
      remedy: options.options === undefined ? 'mend its example' : 'mend the options that were passed',
    })
  }
  const port = stage.kind === 'stream' ? null : (options.port ?? (stage.input as Port<unknown>))
  const { how = {}, adapters = {}, pace = null, runs = 100, holdsAtMost = 1000, real = false } = options
  const values = options.values ?? (port === null ? null : anyValue(port))
  return { stage, options: parsed.data, how, port, values, pace, adapters, runs, holdsAtMost, real }
}

import type { Packet } from '../core/packet.js'
import { drawnFailure } from './feeding.js'
import type { Trial } from './trial.js'

/** True where a rule holds, in words where it is broken, null where nothing shows it. */
export type Verdict = true | string | null

/** One rule of the contract, told of one trial. */
export type Rule = (trial: Trial) => Verdict

/** How packets are called in reports: `camera 3`. */
export const nameOf = ({ origin, seq }: Packet<unknown>): string => `${origin.name} ${String(seq)}`

export const ms = (value: number): string => `${String(value)} ms`

/** The first fault that is found; null where there is nothing to look at. */
export function firstFault<T>(all: readonly T[], faultOf: (one: T, index: number) => string | null): Verdict {
  if (all.length === 0) return null
  for (const [index, one] of all.entries()) {
    const fault = faultOf(one, index)
    if (fault !== null) return fault
  }
  return true
}

/** Whether the stage failed by itself, rather than with its source. */
export const failedItself = ({ ended, failure }: Trial): boolean =>
  ended === 'error' && !(failure instanceof Error && failure.message === drawnFailure)

import type { RunState } from '../../../src/core/wire.js'
import { helloOf, runOf, type PageState } from './page-state.js'

/** What this page may ask of the run just now. */
export type Offers = {
  /** `no-right` is said in words; `nothing`: this run holds nothing of that kind. */
  readonly stop: 'stop' | 'reset' | 'no-right' | 'nothing'
  readonly pause: 'pause' | 'resume' | 'no-right' | 'nothing'
  /** Channels on whose picture a click says where to look. */
  readonly look: readonly string[]
  /** Whether a command would reach the run. */
  readonly reachable: boolean
}

const takesCommands = new Set<RunState['state']>(['opening', 'running', 'paused'])

export function offersOf(page: PageState): Offers {
  const hello = helloOf(page)
  const run = runOf(page)
  const reachable = page.link.is === 'open' && run !== null && takesCommands.has(run.state)
  if (hello === null) return { stop: 'nothing', pause: 'nothing', look: [], reachable }
  const { rights, controls } = hello
  const stop = rights.stop ? (run?.robot?.state === 'stopped' ? 'reset' : 'stop') : 'no-right'
  const pause = rights.control ? (isPaused(page) ? 'resume' : 'pause') : 'no-right'
  return {
    stop: controls.stop.length > 0 ? stop : 'nothing',
    pause: controls.pause ? pause : 'nothing',
    look: rights.control ? controls.look : [],
    reachable,
  }
}

export function isPaused(page: PageState): boolean {
  return runOf(page)?.state === 'paused'
}

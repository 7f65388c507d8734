import type { Model } from './inference.js'
import type { StageContext } from './stage.js'
import { formatMs } from './units.js'
import type { ModelState } from './wire.js'

/** Lets a model go while nobody runs it, and counts what that costs the run that comes next. */
export type Rests = {
  /** No run is asked for any more. */
  readonly idle: () => void
  /** A run is asked for. */
  readonly busy: () => void
  /** It is taken up. */
  readonly begun: () => void
  readonly stop: () => void
  readonly resting: () => boolean
  readonly reloads: () => number
  /** How long the last run waited that found it resting. */
  readonly reloadMs: () => number | null
}

/** @param afterMs on the run's clock; undefined: never */
export function restAfter(
  afterMs: number | undefined,
  { runtime, name: stage }: StageContext,
  name: string,
  model: () => Pick<Model<never, unknown>, 'rest' | 'sessions'> | null,
  before?: Pick<ModelState, 'reloads' | 'reloadMs'>,
): Rests {
  const { clock } = runtime
  let cancel: (() => void) | null = null
  let idleSinceMs: number | null = null
  let resting = false
  let wokenAtMs: number | null = null
  let reloads = before?.reloads ?? 0
  let reloadMs = before?.reloadMs ?? null
  const words = formatMs(afterMs ?? 0)

  const rest = async (): Promise<void> => {
    const letGo = (await model()?.rest?.()) ?? false
    // A run may have been asked for meanwhile, and has loaded it anew already.
    if (!letGo) return
    runtime.tell('info', `${stage}: model ${name} was let go of, as it did not run for ${words}`)
  }

  /** One timer, not one a run: it looks when it is called for how long nothing has run. */
  const watch = (dueMs: number, afterMs: number): void => {
    cancel = clock.at(dueMs, () => {
      cancel = null
      if (idleSinceMs === null) return
      if (clock.nowMs() < idleSinceMs + afterMs) watch(idleSinceMs + afterMs, afterMs)
      else {
        resting = true
        void rest()
      }
    })
  }

  return {
    idle: () => {
      if (afterMs === undefined || resting) return
      idleSinceMs = clock.nowMs()
      if (cancel === null) watch(idleSinceMs + afterMs, afterMs)
    },
    busy: () => {
      idleSinceMs = null
      if (!resting) return
      resting = false
      // Another holder may have kept it.
      if (model()?.sessions?.() === 0) wokenAtMs = clock.nowMs()
    },
    begun: () => {
      if (wokenAtMs === null) return
      reloads++
      reloadMs = clock.nowMs() - wokenAtMs
      wokenAtMs = null
      runtime.tell(
        'info',
        `${stage}: model ${name} was loaded anew after it had rested, in ${formatMs(Math.round(reloadMs))}`,
      )
    },
    stop: () => {
      cancel?.()
      cancel = null
      idleSinceMs = null
    },
    resting: () => resting,
    reloads: () => reloads,
    reloadMs: () => reloadMs,
  }
}

import type { Clock } from '../core/clock.js'
import type { fc } from './fast-check.js'

/**
 * A clock on which the answers of real work come in an order that is drawn: races of promises, by `fc.scheduler()` (T2).
 * Run what is examined inside `scheduler.waitFor`.
 *
 * @example
 * fc.asyncProperty(fc.scheduler(), async (scheduler) => {
 *   const clock = createVirtualClock()
 *   const runtime = new Runtime({ clock: answersInAnyOrder(clock, scheduler) })
 *   // … subscribe to what works in that runtime
 *   await scheduler.waitFor(clock.run(() => false))
 * })
 */
export function answersInAnyOrder(clock: Clock, scheduler: fc.Scheduler): Clock {
  return {
    virtual: clock.virtual,
    nowMs: clock.nowMs,
    at: clock.at,
    timers: clock.timers,
    work: (key, start, deliver) =>
      clock.work(
        key,
        (answer) => {
          const promise = start(answer)
          if (promise === undefined) return undefined
          return scheduler.schedule(Promise.resolve(promise), `${key.stage} ${String(key.seq)}`)
        },
        deliver,
      ),
  }
}

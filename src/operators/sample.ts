import { z } from 'zod'
import { definePassing } from '../core/define.js'
import { anyPort } from '../core/stage.js'
import { rate } from '../core/units.js'
import { keeping } from './keeping.js'
import { NewestOfEach } from './newest-of-each.js'

const options = z.strictObject({ rate: rate().describe('ticks a second, on the clock') })

/** Floating point is no reason to wait for the next tick, as a share of a period. */
const hair = 1e-9

/**
 * Says for each time which tick comes next, by number: ticks are at whole multiples of the period on the run's clock, so they
 * do not drift. What comes at the very instant of a tick belongs to it, unless that tick was already given.
 */
export function createTicks(periodMs: number): (nowMs: number) => number {
  let last = -Infinity
  return (nowMs) => {
    last = Math.max(Math.ceil(nowMs / periodMs - hair), last + 1)
    return last
  }
}

/**
 * Gives at each tick of the clock the newest packet of each origin since the last tick, and nothing where none came.
 *
 *     in    -a-b----c-----d-|
 *     tick  |----|----|----|-    sample('20Hz'): a is counted as overtaken
 *     out   -----b----c----d|
 *
 * Order stays for each origin; what a newer one replaces is dropped as `overtaken`. On completion what waits is still delivered.
 * No timer runs while nothing waits. (By the clock: what is recorded and read fast goes through `throttle`, by capture time.)
 *
 * @example
 * pose$.pipe(sample('10Hz'))
 */
export const sample = definePassing({
  name: 'sample',
  summary: 'Gives the newest packet at each tick of the clock, and nothing where none came.',
  input: anyPort,
  output: anyPort,
  options,
  changeable: ['rate'],
  main: 'rate',
  example: { rate: '10Hz' },
  metersItself: true,
  keeps: true,
  packets: (settings, context) => {
    const periodMs = 1000 / settings.rate
    return keeping(context, ({ meter, give, alarm }) => {
      const newest = new NewestOfEach<unknown>(meter)
      const nextTick = createTicks(periodMs)
      const giveAll = (): void => {
        newest.takeAll().forEach(give)
      }
      const tick = alarm(giveAll)
      return {
        take(packet, nowMs) {
          if (newest.size === 0) tick.set(nextTick(nowMs) * periodMs)
          newest.put(packet, nowMs)
        },
        finish: giveAll,
        discard: () => {
          newest.discard()
        },
      }
    })
  },
})

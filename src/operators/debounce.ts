import { z } from 'zod'
import { definePassing } from '../core/define.js'
import type { Origin } from '../core/packet.js'
import { anyPort } from '../core/stage.js'
import { duration } from '../core/units.js'
import { type Alarm, keeping } from './keeping.js'
import { NewestOfEach } from './newest-of-each.js'

const options = z.strictObject({
  quiet: duration({ above: 0 }).describe('nothing more came for so long, on the clock'),
})

/**
 * Gives the newest packet once nothing more of its origin came for a while.
 *
 *     in    -a-b-c------d|
 *     out   --------c----d|    debounce('30ms'): a and b are counted as overtaken
 *
 * Order stays for each origin; what a newer one replaces is dropped as `overtaken`. On completion what waits is delivered at once.
 * What never pauses never passes: `sample` gives something all the same.
 *
 * @example
 * speech$.pipe(debounce('200ms'))
 */
export const debounce = definePassing({
  name: 'debounce',
  summary: 'Gives the newest packet once nothing more came for a while.',
  input: anyPort,
  output: anyPort,
  options,
  changeable: ['quiet'],
  main: 'quiet',
  example: { quiet: '200ms' },
  metersItself: true,
  keeps: true,
  packets: (settings, context) =>
    keeping(context, ({ meter, give, alarm }) => {
      const newest = new NewestOfEach<unknown>(meter)
      const alarms = new Map<Origin, Alarm>()
      const alarmOf = (origin: Origin): Alarm => {
        const known = alarms.get(origin)
        if (known !== undefined) return known
        const made = alarm(() => {
          newest.take(origin).forEach(give)
        })
        alarms.set(origin, made)
        return made
      }
      return {
        take(packet, nowMs) {
          newest.put(packet, nowMs)
          alarmOf(packet.origin).set(nowMs + settings.quiet)
        },
        finish: () => {
          newest.takeAll().forEach(give)
        },
        discard: () => {
          newest.discard()
        },
      }
    }),
})

import { filter } from 'rxjs'
import { z } from 'zod'
import { definePassing } from '../core/define.js'
import type { Origin, Packet } from '../core/packet.js'
import { anyPort } from '../core/stage.js'
import { rate } from '../core/units.js'

const options = z.strictObject({ rate: rate().describe('passes at most so many a second, by capture time') })

/** Floating point is no reason to pass or drop. */
const hairMs = 1e-6

/**
 * Says for each capture time whether it passes: one for each slot of a grid, with half a period's tolerance,
 * so that 30 fps with jitter through 30 fps loses nothing. A gap starts the grid anew.
 */
export function createGrid(periodMs: number): (capturedAtMs: number) => boolean {
  let dueMs = -Infinity
  return (capturedAtMs) => {
    if (capturedAtMs <= dueMs - periodMs / 2 + hairMs) return false
    dueMs = capturedAtMs > dueMs + periodMs / 2 ? capturedAtMs + periodMs : dueMs + periodMs
    return true
  }
}

/**
 * Passes at most so many packets a second, by capture time, for each origin.
 *
 *     in    -a-b-c-d-e-f-    60 fps
 *     out   -a---c---e---    throttle('30fps'): b, d and f are counted as rate
 *
 * Order stays; what is too many is dropped as `rate`; completes with its source. (RxJS's own `throttle` goes by arrival
 * and lets 30 fps with jitter lose every other one.)
 *
 * @example
 * media('demo:demo.mp4').video$.pipe(throttle('10fps'))
 */
export const throttle = definePassing({
  name: 'throttle',
  summary: 'Passes at most so many packets a second, by capture time.',
  input: anyPort,
  output: anyPort,
  options,
  main: 'rate',
  example: { rate: '30fps' },
  packets: (settings, { meter }) => {
    const periodMs = 1000 / settings.rate
    return (source) => {
      const grids = new Map<Origin, (capturedAtMs: number) => boolean>()
      return source.pipe(
        filter((packet: Packet<unknown>) => {
          let passes = grids.get(packet.origin)
          if (passes === undefined) {
            passes = createGrid(periodMs)
            grids.set(packet.origin, passes)
          }
          if (passes(packet.capturedAtMs)) return true
          meter.dropped('rate')
          return false
        }),
      )
    }
  },
})

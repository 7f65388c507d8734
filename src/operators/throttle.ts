import { Observable } from 'rxjs'
import { z } from 'zod'
import { definePassing } from '../core/define.js'
import { drive } from '../core/drive.js'
import type { Packet } from '../core/packet.js'
import { anyPort } from '../core/stage.js'
import { rate } from '../core/units.js'
import { byOrigin, telling } from './by-origin.js'

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
 * Order stays; what is too many is dropped as `rate`, which is no loss; completes with its source. (RxJS's own `throttle` goes
 * by arrival and lets 30 fps with jitter lose every other one.)
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
  changeable: ['rate'],
  main: 'rate',
  example: { rate: '30fps' },
  packets:
    (settings, { meter }) =>
    (source) =>
      new Observable((downstream) => {
        const origins = byOrigin(() => createGrid(1000 / settings.rate))
        drive(
          source,
          downstream,
          (packet: Packet<unknown>) => {
            const known = origins(packet)
            if (known.state(packet.capturedAtMs)) downstream.next(telling(packet, known))
            else {
              known.untold += packet.lost
              meter.dropped('rate')
            }
          },
          () => {
            downstream.complete()
          },
        )
      }),
})

import { Observable } from 'rxjs'
import { z } from 'zod'
import { definePassing } from '../core/define.js'
import { drive } from '../core/drive.js'
import type { Packet } from '../core/packet.js'
import { anyPort } from '../core/stage.js'
import { duration } from '../core/units.js'
import { byOrigin, telling } from './by-origin.js'
import { equalValues } from './equal-values.js'

const options = z.strictObject({
  within: duration({ above: 0 })
    .exactOptional()
    .describe('an equal value passes again after so long, by capture time; never unless told'),
})

/** Says for each value of one stream whether it is news: it differs from the last that was, or that was long ago. */
export function createNews(withinMs: number): (value: unknown, capturedAtMs: number) => boolean {
  let last: { readonly value: unknown; readonly atMs: number } | null = null
  return (value, capturedAtMs) => {
    if (last !== null && capturedAtMs - last.atMs < withinMs && equalValues(last.value, value)) return false
    last = { value, atMs: capturedAtMs }
    return true
  }
}

/**
 * Drops a value that equals the last one of its origin: plain objects, lists and typed arrays part by part.
 *
 *     in    -a-a-b-b-b-a-|
 *     out   -a---b-----a-|    dedupe()
 *
 * Order stays; what is equal is dropped as `equal`; completes with its source. A frame is equal only to itself. To compare a
 * part, take that part first: `mapValue(({ speaking }) => speaking)`.
 *
 * @example
 * speech$.pipe(dedupe({ within: '1s' }))
 */
export const dedupe = definePassing({
  name: 'dedupe',
  summary: 'Drops a value that equals the last one of its origin.',
  input: anyPort,
  output: anyPort,
  options,
  main: 'within',
  example: { within: '1s' },
  packets:
    ({ within }, { meter }) =>
    (source) =>
      new Observable((downstream) => {
        const origins = byOrigin(() => createNews(within ?? Infinity))
        drive(
          source,
          downstream,
          (packet: Packet<unknown>) => {
            const known = origins(packet)
            if (known.state(packet.value, packet.capturedAtMs)) downstream.next(telling(packet, known))
            else {
              known.untold += packet.lost
              meter.dropped('equal')
            }
          },
          () => {
            downstream.complete()
          },
        )
      }),
})

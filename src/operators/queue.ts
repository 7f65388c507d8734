import { z } from 'zod'
import { definePassing } from '../core/define.js'
import type { EdgeOptions } from '../core/edge.js'
import { anyPort } from '../core/stage.js'
import { throughEdge } from '../core/through-edge.js'
import { duration } from '../core/units.js'

const options = z
  .strictObject({
    whenFull: z
      .enum(['block', 'drop-oldest', 'drop-newest', 'latest', 'fail'])
      .default('latest')
      .describe('what happens to a packet that arrives when it is full'),
    capacity: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .exactOptional()
      .describe('packets that may wait; 10 unless told, latest is always 1'),
    maxAge: duration({ above: 0 }).exactOptional().describe('older packets are dropped as stale, never delivered'),
  })
  .refine((queue) => queue.whenFull !== 'latest' || (queue.capacity ?? 1) === 1, {
    path: ['capacity'],
    message: 'latest keeps one packet: leave capacity out, or write whenFull: drop-oldest',
  })

/** The options of an edge as they were written. */
export function edgeOptions(settings: z.output<typeof options>): EdgeOptions {
  const { whenFull } = settings
  return {
    whenFull,
    capacity: whenFull === 'latest' ? 1 : (settings.capacity ?? 10),
    maxAgeMs: settings.maxAge ?? null,
  }
}

/**
 * Waits for whoever is busy downstream, bounded: the edge between two stages (E1–E3, E5, E7, E8).
 *
 *     in    -a-b-c-d------    the stage after it takes a, and is busy until e
 *     out   -a--------d---    queue('latest'): b and c are counted as overflow, d says lost: 2
 *
 * Order stays. Full: as `whenFull` says; `block` holds the gate of whoever feeds it, and is refused on a live source.
 * On completion what waits is still delivered.
 *
 * @example
 * media('demo:demo.mp4').video$.pipe(queue({ whenFull: 'latest', maxAge: '100ms' }), detectFaces())
 * @throws SaccadeError `overflow` with `fail`; `config` for `block` on a live source
 */
export const queue = definePassing({
  name: 'queue',
  summary: 'Waits for whoever is busy downstream, bounded; what is too much is dropped as it says, and counted.',
  input: anyPort,
  output: anyPort,
  options,
  main: 'whenFull',
  example: { whenFull: 'drop-oldest', capacity: 10, maxAge: '100ms' },
  metersItself: true,
  packets: (settings, context) => {
    const edge = edgeOptions(settings)
    return (source) => throughEdge(source, edge, context)
  },
})

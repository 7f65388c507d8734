import type { MonoTypeOperatorFunction } from 'rxjs'
import { z } from 'zod'
import type { Merge } from '../core/conflate.js'
import { definePassing, type PassingOperator } from '../core/define.js'
import type { EdgeOptions } from '../core/edge.js'
import type { WrittenHow } from '../core/how.js'
import type { Packet } from '../core/packet.js'
import { anyPort } from '../core/stage.js'
import { throughEdge } from '../core/through-edge.js'
import { bytes, duration } from '../core/units.js'

const inCodeOnly =
  "conflate merges by a function, which no file can hold: write latest or drop-oldest here, or queue({ whenFull: 'conflate', conflate: (waiting, arriving) => … }) in code"

const options = z
  .strictObject({
    whenFull: z
      .enum(['block', 'drop-oldest', 'drop-newest', 'latest', 'fail', 'conflate'])
      .default('latest')
      .describe('what happens to a packet that arrives when it is full'),
    capacity: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .exactOptional()
      .describe('packets that may wait; 10 unless told, latest and conflate are always 1'),
    bytes: bytes({ above: 0 })
      .exactOptional()
      .describe('pictures and sound that may wait, such as 2MB; a packet that is larger is dropped'),
    maxAge: duration({ above: 0 }).exactOptional().describe('older packets are dropped as stale, never delivered'),
    conflate: z
      .custom<Merge<unknown>>((merge) => typeof merge === 'function', inCodeOnly)
      .exactOptional()
      .describe('in code only: makes one value of the one that waits and the one that arrives'),
  })
  .refine(({ whenFull, capacity = 1 }) => (whenFull !== 'latest' && whenFull !== 'conflate') || capacity === 1, {
    path: ['capacity'],
    message: 'latest and conflate keep one packet: leave capacity out, or write whenFull: drop-oldest',
  })
  .refine(({ whenFull, conflate }) => whenFull !== 'conflate' || conflate !== undefined, {
    path: ['whenFull'],
    message: inCodeOnly,
  })
  .refine(({ whenFull, conflate }) => whenFull === 'conflate' || conflate === undefined, {
    path: ['conflate'],
    message: 'a function that merges is for whenFull: conflate alone',
  })

/** As the schema gives them. */
export type QueueSettings = z.output<typeof options> & {
  /** Of the plan, which put it there (E6). */
  readonly byDefault?: boolean
}

/** The options of an edge as they were written. */
export function edgeOptions(settings: QueueSettings): EdgeOptions {
  const { whenFull, capacity = 10, bytes: mostBytes, maxAge = null, conflate, byDefault = false } = settings
  return {
    whenFull,
    capacity: whenFull === 'latest' || whenFull === 'conflate' ? 1 : capacity,
    maxAgeMs: maxAge,
    byDefault,
    ...(mostBytes === undefined ? {} : { bytes: mostBytes }),
    ...(conflate === undefined ? {} : { conflate }),
  }
}

/** Options as one writes them in code: what merges knows what it merges. */
export type WrittenQueue<T> = (Omit<z.input<typeof options>, 'conflate'> & { readonly conflate?: Merge<T> }) | string

type Queue = (<T>(what?: WrittenQueue<T>, how?: WrittenHow) => MonoTypeOperatorFunction<Packet<T>>) &
  Pick<PassingOperator<typeof options>, 'definition'>

/**
 * Waits for whoever is busy downstream, bounded: the edge between two stages (E1–E3, E5, E7, E8).
 *
 *     in    -a-b-c-d------    the stage after it takes a, and is busy until e
 *     out   -a--------d---    queue('latest'): b and c are counted as overflow, d says lost: 2
 *
 * Order stays. Full: as `whenFull` says; `block` holds the gate of whoever feeds it, and is refused on a live source;
 * `conflate` makes one packet of the one that waits and the one that arrives, which spans both. What is larger than `bytes`
 * is dropped as overflow. On completion what waits is still delivered.
 *
 * @example
 * media('demo:demo.mp4').video$.pipe(queue({ whenFull: 'latest', maxAge: '100ms' }), detectFaces())
 * @throws SaccadeError `overflow` with `fail`; `config` for `block` on a live source; `stage` where the merging throws
 */
export const queue: Queue = definePassing({
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
}) as Queue

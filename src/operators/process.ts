import type { OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { createContext } from '../core/define.js'
import { SaccadeError } from '../core/errors.js'
import { howSchema, howWords } from '../core/how.js'
import type { Work } from '../core/item.js'
import type { Packet } from '../core/packet.js'
import { runProcess } from '../core/run-process.js'
import { anyPort, type Port } from '../core/stage.js'
import { queue, type WrittenQueue } from './queue.js'

const { concurrency, order, timeout } = howWords

const options = z.strictObject({
  concurrency,
  order,
  timeout,
  onError: z.enum(['fail', 'skip']).exactOptional(),
  by: z
    .custom<(value: never, packet: never) => unknown>((by) => typeof by === 'function', 'must be a function')
    .exactOptional(),
  // Read by `queue` itself.
  queue: z.unknown().optional(),
})

export type ProcessSettings<In> = {
  /** How many items may be under way at once; 1 unless told. */
  readonly concurrency?: number
  /** In which results leave; `input` unless told. `latest` drops those that a newer one of their stream has overtaken. */
  readonly order?: 'input' | 'completion' | 'latest'
  /** An item whose work takes longer is given up, as an error: `'2s'`. */
  readonly timeout?: string
  /** `fail` unless told; `skip` goes on with the next item. */
  readonly onError?: 'fail' | 'skip'
  /** Items of one key are worked on one after another; those of different keys side by side, with no order between them. */
  readonly by?: (value: In, packet: Packet<In>) => unknown
  /**
   * What stands before it, as `queue` takes it; `'none'` drops what cannot be taken. Unless told, E4's default where
   * nothing waits upstream.
   */
  readonly queue?: WrittenQueue<In>
}

/**
 * Does asynchronous work on each packet, bounded: `mergeMap` for packets, with demand, order, a timeout and counters.
 *
 *     in    -a-b-c-------    concurrency: 3; the work is done with b first, then c, then a
 *     out   --------(abc)    order: 'input'
 *     out   -----b--c-a--    order: 'completion'
 *     out   -----b--c----    order: 'latest': a is counted as overtaken, and c says lost: 1
 *
 * One for one: the first value is the result, and where there is none the item is dropped as `empty`. Order as it says, errors
 * too: with `input` one waits for its turn. What is under way, waits for its turn or for another of its key counts for
 * `concurrency` and is held; when that is reached, the gate of the packet that was taken last is held too, and what still
 * comes waits in the edge before it, or is dropped as overflow with `queue: 'none'`. Completes when all have left.
 * An item that is given up (by the end, its timeout, or a newer result with `latest`) has its `signal` aborted and an
 * Observable unsubscribed. A promise keeps its place until it settles, unless its time is up, and its frame in any case.
 *
 * @example
 * found$.pipe(process(({ found }, { signal }) => describe(found, signal), { concurrency: 4, timeout: '2s', onError: 'skip' }))
 * @throws SaccadeError `config`; `timeout`, also where 16 more than may be under way go on after they were given up
 */
export function process<In, Out>(
  work: Work<In, Out>,
  settings: ProcessSettings<In> = {},
): OperatorFunction<Packet<In>, Packet<Out>> {
  const result = options.safeParse(settings)
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'options'}: ${message}`)
    throw new SaccadeError(`cannot make process: ${problems.join('; ')}`, {
      code: 'config',
      stage: 'process',
      remedy: "write for example process(work, { concurrency: 4, timeout: '2s', onError: 'skip' })",
    })
  }
  const { by, queue: before, ...how } = settings
  const context = createContext('process', howSchema.parse(how))
  const keepsNothing = before === 'none'
  const run = runProcess<In, Out>(
    () => work,
    anyPort as Port<In>,
    context,
    by === undefined ? { keepsNothing } : { by, keepsNothing },
  )
  if (before === undefined || before === 'none') return run
  const edge = queue<In>(before)
  return (source) => source.pipe(edge, run)
}

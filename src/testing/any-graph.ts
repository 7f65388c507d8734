import { filter, type Observable, type OperatorFunction, share } from 'rxjs'
import { z } from 'zod'
import { defineOperator, definePassing } from '../core/define.js'
import type { WorkKey } from '../core/clock.js'
import { Frame } from '../core/frame.js'
import type { Packet } from '../core/packet.js'
import type { Runtime } from '../core/runtime.js'
import { anyPort, definePort } from '../core/stage.js'
import { queue } from '../operators/queue.js'
import { fc } from './fast-check.js'

/** One stage of a graph: synchronous, asynchronous, one that drops on purpose, or a queue. */
export type GraphStep =
  | { readonly kind: 'each' }
  | { readonly kind: 'drop'; readonly every: number }
  | { readonly kind: 'work'; readonly costMs: number }
  | { readonly kind: 'queue'; readonly whenFull: Policy; readonly capacity: number }

type Policy = 'block' | 'drop-oldest' | 'drop-newest' | 'latest'

/** A tree of stages: what comes out of its steps goes to each of its branches, or out where there is none. */
export type Graph = { readonly steps: readonly GraphStep[]; readonly branches: readonly Graph[] }

export type GraphOptions = {
  /** Only queues that lose nothing of a source that waits (`block`). */
  readonly lossless?: boolean
  /** How often it may branch in a row; 2 unless told. */
  readonly depth?: number
}

const policies: readonly Policy[] = ['drop-oldest', 'drop-newest', 'latest']

/**
 * Whole graphs: pipes of synchronous and asynchronous stages and queues, which branch. As text they read like a pipe.
 *
 * @example
 * fc.asyncProperty(anyGraph(), anySchedule(), async (graph, schedule) => { … openGraph(graph, runtime, source$) … })
 */
export function anyGraph({ lossless = false, depth = 2 }: GraphOptions = {}): fc.Arbitrary<Graph> {
  const step: fc.Arbitrary<GraphStep> = fc.oneof(
    fc.constant({ kind: 'each' as const }),
    fc.record({ kind: fc.constant('drop' as const), every: fc.integer({ min: 2, max: 5 }) }),
    fc.record({ kind: fc.constant('work' as const), costMs: fc.integer({ min: 0, max: 6 }).map((tens) => tens * 10) }),
    fc.record({
      kind: fc.constant('queue' as const),
      whenFull: lossless ? fc.constant('block' as const) : fc.constantFrom(...policies),
      capacity: fc.integer({ min: 1, max: 4 }),
    }),
  )
  const steps = fc.array(step, { maxLength: 4 })
  const tree = (left: number): fc.Arbitrary<Graph> =>
    fc.record({
      steps,
      branches:
        left === 0
          ? fc.constant([])
          : fc.oneof(fc.constant([]), fc.array(tree(left - 1), { minLength: 2, maxLength: 3 })),
    })
  return tree(depth).map((graph) => Object.assign(graph, { [fc.toStringMethod]: () => graphText(graph) }))
}

/** A graph as one reads it: `each | queue latest | work 20ms → ( … ; … )`. */
export function graphText({ steps, branches }: Graph): string {
  const words = steps.map((step) => {
    if (step.kind === 'work') return `work ${String(step.costMs)}ms`
    if (step.kind === 'drop') return `drop every ${String(step.every)}.`
    return step.kind === 'queue' ? `queue ${step.whenFull} ${String(step.capacity)}` : step.kind
  })
  const pipe = words.length === 0 ? 'as it is' : words.join(' | ')
  return branches.length === 0 ? pipe : `${pipe} → ( ${branches.map(graphText).join(' ; ')} )`
}

type Pipe = OperatorFunction<Packet<unknown>, Packet<unknown>>

const plain = { input: anyPort, output: anyPort, options: z.strictObject({}), example: {} }
const each = defineOperator({ ...plain, name: 'each', summary: 'Passes everything.', each: () => (value) => value })

const drop = definePassing({
  ...plain,
  name: 'drop',
  summary: 'Drops one in so many.',
  options: z.strictObject({ every: z.number() }),
  example: { every: 2 },
  packets: ({ every }, { meter }) =>
    filter(({ seq }) => {
      const passes = seq % every !== every - 1
      if (!passes) meter.dropped('rate')
      return passes
    }),
})

/** What it takes stands in its name: the clock that runs a graph reads it there. */
const work = (costMs: number) =>
  defineOperator({
    ...plain,
    name: `work-${String(costMs)}ms`,
    input: definePort<unknown>('thing', 'anything'),
    summary: 'Takes its time.',
    // A frame is lent no longer than the work on it: what comes out is something else.
    work: () => (value) => Promise.resolve(value instanceof Frame ? value.widthPx : value),
  })

/** How long work in a graph takes, for `watchClock` or `costs`. */
export const costOf = ({ stage }: WorkKey): number => Number(/work-(\d+)ms/.exec(stage)?.[1] ?? 0)

function pipeOf(step: GraphStep): Pipe {
  if (step.kind === 'each') return each()
  if (step.kind === 'drop') return drop({ every: step.every })
  if (step.kind === 'work') return work(step.costMs)()
  const { whenFull, capacity } = step
  return queue(whenFull === 'latest' ? { whenFull } : { whenFull, capacity })
}

/** Makes the pipes of a graph in a runtime, whose clock knows by `costOf` how long work takes; gives what comes out of each of its ends. */
export function openGraph(
  { steps, branches }: Graph,
  runtime: Runtime,
  source$: Observable<Packet<unknown>>,
): readonly Observable<Packet<unknown>>[] {
  const pipes = runtime.run(() => steps.map(pipeOf))
  const out$ = pipes.reduce((before$, pipe) => before$.pipe(pipe), source$)
  if (branches.length === 0) return [out$]
  const shared$ = out$.pipe(share())
  return branches.flatMap((branch) => openGraph(branch, runtime, shared$))
}

/** Whether an item of this number comes out at each end of a graph that loses nothing, in the order of `openGraph`. */
export function endsOf(
  { steps, branches }: Graph,
  passes: (seq: number) => boolean = () => true,
): readonly ((seq: number) => boolean)[] {
  const here = (seq: number): boolean =>
    passes(seq) && steps.every((step) => step.kind !== 'drop' || seq % step.every !== step.every - 1)
  return branches.length === 0 ? [here] : branches.flatMap((branch) => endsOf(branch, here))
}

import { fc } from './fast-check.js'
import { stepMs } from './marbles.js'

/** When an item arrives, and when it was captured. */
export type Arrival = { readonly atMs: number; readonly capturedAtMs: number }

/** How arrivals lie in time. */
export const patterns = ['steady', 'bursty', 'poisson', 'silent'] as const
/** How stamps follow each other: as the items arrive, some late, some equal, some going back (T3). */
export const stamps = ['prompt', 'late', 'equal', 'backward'] as const

export type ArrivalOptions = {
  readonly patterns?: readonly (typeof patterns)[number][]
  readonly stamps?: readonly (typeof stamps)[number][]
  readonly longest?: number
}

/** How a row of arrivals lies in time, as a whole. */
type Manner = {
  readonly pattern: (typeof patterns)[number]
  readonly stamp: (typeof stamps)[number]
  readonly period: number
}
type Drawn = { readonly chance: number; readonly aged: number }

export const anyManner = (options: ArrivalOptions): fc.Arbitrary<Manner> =>
  fc.record({
    pattern: fc.constantFrom(...(options.patterns ?? patterns)),
    stamp: fc.constantFrom(...(options.stamps ?? stamps)),
    period: fc.integer({ min: 1, max: 6 }),
  })

/** What is drawn for each arrival. */
export const drawnFacts = {
  chance: fc.integer({ min: 0, max: 99 }).map((percent) => percent / 100),
  aged: fc.integer({ min: 0, max: 6 }),
}

/** Steps from the item before, by pattern. */
function gapOf({ pattern, period }: Manner, index: number, { chance }: Drawn): number {
  if (pattern === 'steady') return period
  if (pattern === 'bursty') return index % (period + 2) === 0 ? 2 * period : 0
  if (pattern === 'silent') return chance < 0.12 ? 40 : period
  // Exponential gaps: those of a Poisson process.
  return Math.round(-Math.log(1 - chance) * period)
}

/** The same items with their times. */
export function inTime<T extends Drawn>(manner: Manner, items: readonly T[]): readonly (T & Arrival)[] {
  const { stamp } = manner
  let step = 1
  let latest = 0
  return items.map((drawn, index) => {
    step += index === 0 ? 0 : gapOf(manner, index, drawn)
    const captured = { prompt: step, late: step - drawn.aged, equal: step - (step % 5), backward: step - drawn.aged }
    const at = Math.max(captured[stamp], stamp === 'backward' ? 0 : latest)
    latest = Math.max(latest, at)
    return { ...drawn, atMs: step * stepMs, capturedAtMs: at * stepMs }
  })
}

/**
 * Arrivals on a grid of 10 ms: steady, in bursts at one instant, as a Poisson process, or with silences; their stamps prompt,
 * late, standing still for a while, or going back.
 *
 * @example
 * fc.assert(fc.property(anyArrivals({ patterns: ['bursty'] }), (arrivals) => …))
 */
export function anyArrivals(options: ArrivalOptions = {}): fc.Arbitrary<readonly Arrival[]> {
  return fc
    .tuple(anyManner(options), fc.array(fc.record(drawnFacts), { maxLength: options.longest ?? 24, size: 'medium' }))
    .map(([manner, items]) => inTime(manner, items).map(({ atMs, capturedAtMs }) => ({ atMs, capturedAtMs })))
}

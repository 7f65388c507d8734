import { anyManner, type ArrivalOptions, drawnFacts, inTime } from './any-arrivals.js'
import { fc } from './fast-check.js'
import { stepMs } from './marbles.js'
import { type Ending, type Item, Schedule } from './schedule.js'

export type ScheduleOptions<T> = ArrivalOptions & {
  /** What the items carry; numbers unless told. */
  readonly values?: fc.Arbitrary<T>
  /** At most so many origins, merged: a camera and a file; 2 unless told. */
  readonly origins?: 1 | 2
  /** Whether sources wait for their gate: `recorded` ones do, `live` ones do not; either unless told. */
  readonly pace?: 'live' | 'recorded'
  readonly endings?: readonly Ending['how'][]
  /** Whether consumers are busy, and work takes time; true unless told. */
  readonly stalls?: boolean
}

const often: Readonly<Record<Ending['how'], number>> = { complete: 4, error: 2, cancel: 2, take: 2 }

/** How a schedule of so many steps ends: at any point of it, also before its first item and after its last. */
function endingOf(how: Ending['how'], chance: number, lastAtMs: number, items: number): Ending {
  if (how === 'take') return { how, count: 1 + Math.floor(chance * items) }
  if (how === 'complete') return { how, atMs: lastAtMs + stepMs * (1 + Math.round(chance * 3)) }
  return { how, atMs: Math.round((chance * (lastAtMs + 5 * stepMs)) / stepMs) * stepMs }
}

/**
 * Arrivals × a consumer that stalls × an ending: steady, bursty, Poisson and with silence; with equal and backward stamps;
 * consumers and work that take no time, some, or so much that queues overflow; completed, failed or unsubscribed at any
 * point. It shrinks to a drawing that a person can read.
 *
 * @example
 * fc.assert(fc.asyncProperty(anySchedule({ values: fc.integer() }), async (schedule) => …))
 */
export function anySchedule<T = number>(options: ScheduleOptions<T> = {}): fc.Arbitrary<Schedule<T>> {
  const { longest = 24, stalls = true, origins = 2, pace } = options
  const values = options.values ?? (fc.integer({ min: 0, max: 9 }) as unknown as fc.Arbitrary<T>)
  // How loaded it is, as a whole: so that a good part of all schedules overflows, and another never does.
  const load = stalls ? fc.constantFrom(0, 4, 12, 40) : fc.constant(0)
  const item = fc.record({
    ...drawnFacts,
    value: values,
    busy: fc.integer({ min: 0, max: 10 }),
    cost: fc.integer({ min: 0, max: 10 }),
    other: fc.integer({ min: 0, max: 3 }),
    lost: fc.integer({ min: 0, max: 9 }),
  })
  const waits = pace === undefined ? fc.boolean() : fc.constant(pace === 'recorded')
  const endings = fc.oneof(
    { withCrossShrink: true },
    ...(options.endings ?? (['complete', 'error', 'cancel', 'take'] as const)).map((how) => ({
      arbitrary: fc.constant(how),
      weight: often[how],
    })),
  )
  return fc
    .record({
      manner: anyManner(options),
      drawn: fc.array(item, { maxLength: longest, size: 'medium' }),
      merged: origins === 2 ? fc.boolean() : fc.constant(false),
      camera: waits,
      file: waits,
      busyLoad: load,
      costLoad: load,
      how: endings,
      chance: fc.integer({ min: 0, max: 20 }).map((twentieth) => twentieth / 20),
    })
    .map(({ manner, drawn, merged, camera, file, busyLoad, costLoad, how, chance }) => {
      const next = [0, 0]
      const items = inTime(manner, drawn).map(({ atMs, capturedAtMs, value, ...facts }): Item<T> => {
        const origin = merged && facts.other === 3 ? 1 : 0
        const lost = Math.max(0, facts.lost - 7)
        const seq = (next[origin] ?? 0) + lost
        next[origin] = seq + 1
        const busyMs = Math.floor((facts.busy * busyLoad) / 10) * stepMs
        const costMs = Math.floor((facts.cost * costLoad) / 10) * stepMs
        return { atMs, capturedAtMs, value, origin, seq, lost, epoch: 0, busyMs, costMs }
      })
      const lastAtMs = items.at(-1)?.atMs ?? 0
      return new Schedule(
        items,
        [
          { name: 'camera', live: !camera },
          { name: 'other', live: !file },
        ],
        endingOf(how, chance, lastAtMs, items.length),
      )
    })
}

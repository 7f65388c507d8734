import fc from 'fast-check'
import { bytesOf } from '../../src/core/frame.js'
import { anyPicture, anySchedule, type Picture, type Schedule } from '../../src/testing/index.js'
import { type Defined, readExam } from '../../src/testing/exam.js'
import { runTrial, type Trial } from '../../src/testing/trial.js'
import { type ModelEdge, modelEdge, type ModelItem, type Outcome } from './edge-model.js'
import { byteLimits, policies, queueOptions } from './under-test.js'

export const anyEdge: fc.Arbitrary<ModelEdge> = fc
  .record(
    {
      whenFull: fc.constantFrom(...policies),
      capacity: fc.integer({ min: 1, max: 4 }),
      maxAgeMs: fc.integer({ min: 1, max: 60 }),
      bytes: fc.constantFrom(...byteLimits),
    },
    { requiredKeys: ['whenFull', 'capacity'] },
  )
  .map(({ bytes, ...edge }) => ({
    ...edge,
    capacity: edge.whenFull === 'latest' || edge.whenFull === 'conflate' ? 1 : edge.capacity,
    ...(bytes === undefined || bytes === Infinity ? {} : { bytes }),
  }))

/** A source that waits under `block`, as a live one is refused; else whoever comes, merged. */
export const anyEdgeCase: fc.Arbitrary<EdgeCase> = anyEdge.chain((edge) => {
  const blocks = edge.whenFull === 'block'
  const schedule = anySchedule({ values: anyPicture, ...(blocks ? { origins: 1, pace: 'recorded' } : {}) })
  return fc.record({ edge: fc.constant(edge), schedule })
})

const itemsOf = (schedule: Schedule<Picture>): readonly ModelItem[] =>
  schedule.items.map((item) => {
    const { format, widthPx, heightPx } = item.value
    return { ...item, bytes: bytesOf(format, widthPx, heightPx) }
  })

export type EdgeCase = { readonly edge: ModelEdge; readonly schedule: Schedule<Picture> }

export type Compared = { readonly model: Outcome; readonly found: Outcome; readonly trial: Trial }

/** What the model says of a case, and what the edge that is examined does. */
export async function compareEdge(
  { edge, schedule }: EdgeCase,
  examined: Defined,
  written: (edge: ModelEdge) => unknown = queueOptions,
): Promise<Compared> {
  const model = modelEdge(edge, itemsOf(schedule), schedule.ending)
  const trial = await runTrial(readExam(examined, { options: written(edge) }), schedule)
  const state = trial.states.get('queue')
  const dropped = (reason: 'overflow' | 'stale' | 'shutdown'): number => state?.dropped[reason] ?? 0
  const names = schedule.origins.map(({ name }) => name)
  const found: Outcome = {
    given: trial.given.map(({ atMs, packet: { origin, seq, lost } }) => {
      return { origin: names.indexOf(origin.name), seq, lost, atMs }
    }),
    ended: trial.ended === 'error' && String(trial.failure).includes('is full') ? 'overflow' : trial.ended,
    counts: {
      in: state?.in ?? 0,
      out: state?.out ?? 0,
      overflow: dropped('overflow'),
      stale: dropped('stale'),
      shutdown: dropped('shutdown'),
      merged: state?.merged ?? 0,
    },
    mostHeld: trial.mostHeld,
  }
  return { model, found, trial }
}

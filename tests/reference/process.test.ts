import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { definePassing } from '../../src/core/define.js'
import { anyPort } from '../../src/core/stage.js'
import { anySchedule, type Schedule } from '../../src/testing/index.js'
import { readExam } from '../../src/testing/exam.js'
import { runTrial, type Trial } from '../../src/testing/trial.js'
import { runs } from '../helpers/runs.js'
import { type ModelProcess, modelProcess, type WorkItem } from './process-model.js'
import { offers, processUnderTest, queueUnderTest } from './under-test.js'

/** What the work on an item does. */
type Value = { readonly fails: boolean; readonly key: number }

const anyProcess: fc.Arbitrary<ModelProcess> = fc
  .record({
    concurrency: fc.constantFrom(...offers.concurrency),
    order: fc.constantFrom(...offers.orders),
    onError: fc.constantFrom('fail' as const, 'skip' as const),
    // Never at the instant of an answer: which of the two comes first is nobody's promise.
    timeoutMs: offers.timeout
      ? fc.option(fc.integer({ min: 0, max: 9 }).map((tens) => tens * 10 + 7.3))
      : fc.constant(null),
    byKey: offers.byKey ? fc.boolean() : fc.constant(false),
    queue: fc.constantFrom(...(offers.withoutQueue ? [0] : []), 1, 3, 1000),
  })
  .map(({ timeoutMs, ...options }) => (timeoutMs === null ? options : { ...options, timeoutMs }))

const anyValue = fc.record({ fails: fc.integer({ min: 0, max: 9 }).map((n) => n === 9), key: fc.nat(2) })

/** The stage of a case: a queue, then work; as one, so that a single trial sees both. */
function stageOf(options: ModelProcess) {
  return definePassing({
    name: 'work',
    summary: 'A queue and work behind it.',
    input: anyPort,
    output: anyPort,
    options: z.strictObject({}),
    example: {},
    metersItself: true,
    packets: (_, context) => (source) => {
      const { runtime } = context
      const edge = runtime.run(() => queueUnderTest({ whenFull: 'drop-oldest', capacity: Math.max(1, options.queue) }))
      const work = processUnderTest(
        (value) => ((value as Value).fails ? Promise.reject(new Error('it failed')) : Promise.resolve(value)),
        options,
        context,
      )
      return options.queue === 0 ? source.pipe(work) : source.pipe(edge, work)
    },
  })
}

const itemsOf = ({ items }: Schedule<Value>): readonly WorkItem[] =>
  items.map((item) => ({ ...item, fails: item.value.fails, key: item.value.key }))

const dropped = ({ states }: Trial, reason: string): number =>
  [...states.values()].reduce((sum, state) => sum + (state.dropped[reason as 'error'] ?? 0), 0)

test('law: on any schedule work gives what the model gives, when it does, and drops what it drops', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyProcess,
      anySchedule({ values: anyValue, origins: 1, pace: 'live', stamps: ['prompt'] }),
      async (options, schedule) => {
        const model = modelProcess(options, itemsOf(schedule), schedule.ending)
        const trial = await runTrial(readExam(stageOf(options), {}), schedule)
        const failed = trial.ended === 'error' && !String(trial.failure).includes('as the schedule says')
        const given = trial.given.map(({ atMs, packet }) => ({ seq: packet.seq, atMs }))
        const ended = failed ? 'stage' : trial.ended
        expect({ given, ended }).toEqual({ given: model.given, ended: model.ended })
        // What is cut off in the middle of an instant may or may not have been counted before.
        if (ended === 'complete' || ended === 'error') {
          expect({
            overflow: dropped(trial, 'overflow'),
            error: dropped(trial, 'error'),
            overtaken: dropped(trial, 'overtaken'),
          }).toEqual(model.counts)
        }
        expect(model.mostUnderWay).toBeLessThanOrEqual(options.concurrency)
        if (options.order === 'completion' || options.byKey) return
        if (!offers.tellsWhatItSkipped && model.counts.error > 0) return
        for (const [index, { packet }] of trial.given.entries()) {
          const before = trial.given[index - 1]?.packet.seq ?? -1
          expect(packet.lost, 'E8: what was lost before it is the gap').toBe(packet.seq - before - 1)
        }
      },
    ),
    { numRuns: runs(1000) },
  )
})

import fc from 'fast-check'
import { map } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineOperator } from '../../src/core/define.js'
import { type Packet, withValue } from '../../src/core/packet.js'
import { definePort } from '../../src/core/stage.js'
import { BrokenContract, conforms } from '../../src/testing/index.js'
import { readExam } from '../../src/testing/exam.js'
import { Report } from '../../src/testing/report.js'
import { runTrial } from '../../src/testing/trial.js'
import { anySchedule } from '../../src/testing/any-schedule.js'

const numberPort = definePort<number>('number', 'a number')
const plain = { summary: 'Doubles.', input: numberPort, output: numberPort, options: z.strictObject({}), example: {} }
const double = defineOperator({ ...plain, name: 'double', each: () => (value) => value * 2 })
const values = fc.integer({ min: 0, max: 9 })

test('a report has a line for each rule, with how many schedules showed it', async () => {
  const report = await conforms(double, { values, runs: 50, seed: 7 })
  const lines = report.toString().split('\n')
  expect(lines[0]).toBe('double keeps the contract (seed 7)')
  expect(lines.slice(1).map((line) => line.trim().split(' ')[0])).toEqual(
    'P1 T1 T2 T3 E1 E3 E5 E7 E8 E10 S1 S2 S3 S5 S6 S7 I3 C1 C4'.split(' '),
  )
  expect(lines).toContain('  E7  holds (50 schedules)')
  expect(lines).toContain('  I3  – does not apply')
  expect(report.broken).toEqual([])
})

test('the same seed draws the same schedules', async () => {
  const broken = defineOperator({
    ...plain,
    name: 'late',
    packets: () => map((packet: Packet<number>) => ({ ...packet, lost: 9 })),
  })
  const told = (): Promise<string> =>
    conforms(broken, { values, runs: 50, seed: 5 }).then(
      () => '',
      (error: unknown) => (error instanceof BrokenContract ? error.message : String(error)),
    )
  expect(await told()).toBe(await told())
  expect(await told()).toContain('E8  broken: camera 0 says 9 lost before it: there were 0')
})

test("values of a port of one's own have to be passed", async () => {
  await expect(conforms(double)).rejects.toMatchObject({
    message: "cannot make values for the port number as it is not one of the package's own",
    remedy: 'pass an arbitrary: conforms(stage, { values: fc.integer() })',
  })
})

test('options that are refused are told before anything runs', async () => {
  await expect(conforms(double, { values, options: { by: 3 } })).rejects.toMatchObject({
    code: 'config',
    stage: 'double',
  })
})

test("an example that is refused is the stage's own fault", async () => {
  const options = z.strictObject({ by: z.number() })
  const wrong = defineOperator({
    ...plain,
    name: 'wrong',
    options,
    example: { by: 'x' as never },
    each: () => (value) => value,
  })
  await expect(conforms(wrong, { values })).rejects.toMatchObject({ remedy: 'mend its example' })
})

test('what breaks in one proof is broken, whatever others say', () => {
  const report = new Report('stage', 1, [
    { rule: 'S3', verdict: 'holds', schedules: 10 },
    { rule: 'S3', verdict: 'broken', schedules: 3, fault: 'it is wrong', smallest: 'camera  -a|\ncost    a 10ms' },
    { rule: 'S1', verdict: 'holds', schedules: 4 },
    { rule: 'S1', verdict: 'holds', schedules: 1 },
  ])
  expect(report.broken).toEqual(['S3'])
  const [head, , , ,] = report.toString().split('\n')
  expect(head).toBe('stage breaks S3 (seed 1)')
  expect(report.toString()).toContain('  S1  holds (5 schedules)\n')
  expect(report.toString()).toContain('  S3  broken: it is wrong\n        camera  -a|\n        cost    a 10ms\n')
})

test('law: a trial knows of each packet when it came, when it went, and what it was', async () => {
  const stage = defineOperator({
    ...plain,
    name: 'plus',
    packets: () => map((packet: Packet<number>) => withValue(packet, packet.value + 1)),
  })
  await fc.assert(
    fc.asyncProperty(anySchedule({ values, pace: 'live', endings: ['complete'] }), async (schedule) => {
      const trial = await runTrial(readExam(stage, { values }), schedule)
      expect(trial.fed.map(({ item }) => item)).toEqual(schedule.items)
      expect(trial.given.map(({ atMs, text }) => [atMs, text])).toEqual(
        schedule.items.map(({ atMs, value }) => [atMs, String(value + 1)]),
      )
      expect(trial).toMatchObject({
        ended: 'complete',
        sourceEnded: true,
        cancelled: false,
        waiting: [],
        left: [],
        dry: true,
      })
    }),
  )
})

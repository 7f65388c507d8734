import { anySchedule, type ScheduleOptions } from './any-schedule.js'
import { type Exam, formOf } from './exam.js'
import { fc } from './fast-check.js'
import { packetRules } from './packet-rules.js'
import { createProof, type Proof } from './proof.js'
import { stageRules } from './stage-rules.js'
import { runTrial } from './trial.js'

const rules = { ...packetRules, ...stageRules }

/** Values of what is examined; those of a stream count nothing. */
export const valuesOf = ({ values }: Exam): fc.Arbitrary<unknown> => values ?? fc.constant(0)

/** What every schedule of an exam has. */
export const schedulesOf = (exam: Exam): ScheduleOptions<unknown> =>
  exam.pace === null ? { values: valuesOf(exam) } : { values: valuesOf(exam), pace: exam.pace }

/** Whether `onError: skip` is known to a stage: only where the engine makes one result of one item. */
export const canSkip = ({ stage }: Exam): boolean => formOf(stage) === 'each' || formOf(stage) === 'work'

/** Every rule that a single run can show, on schedules of all kinds. */
export function ordinaryProof(exam: Exam): Proof {
  const origins = exam.stage.kind === 'operator' ? 2 : 1
  return createProof({
    cases: fc.record({
      schedule: anySchedule({ ...schedulesOf(exam), origins }),
      skips: canSkip(exam) ? fc.boolean() : fc.constant(false),
    }),
    runs: exam.runs,
    shrinks: !exam.real,
    look: async ({ schedule, skips }) => {
      const how = skips ? ({ ...exam.how, onError: 'skip' } as const) : exam.how
      const trial = await runTrial(exam, schedule, { how })
      return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, rule(trial)]))
    },
    told: ({ schedule, skips }) => `${schedule.toString()}${skips ? '\nwith onError: skip' : ''}`,
  })
}

/** The calls of an operator that touches packets as they are: the counting around it would hide what RxJS forbids (S1). */
export function grammarProof(exam: Exam): Proof {
  return createProof({
    cases: anySchedule(schedulesOf(exam)),
    runs: exam.runs,
    look: async (schedule) => ({ S1: stageRules['S1']?.(await runTrial(exam, schedule, { raw: true })) ?? null }),
    told: (schedule) => schedule.toString(),
  })
}

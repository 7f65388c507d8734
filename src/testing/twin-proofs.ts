import { SaccadeError } from '../core/errors.js'
import type { How } from '../core/stage.js'
import { answersInAnyOrder } from './answers-in-any-order.js'
import { anySchedule, type ScheduleOptions } from './any-schedule.js'
import { type Exam, formOf } from './exam.js'
import { fc } from './fast-check.js'
import { canSkip, schedulesOf } from './ordinary-proof.js'
import { createProof, type Proof } from './proof.js'
import type { Item, Schedule } from './schedule.js'
import { runTrial, type Trial } from './trial.js'
import { failedItself, nameOf, type Verdict } from './verdict.js'

/** A twin takes two runs or three: a part of the schedules is enough. */
const runsOf = ({ runs }: Exam): number => Math.ceil(runs * 0.3)

/** Schedules on which no queue overflows and no two items compete for anything. */
const calm = (exam: Exam, more: Partial<ScheduleOptions<unknown>> = {}): fc.Arbitrary<Schedule<unknown>> =>
  anySchedule<unknown>({
    ...schedulesOf(exam),
    patterns: ['steady', 'silent'],
    stamps: ['prompt', 'late'],
    endings: ['complete'],
    stalls: false,
    ...more,
  }).map((schedule) => schedule.with({ items: schedule.items.map((item) => ({ ...item, lost: 0 })) }))

type Line = { readonly origin: string; readonly epoch: number; readonly text: string }

const linesOf = ({ given, ended }: Trial): readonly Line[] => [
  ...given.map(({ packet, text, atMs }) => {
    const { origin, epoch } = packet
    return { origin: origin.name, epoch, text: `${nameOf(packet)} at ${String(atMs)} ms: ${text}` }
  }),
  { origin: '', epoch: 1, text: ended ?? 'no end' },
]

/** What differs first between what two runs gave. */
function difference(one: readonly Line[], other: readonly Line[], words: readonly [string, string]): string | null {
  const at = [...one, ...other].findIndex((_, index) => one[index]?.text !== other[index]?.text)
  if (at < 0) return null
  return `${words[0]} it gives ${one[at]?.text ?? 'nothing more'}, ${words[1]} ${other[at]?.text ?? 'nothing more'}`
}

/** What fails on its items all the same is told to skip them: the twin must not end where the other goes on. */
const goingOn = (exam: Exam): How => (canSkip(exam) ? { ...exam.how, onError: 'skip' } : exam.how)

const told = (schedule: Schedule<unknown>): string => schedule.toString()

/** S2: two origins merged give what each gives alone. */
export function originsProof(exam: Exam): Proof {
  return createProof({
    cases: calm(exam),
    runs: runsOf(exam),
    told,
    async look(schedule) {
      const both = linesOf(await runTrial(exam, schedule, { how: goingOn(exam) }))
      const used = schedule.origins.filter((_, which) => schedule.items.some(({ origin }) => origin === which))
      if (used.length < 2) return { S2: null }
      for (const [which, { name }] of schedule.origins.entries()) {
        const items = schedule.items.filter(({ origin }) => origin === which)
        const alone = linesOf(await runTrial(exam, schedule.with({ items }), { how: goingOn(exam) }))
        const own = both.filter(({ origin }) => origin === name || origin === '')
        const fault = difference(own, alone, [`among others`, 'alone'])
        if (fault !== null) return { S2: `what it keeps is not kept for each origin: ${fault}` }
      }
      return { S2: true }
    },
  })
}

/** A value that cannot be looked at: whoever does, fails. */
const poison: unknown = new Proxy(
  {},
  {
    get() {
      throw new TypeError('a value that cannot be read')
    },
    has() {
      throw new TypeError('a value that cannot be read')
    },
  },
)

const isBad = (index: number): boolean => index % 3 === 1

/** S3: `skip` drops the item that failed and keeps the state; `fail` ends, and says where it was. */
export function skipProof(exam: Exam): Proof {
  return createProof({
    cases: calm(exam, { origins: 1 }),
    runs: runsOf(exam),
    told: (schedule) => `${told(schedule)}\nwith values that cannot be read, the 2nd, 5th, 8th …`,
    async look(schedule) {
      const items = schedule.items.map((item, index): Item<unknown> =>
        isBad(index) ? { ...item, value: poison } : item,
      )
      const how = goingOn(exam)
      const skipped = await runTrial(exam, schedule.with({ items }), { how })
      const failures = skipped.states.get(exam.stage.name)?.dropped['error'] ?? 0
      const whole = await runTrial(exam, schedule, { how })
      // What it gives without looking is given; what fails anyway shows nothing here.
      if (failures === 0 || (whole.states.get(exam.stage.name)?.dropped['error'] ?? 0) > 0) return { S3: null }
      if (failedItself(skipped)) return { S3: `told to skip what fails, it ends: ${String(skipped.failure)}` }
      const without = await runTrial(
        exam,
        schedule.with({ items: schedule.items.filter((_, index) => !isBad(index)) }),
        { how },
      )
      const fault = difference(linesOf(skipped), linesOf(without), ['with items that it skips', 'without them'])
      if (fault !== null) return { S3: `skip does not keep its state: ${fault}` }
      return { S3: placed(await runTrial(exam, schedule.with({ items }), { how: { ...exam.how, onError: 'fail' } })) }
    },
  })
}

function placed({ failure, ended, schedule, exam }: Trial): Verdict {
  if (ended !== 'error') return 'told to fail, it goes on after an item that failed'
  const at = schedule.items[1]
  const { stage, origin, seq } = failure instanceof SaccadeError ? failure : {}
  if (stage === exam.stage.name && origin === 'camera' && seq === at?.seq) return true
  return `it failed on camera ${String(at?.seq)} and says ${String(stage)}, ${String(origin)} ${String(seq)}`
}

/** S3: where the epoch grows, what stands upstream was built anew, and so is all that it keeps of that stream. */
export function epochProof(exam: Exam): Proof {
  return createProof({
    cases: calm(exam, { origins: 1 }),
    runs: runsOf(exam),
    told: (schedule) => told(inTwoEpochs(schedule)),
    async look(schedule) {
      const twice = inTwoEpochs(schedule)
      const after = twice.with({ items: twice.items.filter(({ epoch }) => epoch === 1) })
      if (after.items.length === twice.items.length) return { S3: null }
      const second = (trial: Trial): readonly Line[] => linesOf(trial).filter(({ epoch }) => epoch === 1)
      const whole = second(await runTrial(exam, twice, { how: goingOn(exam) }))
      const anew = second(await runTrial(exam, after, { how: goingOn(exam) }))
      const fault = difference(whole, anew, ['after a restart upstream', 'built anew'])
      return { S3: fault === null ? true : `it keeps state over a restart: ${fault}` }
    },
  })
}

function inTwoEpochs(schedule: Schedule<unknown>): Schedule<unknown> {
  const half = Math.floor(schedule.items.length / 2)
  return schedule.with({ items: schedule.items.map((item, index) => ({ ...item, epoch: index < half ? 0 : 1 })) })
}

/** T2: the same schedule gives the same, whatever the order in which answers really come. */
export function repeatProof(exam: Exam): Proof {
  const works = formOf(exam.stage) === 'work'
  return createProof({
    cases: fc.tuple(anySchedule(schedulesOf(exam)), works ? fc.scheduler() : fc.constant(null)),
    runs: runsOf(exam),
    told: ([schedule]) => told(schedule),
    async look([schedule, scheduler]) {
      const first = linesOf(await runTrial(exam, schedule))
      const again = runTrial(
        exam,
        schedule,
        scheduler === null ? {} : { clockOf: (clock) => answersInAnyOrder(clock, scheduler) },
      )
      const second = linesOf(await (scheduler === null ? again : scheduler.waitFor(again)))
      const fault = difference(first, second, [
        'the first time',
        works ? 'with answers in another order' : 'the second time',
      ])
      return { T2: fault === null ? true : `the same schedule gives something else: ${fault}` }
    },
  })
}

/** T3: a stamp that goes back ends nothing. */
export function recoveryProof(exam: Exam): Proof {
  return createProof({
    cases: calm(exam, { stamps: ['backward'], origins: 1 }),
    runs: runsOf(exam),
    told,
    async look(schedule) {
      let latest = 0
      const items = schedule.items.map((item) => {
        latest = Math.max(latest, item.capturedAtMs)
        return { ...item, capturedAtMs: latest }
      })
      if (items.every((item, index) => item.capturedAtMs === schedule.items[index]?.capturedAtMs)) return { T3: null }
      const how = goingOn(exam)
      const back = await runTrial(exam, schedule, { how })
      const straight = await runTrial(exam, schedule.with({ items }), { how })
      const ends = failedItself(back) && !failedItself(straight)
      return { T3: ends ? `a stamp that goes back ends the stream: ${String(back.failure)}` : true }
    },
  })
}

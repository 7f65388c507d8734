import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mostOvertaken, RunLine } from '../../src/core/run-line.js'

/** Runs of some models and priorities arrive, and workers that have some of the models come to take one. */
type Step =
  | { readonly kind: 'arrives'; readonly model: number; readonly priority: number }
  | { readonly kind: 'takes'; readonly models: readonly number[] }

const anySteps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('arrives' as const), model: fc.nat(2), priority: fc.nat(1) }),
    fc.record({ kind: fc.constant('takes' as const), models: fc.subarray([0, 1, 2], { minLength: 1 }) }),
  ),
  { maxLength: 120 },
)
type Run = { readonly model: number; readonly priority: number; readonly order: number }

/** Every take of a schedule: what was taken, and what waited then that might have been taken as well. */
function takesOf(steps: readonly Step[]) {
  const line = new RunLine<Run>()
  const takes: { readonly taken: Run | null; readonly others: readonly Run[] }[] = []
  let order = 0
  for (const step of steps) {
    if (step.kind === 'arrives') line.add({ model: step.model, priority: step.priority, order: order++ })
    else {
      const mayBe = ({ model }: Run): boolean => step.models.includes(model)
      const before = [...line].filter(mayBe)
      const taken = line.take(mayBe)
      takes.push({ taken, others: before.filter((run) => run !== taken) })
    }
  }
  return { takes, left: [...line], arrived: order }
}

describe('law: runs that wait', () => {
  test('none is lost, and whoever may take one gets one', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const { takes, left, arrived } = takesOf(steps)
        const taken = takes.flatMap((one) => one.taken ?? [])
        expect([...taken, ...left].map(({ order }) => order).sort((a, b) => a - b)).toEqual(
          Array.from({ length: arrived }, (_, i) => i),
        )
        for (const one of takes) if (one.taken === null) expect(one.others).toEqual([])
      }),
    )
  })

  test('of one priority the first that came is the first that goes', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        for (const { taken, others } of takesOf(steps).takes) {
          if (taken === null) continue
          const earlier = others.filter(({ priority, order }) => priority === taken.priority && order < taken.order)
          expect(earlier).toEqual([])
        }
      }),
    )
  })

  test('the urgent one goes first, unless one that waits was overtaken as often as one may be', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const overtaken = new Map<Run, number>()
        for (const { taken, others } of takesOf(steps).takes) {
          if (taken === null) continue
          const passed = others.filter(({ priority }) => priority < taken.priority)
          if (passed.length > 0) expect(overtaken.get(taken)).toBe(mostOvertaken)
          for (const run of others) if (run.order < taken.order) overtaken.set(run, (overtaken.get(run) ?? 0) + 1)
        }
      }),
    )
  })

  test('none is overtaken more often than that', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1), { minLength: 1, maxLength: 8 }), fc.nat(1), (first, model) => {
        const line = new RunLine<Run>()
        let order = 0
        for (const priority of first) line.add({ model: 0, priority, order: order++ })
        const slow = { model: 0, priority: 1, order: order++ }
        line.add(slow)
        // Someone urgent asks again each time, as a stage does that sees thirty pictures a second.
        let turns = 0
        for (let taken: Run | null = null; taken !== slow && turns < 99; turns++) {
          line.add({ model, priority: 0, order: order++ })
          taken = line.take(() => true)
        }
        expect(turns).toBeLessThanOrEqual(first.length + mostOvertaken + 1)
      }),
    )
  })
})

import type { z } from 'zod'
import { spreadMain } from '../core/define.js'
import { anyMistake, anyOptions } from './any-options.js'
import type { Exam } from './exam.js'
import { fc } from './fast-check.js'
import { createProof, type Proof } from './proof.js'
import { valueText } from './value-text.js'
import type { Verdict } from './verdict.js'

type Written = { readonly right: unknown; readonly wrong: unknown }

/** C1: what is written is accepted, or refused with a reason, and never throws. C4: written out and read back it is the same. */
export function writtenProof({ stage, runs }: Exam): Proof {
  const schema = stage.options as z.ZodType
  const read = (written: unknown): unknown => schema.parse(spreadMain(stage, written))
  const c4 = (right: unknown): Verdict => {
    const text = JSON.stringify(right)
    const before = valueText(read(right))
    const { success, data, error } = schema.safeParse(spreadMain(stage, JSON.parse(text)))
    if (!success) return `${text} is read as ${before}, and refused when it is read back: ${error.message}`
    const after = valueText(data)
    return before === after ? true : `${text} is read as ${before}, and read back as ${after}`
  }
  const c1 = (wrong: unknown): Verdict => {
    try {
      const { success, error } = schema.safeParse(spreadMain(stage, wrong))
      if (success || error.issues.every(({ message }) => message !== '')) return true
      return `${valueText(wrong)} is refused without a reason`
    } catch (thrown) {
      return `reading ${valueText(wrong)} throws: ${String(thrown)}`
    }
  }
  return createProof<Written>({
    cases: fc.record({
      right: fc.oneof(fc.constant(stage.example as unknown), anyOptions(stage)),
      wrong: anyMistake(stage),
    }),
    runs,
    look: ({ right, wrong }) => Promise.resolve({ C1: c1(wrong), C4: c4(right) }),
    told: ({ right, wrong }) => `options  ${JSON.stringify(right)}, and by mistake ${valueText(wrong)}`,
  })
}

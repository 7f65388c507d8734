import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LoadModel } from '../../src/core/inference.js'
import { BrokenContract, conforms } from '../../src/testing/index.js'
import type { Defined } from '../../src/testing/exam.js'
import { healthy, mutants } from './faulty-stages.js'

const loadModel = (() => Promise.resolve({ provider: 'none', close: () => Promise.resolve() })) as unknown as LoadModel

async function reportOf(
  stage: Defined,
  runs: number,
): Promise<{ readonly broken: readonly string[]; readonly text: string }> {
  const definition = 'definition' in stage ? stage.definition : stage
  const isOfNumbers = definition.kind === 'operator' && (definition.input as { name: string }).name === 'number'
  const values = isOfNumbers ? { values: fc.integer({ min: 0, max: 9 }) } : {}
  try {
    const report = await conforms(stage, { ...values, adapters: { loadModel }, runs })
    return { broken: report.broken, text: report.toString() }
  } catch (error) {
    if (error instanceof BrokenContract) return { broken: error.report.broken, text: error.message }
    throw error
  }
}

test.each(healthy)('nothing is found where nothing is wrong: %s', async (_, stage) => {
  expect((await reportOf(stage, 300)).broken).toEqual([])
})

test.each(mutants.map((one) => [one.what, one.rule, one] as const))(
  '%s: %s',
  async (_, rule, { stage, others = [] }) => {
    const { broken, text } = await reportOf(stage, 100)
    expect(broken, text).toContain(rule)
    expect(
      broken.filter((one) => one !== rule && !others.includes(one)),
      text,
    ).toEqual([])
  },
)

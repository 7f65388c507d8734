import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadPlan } from '../../src/engine/create-pipeline.js'
import { createRegistry } from '../../src/engine/registry.js'
import { anyPipelineText } from '../../src/testing/index.js'
import { runs } from '../helpers/runs.js'

const texts = anyPipelineText([...createRegistry().values()])

test('law: any pipeline text that is drawn is a plan', async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const plan = await loadPlan('drawn.yaml', text)
      expect(plan.entries.length).toBeGreaterThan(1)
    }),
    { numRuns: runs(300) },
  )
})

test('every stage of the registry is drawn now and then', async () => {
  const plans = await Promise.all(fc.sample(texts, 500).map((text) => loadPlan('drawn.yaml', text)))
  const drawn = new Set(
    plans.flatMap(({ entries }) => entries.flatMap(({ steps }) => steps.map(({ stage }) => stage.name))),
  )
  const missing = [...createRegistry()].filter(([name, stage]) => !drawn.has(name) && !('joins' in stage))
  expect(missing.map(([name]) => name)).toEqual([])
})

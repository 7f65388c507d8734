import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { describe, expect, test } from 'vitest'
import { threshold } from '../../examples/threshold/threshold.js'
import { loadPlan } from '../../src/engine/create-pipeline.js'
import { blocksOf, root } from './documents.js'

const files = ['pipelines', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${folder}/${name.split(sep).join('/')}`),
)

describe('every pipeline that is shown can run', () => {
  const blocks = blocksOf('yaml')

  test('there are some', () => {
    expect(blocks.length).toBeGreaterThan(0)
    expect(files).toContain('pipelines/follow-face.yaml')
    expect(files).toContain('examples/threshold/sure-faces.yaml')
  })

  test.each(blocks)('$where', async ({ where, text }) => {
    const plan = await loadPlan(where, text, { stages: [threshold] })
    expect(plan.entries.length).toBeGreaterThan(0)
  })

  test.each(files)('%s, which opens with why it is there and how to check and run it', async (path) => {
    const text = readFileSync(join(root, path), 'utf8')
    expect((await loadPlan(path, text, { stages: [threshold] })).entries.length).toBeGreaterThan(0)
    const [first, ...more] = text.split('\n').filter((line) => line.startsWith('#'))
    expect(first).toMatch(/^# [A-Z].*\.$/)
    expect(more.join('\n')).toContain(`saccade check ${path}`)
    expect(more.join('\n')).toContain(`saccade run ${path}`)
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { adapters } from '../../src/adapters/node.js'
import { describePlan } from '../../src/engine/describe-plan.js'
import { planPipeline } from '../../src/engine/plan.js'
import { readPipeline } from '../../src/engine/read-pipeline.js'
import { createRegistry } from '../../src/engine/registry.js'
import { urgentEntries } from '../../src/engine/urgency.js'

function planOf(text: string) {
  const { pipeline } = readPipeline(text, 'test.yaml', {})
  return planPipeline(pipeline, 'test.yaml', createRegistry(), { ...adapters(), modelWorkers: 3 }).plan
}

const head = `saccade: 1
streams:
  room: { media: clip.mp4 }
operators:
  faces: { from: room.video, pipe: [detect-faces] }
  speech: { from: room.audio, pipe: [voice-activity] }
  gaze: { from: faces, pipe: [pick-face, look-at, solve-pose] }
sinks:
  live: { from: [room.video, faces, speech], websocket: {} }
`

test('what reaches something that moves goes before what is only shown, and the plan says so', () => {
  const plan = planOf(`${head}  head: { from: gaze, reachy-mini: sim }\n`)
  const urgent = plan.entries.filter((entry) => entry.urgent).map(({ name }) => name)
  expect(urgent.sort()).toEqual(['faces', 'gaze', 'head', 'room'])
  expect(describePlan(plan)).toContain(
    '  models run on up to 3 workers, one run each (SACCADE_WORKERS); runs of faces go before those of speech, as something moves by them\n',
  )
})

test('where nothing moves all are equal; where no model runs nothing is said', () => {
  const plan = planOf(head)
  expect(plan.entries.filter((entry) => entry.urgent)).toEqual([])
  expect(plan.notes).toContain('models run on up to 3 workers, one run each (SACCADE_WORKERS)')
  const bare = planOf(`saccade: 1
streams: { room: { media: clip.mp4 } }
sinks: { live: { from: room.video, websocket: {} } }
`)
  expect(bare.notes.join()).not.toContain('workers')
})

test('law: an entry is urgent where there is a way from it to something that moves', () => {
  const actuator = { stage: { kind: 'sink', actuator: true } }
  const anyGraph = fc.array(fc.record({ moves: fc.boolean(), from: fc.array(fc.nat(9), { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 10,
  })
  fc.assert(
    fc.property(anyGraph, (graph) => {
      // What a sink measures may go round in a circle.
      const entries = graph.map(({ moves, from }, nth) => ({
        name: `e${String(nth)}`,
        from: from.filter((one) => one < graph.length).map((one) => `e${String(one)}.result`),
        steps: moves ? [actuator] : [],
      }))
      const reaches = (name: string, seen: readonly string[] = []): boolean =>
        entries.some((entry) => entry.name === name && entry.steps.length > 0) ||
        entries.some(
          (entry) =>
            !seen.includes(entry.name) &&
            entry.from.includes(`${name}.result`) &&
            reaches(entry.name, [...seen, entry.name]),
        )
      const found = urgentEntries(entries as unknown as Parameters<typeof urgentEntries>[0])
      for (const { name } of entries) expect(found.has(name), name).toBe(reaches(name))
    }),
  )
})

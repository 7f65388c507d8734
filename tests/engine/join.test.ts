import fc from 'fast-check'
import { of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineOperator } from '../../src/core/define.js'
import { detectionsPort, joinedPort } from '../../src/core/ports.js'
import { loadPlan, RefusedPipeline } from '../../src/engine/create-pipeline.js'
import { describePlan, mermaidOf } from '../../src/engine/describe-plan.js'
import { pathTo } from '../../src/engine/path.js'
import { runs } from '../helpers/runs.js'
import type { Plan } from '../../src/engine/planned.js'

/** The camera in the head, as the ways in have it; `ˇ` marks where a problem is to be found. */
const head = `saccade: 1
streams:
  room: { media: { open: 'demo:demo.mp4', loop: true } }
operators:
  faces: { from: room.video, pipe: [throttle: 30fps, queue: latest, detect-faces] }
  speech: { from: room.audio, pipe: [voice-activity] }
  target: { from: faces, pipe: [pick-face: { by: largest, keepFor: 1s }] }
  gaze:
    from: { face: target, head: head.measured }           # head is sampled, never a trigger
    pipe: [join: { on: face, head: { interpolate: 100ms }, missing: skip }, look-at: { camera: on-head }, smooth, dead-band: 0.5deg, solve-pose]
sinks:
  head: { from: gaze, reachy-mini: { rate: 50Hz }, watchdog: { hold: 300ms, park: 5s } }
expect:
  - { from: room.video, to: head, reaction: 50ms, at: p99, over: 10s }
`

const load = (text: string, stages: readonly unknown[] = []): Promise<Plan> => loadPlan('test.yaml', text, { stages })

const changed = (from: string, to: string, text = head): string => {
  expect(text).toContain(from)
  return text.replace(from, to)
}

async function told(text: string): Promise<readonly string[]> {
  const thrown: unknown = await load(text).catch((error: unknown) => error)
  if (!(thrown instanceof RefusedPipeline)) throw new Error(`was not refused: ${String(thrown)}`)
  return thrown.problems.map(({ line, column, path, text: words, remedy }) => {
    return `${String(line)}:${String(column)} ${path}: ${words} → ${remedy}`
  })
}

describe('a plan with a join', () => {
  test('has its inputs by name; what the sink measures is sampled, and comes after', async () => {
    const plan = await load(head)
    const gaze = plan.entries.find(({ name }) => name === 'gaze')
    expect(gaze?.join).toEqual({
      on: 'face',
      inputs: [
        { name: 'face', from: 'target', selector: null, sampled: false },
        { name: 'head', from: 'head.measured', selector: { by: 'interpolate', withinMs: 100 }, sampled: true },
      ],
    })
    const names = plan.entries.map(({ name }) => name)
    expect(names.indexOf('gaze')).toBeLessThan(names.indexOf('head'))
    expect(plan.notes).toContain('gaze: an item of face waits at most 100ms for head (as far as its selector reaches)')
  })

  test('a joined packet is the anchor’s: its stream, its path and whether it can wait', async () => {
    const plan = await load(head)
    expect(pathTo(plan, 'head')).toEqual([
      'room.video',
      'faces/throttle',
      'faces/queue',
      'faces/detect-faces',
      'target/pick-face',
      'gaze/join',
      'gaze/look-at',
      'gaze/smooth',
      'gaze/dead-band',
      'gaze/solve-pose',
      'head/reachy-mini/queue',
      'head/reachy-mini',
    ])
    const fast = await load(changed('loop: true', 'pace: fast'))
    expect(fast.entries.find(({ name }) => name === 'gaze')?.live).toBe(false)
    expect(fast.notes).toContain('gaze: an item of face waits at most 5s for head (default of recorded streams)')
    const ear = changed('streams:', "streams:\n  ear: { media: 'demo:demo.mp4' }").replace(
      'from: room.audio',
      'from: ear.audio',
    )
    const heard = ear.replace('head: head.measured', 'head: speech').replace('interpolate: 100ms', 'latest: 1s')
    const unseen = heard.replace('from: room.video, to: head', 'from: ear.audio, to: gaze').replace('reaction', 'delay')
    expect(
      (
        await told(unseen.replace('look-at: { camera: on-head }, smooth, dead-band: 0.5deg, solve-pose', 'queue'))
      ).join(),
    ).toContain('nothing of ear.audio reaches gaze')
  })

  test('its fields keep their ports, across entries and through what keeps any type', async () => {
    const plan = await load(
      `${head.slice(0, head.indexOf('sinks:'))}  both:
    from: { one: target, two: speech, three: faces, four: head }
    pipe: [join: { on: one, two: { latest: 1s }, three: { window: 1s }, four: { latest: 1s }, missing: partial }]
  same: { from: both, pipe: [queue: latest] }
${head.slice(head.indexOf('sinks:'))}`,
    )
    const { name, fields } = plan.results.get('same') ?? expect.unreachable()
    expect(name).toBe('joined')
    expect(Object.entries(fields ?? {}).map(([field, port]) => `${field}: ${port.name}`)).toEqual([
      'one: detections',
      'two: voice or null',
      'three: list of detections',
      'four: robot or null',
    ])
  })

  test('look-at finds its fields by what they carry, whatever they are called', async () => {
    const names = changed('{ face: target, head: head.measured }', '{ seen: target, pose: head.measured }')
    await load(changed('on: face, head: {', 'on: seen, pose: {', names))
  })

  test('before an asynchronous stage behind a join stands its queue, and none before the join', async () => {
    const slow = defineOperator({
      name: 'slow',
      summary: 'Waits.',
      input: { ...joinedPort, fields: { face: detectionsPort } },
      output: joinedPort,
      options: z.strictObject({}),
      example: {},
      work: () => (value) => of(value),
    })
    const text = `${head.slice(0, head.indexOf('sinks:'))}  both:
    from: { face: target, voice: speech }
    pipe: [join: { on: face, voice: { latest: 1s } }, slow]
${head.slice(head.indexOf('sinks:'))}`
    const { entries } = await load(text, [slow])
    expect(entries.find(({ name }) => name === 'both')?.steps.map(({ key }) => key)).toEqual([
      'both/join',
      'both/queue',
      'both/slow',
    ])
    await expect(
      load(
        text.replaceAll('face: target, voice', 'look: target, voice').replace('on: face, voice', 'on: look, voice'),
        [slow],
      ),
    ).rejects.toThrow(
      'slow takes joined (face: detections), but what comes before it is joined (look: detections, voice: voice)',
    )
  })

  test('as text, mermaid and JSON: a dashed edge from the sink', async () => {
    const plan = await load(head)
    expect(describePlan(plan)).toContain(
      'gaze    face: target + head: head.measured (sampled) → join on face, head interpolate 100ms → look-at on-head →',
    )
    expect(mermaidOf(plan)).toContain('  head -.->|measured · head · interpolate 100ms| gaze\n')
    expect(mermaidOf(plan)).toContain('  target -->|face| gaze\n')
    expect(plan.graph.edges.filter(({ to }) => to === 'gaze')).toEqual([
      { from: 'target', to: 'gaze', input: 'face' },
      {
        from: 'head.measured',
        to: 'gaze',
        input: 'head',
        taken: 'interpolate 100ms',
        stage: 'gaze/join/head',
        sampled: true,
      },
    ])
  })
})

const written = 'join: { on: face, head: { interpolate: 100ms }, missing: skip }'
const inputs = '{ face: target, head: head.measured }'
const at = 'operators.gaze.pipe[0].join'

describe('what does not fit in a join is told with its place', () => {
  test.each([
    [
      'no anchor',
      written,
      'join: { head: { interpolate: 100ms } }',
      `10:18 ${at}.on: must name the input that the others`,
    ],
    [
      'an anchor that is no input',
      'on: face',
      'on: fase',
      `10:20 ${at}.on: there is no input fase → did you mean face?`,
    ],
    [
      'a selector for no input',
      ', head: {',
      ', haed: {',
      `10:30 ${at}.haed: there is no input haed → did you mean head?`,
    ],
    [
      'no selector',
      ', head: { interpolate: 100ms }',
      '',
      `10:12 ${at}: does not say which of head belongs to an item of face`,
    ],
    [
      'a selector for the anchor',
      'on: face, ',
      'on: face, face: { latest: 1s }, ',
      `10:30 ${at}.face: face is the anchor, so it has no selector`,
    ],
    [
      'two selectors',
      'interpolate: 100ms',
      'interpolate: 100ms, nearest: 1s',
      `10:36 ${at}.head: must say one of nearest, latest, interpolate, window: found nearest and interpolate`,
    ],
    ['an empty selector', '{ interpolate: 100ms }', '{}', `10:36 ${at}.head: must say one of .*: found none`],
    [
      'no such selector',
      'interpolate: 100ms',
      'between: 100ms',
      `10:38 ${at}.head.between: join has no option head.between`,
    ],
    ['a bare number', 'interpolate: 100ms', 'interpolate: 100', `10:51 ${at}.head.interpolate: .*write 100ms`],
    ['a word that is none', 'missing: skip', 'mising: skip', `10:68 ${at}.mising: is neither a word of join`],
    ['a policy that is none', 'missing: skip', 'missing: wait', `10:69 ${at}.missing: `],
    [
      'a trigger that is measured by a sink',
      'on: face, head: {',
      'on: head, face: {',
      `10:24 ${at}.on: head.measured is what a sink measures: a join may sample it, but is not triggered by it`,
    ],
    ['something without a between', 'interpolate: 100ms', 'nearest: 1s', null],
    ['one input', inputs, '{ face: target }', `10:12 ${at}: joins one input with nothing`],
    ['no input', inputs, '{}', `10:12 ${at}: joins one input with nothing`],
    ['an input called as a word', inputs, '{ face: target, wait: head.measured }', `${at}: wait is a word of join`],
    [
      'an input that is not there',
      'face: target',
      'face: targt',
      '9:19 operators.gaze.from.face: there is no targt → did you mean target',
    ],
    [
      'no join',
      `${written}, `,
      '',
      '10:12 operators.gaze.pipe[0].look-at: look-at has one input, and from names several → let join stand first',
    ],
    [
      'a join that is not first',
      `${written}, `,
      `queue: latest, ${written}, `,
      '10:27 operators.gaze.pipe[1].join: join stands first or not at all',
    ],
    ['a join without a map', inputs, 'target', `10:12 ${at}: join has several inputs, and from names none of them`],
    [
      'onError',
      `[${written}`,
      `[{ ${written}, onError: skip }`,
      'operators.gaze.pipe[0].onError: join is not one for one, so it cannot skip an item',
    ],
    [
      'joined detections for a fixed camera',
      'on-head',
      'fixed',
      'but what comes before it is joined \\(face: detections, head: robot\\) → write camera: on-head',
    ],
    [
      'a head that may be missing',
      'missing: skip',
      'missing: partial',
      'one detections and one robot, joined, .*head: robot or null',
    ],
    [
      'two heads',
      inputs,
      '{ face: target, head: head.measured, other: head.commanded }',
      'does not say which of other',
    ],
  ])('%s', async (_, from, to, problem) => {
    if (problem === null) {
      await load(changed(from, to))
      return
    }
    const problems = (await told(changed(from, to))).join('\n')
    const escaped = problem.replaceAll(/[[\]{}]/g, '\\$&')
    expect(problems).toMatch(new RegExp(escaped))
  })

  test('which of two heads cannot be known', async () => {
    const text = changed(inputs, '{ face: target, head: head.measured, other: head.commanded }')
    expect(await told(changed(', missing: skip', ', other: { latest: 1s }', text))).toEqual([
      expect.stringContaining('is joined (face: detections, head: robot, other: robot)'),
    ])
  })

  test('what has nothing between two of it is not interpolated', async () => {
    const text = changed('head: head.measured', 'head: speech')
    const problems = await told(text)
    expect(problems[0]).toContain(
      'speech is voice, and there is nothing between two of it → write head: { nearest: 20ms }',
    )
  })

  test('a circle that is no sampled side is refused and printed', async () => {
    expect((await told(changed('head: head.measured', 'head: gaze'))).join('\n')).toContain(
      'goes in a circle: gaze → gaze',
    )
    expect((await told(changed(`from: ${inputs}`, 'from: [target, head.measured]'))).join('\n')).toContain(
      'goes in a circle: gaze → head → gaze',
    )
  })

  test('law: whatever stands in from and in join, the answer is a plan or a list of problems, each with its place', async () => {
    const words = [
      'face',
      'head',
      'on',
      'missing',
      'wait',
      'latest',
      'window',
      '100ms',
      'target',
      'head.measured',
      'constructor',
    ]
    const word = fc.constantFrom<unknown>(...words, 3, null)
    const anything = fc.oneof(
      word,
      fc.dictionary(
        fc.constantFrom(...words, '__proto__'),
        fc.oneof(word, fc.dictionary(fc.constantFrom(...words), word)),
      ),
      fc.array(word, { maxLength: 3 }),
    )
    await fc.assert(
      fc.asyncProperty(anything, anything, async (from, join) => {
        const text = head.replace(inputs, JSON.stringify(from)).replace(written, `join: ${JSON.stringify(join)}`)
        const answer: unknown = await load(text).catch((error: unknown) => error)
        if (answer instanceof Error && !(answer instanceof RefusedPipeline)) throw answer
        for (const { line, remedy } of answer instanceof RefusedPipeline ? answer.problems : []) {
          expect(line).toBeGreaterThan(0)
          expect(remedy).not.toBe('')
        }
      }),
      { numRuns: runs(500) },
    )
  })
})

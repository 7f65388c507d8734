import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { adapters } from '../../src/adapters/node.js'
import { describePlan, mermaidOf } from '../../src/engine/describe-plan.js'
import { planPipeline } from '../../src/engine/plan.js'
import { readPipeline } from '../../src/engine/read-pipeline.js'
import { createRegistry } from '../../src/engine/registry.js'
import { runs } from '../helpers/runs.js'

const registry = createRegistry()

function planOf(text: string, set: Readonly<Record<string, unknown>> = {}) {
  const { pipeline, problems } = readPipeline(text, 'test.yaml', set)
  const planned = planPipeline(pipeline, 'test.yaml', registry, adapters())
  return { plan: planned.plan, problems: [...problems, ...planned.problems] }
}

/** A pipeline with one line replaced, and what is told about it. */
const good = `saccade: 1
parameters:
  camera: { type: source, default: clip.mp4 }
streams:
  room: { media: { open: $camera } }
operators:
  faces: { from: room.video, pipe: [throttle: 30fps, detect-faces] }
  speech: { from: room.audio, pipe: [voice-activity] }
  gaze: { from: faces, pipe: [pick-face, look-at, solve-pose] }
sinks:
  head: { from: gaze, reachy-mini: sim, watchdog: { hold: 300ms, park: 5s } }
  live: { from: [room.video, faces, head], websocket: {} }
expect:
  - { from: room.video, to: head, reaction: 50ms, at: p99, over: 10s }
`

const told = (text: string): readonly string[] =>
  planOf(text).problems.map(({ line, path, text: words, remedy }) => `${String(line)} ${path}: ${words} → ${remedy}`)

const changed = (from: string, to: string): string => {
  expect(good).toContain(from)
  return good.replace(from, to)
}

describe('what a plan decides', () => {
  test('the good pipeline has no problem, and every file in pipelines/ neither', () => {
    expect(told(good)).toEqual([])
    const folder = fileURLToPath(new URL('../../pipelines/', import.meta.url))
    for (const file of readdirSync(folder)) expect(told(readFileSync(`${folder}${file}`, 'utf8'))).toEqual([])
  })

  test('E4: a default edge stands before each asynchronous stage, as far upstream as the synchronous ones reach', () => {
    const { plan } = planOf(good)
    const steps = (name: string) => plan.entries.find((entry) => entry.name === name)?.steps ?? []
    const shown = (name: string) => steps(name).map(({ key, inserted }) => `${key}${inserted ? '*' : ''}`)
    expect(shown('faces')).toEqual(['faces/queue*', 'faces/throttle', 'faces/detect-faces'])
    expect(steps('faces')[0]?.options).toMatchObject({ whenFull: 'latest', capacity: 1 })
    expect(shown('speech')).toEqual(['speech/queue*', 'speech/voice-activity'])
    expect(steps('speech')[0]?.options).toMatchObject({ whenFull: 'drop-oldest', capacity: 10 })
    expect(shown('gaze')).toEqual(['gaze/pick-face', 'gaze/look-at', 'gaze/solve-pose'])
  })

  test('E4: behind a stage that keeps packets, whatever stands before it: a busy stage makes no holes in a window', () => {
    for (const keeps of ['sample: 10Hz', 'debounce: 50ms', 'queue: latest, sample: 10Hz']) {
      const { plan, problems } = planOf(
        changed('throttle: 30fps, detect-faces', `${keeps}, throttle: 30fps, detect-faces`),
      )
      expect(problems).toEqual([])
      const keys = plan.entries.find(({ name }) => name === 'faces')?.steps.map(({ stage }) => stage.name) ?? []
      expect(keys.slice(-3)).toEqual(['queue', 'throttle', 'detect-faces'])
      expect(keys.slice(0, -3)).toEqual(keeps.split(', ').map((stage) => stage.split(':')[0]))
    }
  })

  test('where a queue is written none is put, and two of a name have keys of their own', () => {
    const { plan, problems } = planOf(
      changed('[throttle: 30fps, detect-faces]', '[queue: latest, throttle: 30fps, detect-faces]'),
    )
    expect(problems).toEqual([])
    expect(plan.entries.find(({ name }) => name === 'faces')?.steps.map(({ key }) => key)).toEqual([
      'faces/queue',
      'faces/throttle',
      'faces/detect-faces',
    ])
    const twice = planOf(changed('[throttle: 30fps, detect-faces]', '[throttle: 30fps, throttle: 10fps, detect-faces]'))
    const keys = twice.plan.entries.flatMap((entry) => entry.steps.map(({ key }) => key))
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys).toContain('faces/throttle-2')
  })

  test('recorded streams block by default', () => {
    const { plan } = planOf(changed('{ open: $camera }', '{ open: $camera, pace: fast }'))
    const faces = plan.entries.find(({ name }) => name === 'faces')
    expect(faces?.live).toBe(false)
    expect(faces?.steps[0]?.options).toMatchObject({ whenFull: 'block' })
  })

  test('S7: the decoder gives what all readers can read, no larger than the largest wants', () => {
    const wish = (text: string) => planOf(text).plan.entries.find(({ name }) => name === 'room')?.wish
    expect(wish(good)?.picture).toEqual({ formats: ['rgb24'], fitPx: [640, 640] })
    expect(wish(good)?.sound).toEqual({ sampleRateHz: 16_000 })
    // Who measures a rate, or shows one, has looked at no picture; who lists pictures may look at each.
    const rate = changed('sinks:', '  rate: { from: room.video, measure-rate: 1s }\nsinks:')
    expect(wish(rate.replace('[room.video, faces, head]', '[faces, rate]'))?.picture).toEqual({
      formats: ['yuv420p'],
      fitPx: [256, 256],
    })
    const clips = changed('sinks:', '  clips: { from: room.video, window: 1s }\nsinks:')
    expect(wish(clips)?.picture).toEqual({ formats: ['rgb24'], fitPx: null })
    expect(wish(changed('[room.video, faces, head]', '[faces, head]'))?.picture).toEqual({
      formats: ['yuv420p'],
      fitPx: [256, 256],
    })
  })

  test('entries are ordered so that each comes after what feeds it', () => {
    const names = planOf(good).plan.entries.map(({ name }) => name)
    expect(names.indexOf('head')).toBeLessThan(names.indexOf('live'))
    expect(names.indexOf('faces')).toBeLessThan(names.indexOf('gaze'))
  })

  test('how a stage is run stands in the plan as it was written, and the default edge before it stays', () => {
    const { plan, problems } = planOf(
      changed('detect-faces]', '{ detect-faces: {}, concurrency: 4, order: latest, timeout: 2s, onError: restart }]'),
    )
    expect(problems).toEqual([])
    const steps = plan.entries.find(({ name }) => name === 'faces')?.steps ?? []
    const restart = { afterMs: 100, upToMs: 10_000, most: 5, withinMs: 60_000 }
    expect(steps.map(({ stage, how }) => [stage.name, how])).toEqual([
      ['queue', {}],
      ['throttle', {}],
      ['detect-faces', { concurrency: 4, order: 'latest', timeoutMs: 2000, onError: { restart } }],
    ])
    expect(steps[0]?.options).toMatchObject({ whenFull: 'latest', capacity: 1 })
    const words = 'concurrency 4, order latest, timeout 2s, onError restart after 100ms up to 10s, at most 5 within 60s'
    expect(describePlan(plan)).toContain(`→ [queue latest] → throttle → detect-faces (${words})\n`)
    expect(mermaidOf(plan)).toContain(`throttle · detect-faces (${words})"]`)
    expect(plan.graph.nodes.find(({ name }) => name === 'faces')?.how).toEqual({ 'faces/detect-faces': words })
    expect(plan.graph.nodes.find(({ name }) => name === 'gaze')).not.toHaveProperty('how')
  })

  test('--set values are typed by the parameter', () => {
    expect(planOf(good, { camera: 'other.mp4' }).problems).toEqual([])
    expect(planOf(good, { camra: 'x' }).problems[0]?.remedy).toContain('camera')
  })
})

const rows: readonly (readonly [what: string, from: string, to: string, gist: readonly RegExp[]])[] = [
  [
    'an unknown stage',
    'detect-faces]',
    'detect-face]',
    [/^7 .*there is no stage detect-face → did you mean detect-faces/],
  ],
  ['a stage of another kind', 'detect-faces]', 'media]', [/media is a stream, and this is the place of an operator/]],
  ['an unknown result', 'from: room.audio', 'from: room.sound', [/^8 .*room has no result room.sound/]],
  ['an unknown entry', 'from: gaze', 'from: gazes', [/^11 .*there is no gazes → did you mean gaze/]],
  [
    'an unknown option',
    '{ open: $camera }',
    '{ opne: $camera, open: x }',
    [/^5 .*media has no option opne → did you mean open/],
  ],
  ['an unknown parameter', '$camera', '$camra', [/^5 .*there is no parameter camra → did you mean camera/]],
  ['an unknown parameter type', 'type: source', 'type: sorce', [/^3 .*unknown type "sorce" → did you mean source/]],
  ['an unknown unit', '30fps', '30fsp', [/^7 .*the unit "fsp"/]],
  ['a bare number', '30fps', '30', [/^7 .*write 30fps/]],
  [
    'another port',
    'from: faces, pipe',
    'from: room.audio, pipe',
    [/^9 .*pick-face takes detections, but room.audio is sound/],
  ],
  ['an unknown top word', 'expect:', 'expects:', [/^13 .*"expects" is not a word of a pipeline → did you mean expect/]],
  [
    'a word for later',
    'expect:',
    'resources: {}\nexpect:',
    [/resources is a word of the language that is not built yet/],
  ],
  [
    'a timeout where nothing is asynchronous',
    'reachy-mini: sim,',
    'reachy-mini: sim, timeout: 5s,',
    [/^11 sinks.head.timeout: reachy-mini is not one for one, so it has no timeout: .*→ leave timeout out/],
  ],
  [
    'many at once where each is done in its turn',
    'pick-face,',
    '{ solve-pose: {}, concurrency: 2, order: completion, timeout: 1s },',
    ['concurrency', 'order', 'timeout'].map(
      (word) => new RegExp(`^9 .*pipe\\[0\\].${word}: solve-pose gives its result in the turn .* no ${word}.*→ leave`),
    ),
  ],
  [
    'many at once where packets are dropped or made',
    'throttle: 30fps',
    '{ throttle: 30fps, concurrency: 2 }',
    [/^7 .*throttle is not one for one, so it has no concurrency/],
  ],
  [
    'many at once where each rests on the one before',
    '[voice-activity]',
    '[{ voice-activity: {}, concurrency: 2 }]',
    [/^8 .*voice-activity works in sequence.* no concurrency/],
  ],
  [
    'skipping what is late where each rests on the one before',
    '[voice-activity]',
    '[{ voice-activity: {}, timeout: 1s, onError: skip }]',
    [/^8 .*timeout: voice-activity works in sequence, so where the time of an item is up it cannot skip/],
  ],
  [
    'skip on a stream',
    'media: { open: $camera }',
    'media: { open: $camera }, onError: skip',
    [/media is not one for one/],
  ],
  [
    'wrong words and words out of place, all at once',
    'throttle: 30fps',
    '{ throttle: 30fps, timeout: 2, order: latest, onError: { restart: { most: 0 } } }',
    [/timeout: a duration/, /throttle .* has no timeout/, /throttle .* has no order/, /restart.most: Too small/],
  ],
  ['skip where it cannot', 'throttle: 30fps', '{ throttle: 30fps, onError: skip }', [/throttle is not one for one/]],
  ['two stages in one item', 'throttle: 30fps', '{ throttle: 30fps, smooth: 2Hz }', [/smooth.*stands beside throttle/]],
  [
    'a camera on the head without the head',
    'look-at,',
    'look-at: on-head,',
    [
      /look-at takes one detections and one robot, joined, but what comes before it is detections → .*head.measured.*join/,
    ],
  ],
  ['block on what is live', 'throttle: 30fps,', 'queue: block,', [/cannot wait.*→.*latest.*or.*pace: fast/]],
  ['two writers', 'from: gaze, reachy', 'from: [gaze, gaze], reachy', [/an actuator has one writer/]],
  [
    'several inputs without a join',
    'from: faces, pipe',
    'from: { face: faces, head: head }, pipe',
    [/^9 .*pick-face has one input, and from names several → let join stand first/],
  ],
  ['a name twice', '  speech:', '  room:', [/the name room is taken by streams.room/]],
  ['an expectation of nothing', 'to: head,', 'to: heads,', [/^14 .*there is no heads → did you mean head/]],
  ['a reaction where nothing acts', 'to: head,', 'to: faces,', [/reaction is measured at an actuator/]],
  ['a watchdog the wrong way round', 'hold: 300ms, park: 5s', 'hold: 9s, park: 5s', [/parks before it holds/]],
  ['another version', 'saccade: 1', 'saccade: 2', [/^1 .*version 2 is not known/]],
]

describe('what does not fit is told with line, name and remedy (C1, C2)', () => {
  test.each(rows)('%s', (_, from, to, gist) => {
    const problems = told(changed(from, to))
    for (const one of gist)
      expect(
        problems.some((problem) => one.test(problem)),
        problems.join('\n'),
      ).toBe(true)
  })

  test('five mistakes are told at once', () => {
    const text = good
      .replace('detect-faces]', 'detect-face]')
      .replace('30fps', '30')
      .replace('from: room.audio', 'from: room.sound')
      .replace('expect:', 'expects:')
      .replace('type: source', 'type: sorce')
    expect(told(text).length).toBeGreaterThanOrEqual(5)
  })

  test('a circle is refused and printed', () => {
    const text = changed('gaze: { from: faces', 'gaze: { from: gaze').replace(
      '[pick-face, look-at, solve-pose]',
      '[smooth]',
    )
    expect(told(text).join('\n')).toContain('goes in a circle: gaze → gaze')
  })

  test.each([
    ['nothing', '', /this file is empty/],
    ['a list', '- a\n- b\n', /no pipeline/],
    ['a sentence', 'hello', /no pipeline/],
    ['broken YAML', 'saccade: 1\nstreams: { room: [', /not YAML as it should be/],
    ['an alias', 'saccade: 1\nstreams: &a {}\nsinks: *a\n', /aliases/],
  ])('YAML that is no pipeline: %s', (_, text, gist) => {
    expect(told(text).join('\n')).toMatch(gist)
  })

  test('a browser gives one camera: a second stream that wants it is refused, with both names', () => {
    const two = changed(
      '  room: { media: { open: $camera } }\n',
      "  room: { media: { open: 'browser:' } }\n  door: { media: 'BROWSER:' }\n",
    )
    expect(told(two)).toEqual([
      '6 streams.door.media: room has browser: already, and a run has it once → let both read room',
    ])
    expect(told(two.replace('BROWSER:', 'clip.mp4'))).toEqual([])
  })

  test('law: whatever is written, the answer is a list of problems and never a throw', () => {
    const words = [
      'saccade',
      'streams',
      'operators',
      'sinks',
      'room',
      'media',
      'from',
      'pipe',
      'throttle',
      '30fps',
      '$camera',
      'expect',
      'faces',
      'detect-faces',
      'queue',
      'latest',
      '1',
    ]
    const text = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc
        .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(...words), fc.constantFrom(...words)), {
          maxLength: 12,
        })
        .map((lines) => lines.map(([depth, key, value]) => `${'  '.repeat(depth)}${key}: ${value}`).join('\n')),
      fc.json({ maxDepth: 4 }).map((json) => `saccade: 1\nstreams: ${json}\nsinks: ${json}`),
    )
    fc.assert(
      fc.property(text, (written) => {
        for (const problem of planOf(written).problems) {
          expect(problem.line).toBeGreaterThan(0)
          expect(problem.remedy).not.toBe('')
        }
      }),
      { numRuns: runs(500) },
    )
  })
})

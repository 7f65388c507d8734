import fc from 'fast-check'
import { of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import { defineOperator, spreadMain } from '../../src/core/define.js'
import { detectionsPort } from '../../src/core/ports.js'
import type { AnyStage, Options } from '../../src/core/stage.js'
import { loadPlan, RefusedPipeline } from '../../src/engine/create-pipeline.js'
import type { Plan } from '../../src/engine/planned.js'
import { createRegistry } from '../../src/engine/registry.js'
import { asWritten } from '../../src/engine/written.js'
import { runs } from '../helpers/runs.js'

const load = (text: string, stages: readonly unknown[] = []): Promise<Plan> => loadPlan('test.yaml', text, { stages })

async function refusal(text: string, stages: readonly unknown[] = []): Promise<RefusedPipeline> {
  const thrown: unknown = await load(text, stages).catch((error: unknown) => error)
  if (thrown instanceof RefusedPipeline) return thrown
  throw new Error('was not refused as a pipeline', { cause: thrown })
}

const base = `saccade: 1
streams:
  room: { media: demo:demo.mp4 }
operators:
  faces: { from: room.video, pipe: [detect-faces] }
  gaze: { from: faces, pipe: [pick-face, look-at] }
  target: { from: gaze, pipe: [solve-pose] }
`

describe('every stage of the registry', () => {
  const feeds: Readonly<Record<string, string>> = {
    picture: 'room.video',
    sound: 'room.audio',
    detections: 'faces',
    pose: 'gaze',
    'joint-target': 'target',
    any: 'room.video',
  }
  const entryOf = (stage: AnyStage, options: unknown): { text: string; name: string } => {
    const section = { stream: 'streams', operator: 'operators', sink: 'sinks' }[stage.kind]
    const inputOf = (): unknown =>
      'joins' in stage ? { face: 'faces', head: 'gaze' } : feeds[(stage as { input: { name: string } }).input.name]
    const from = stage.kind === 'stream' ? {} : { from: inputOf() }
    const entry = { ...from, [stage.name]: options }
    const without = base.includes(`${section}:\n`) ? base : `${base}${section}:\n`
    return { text: without.replace(`${section}:\n`, `${section}:\n  tried: ${JSON.stringify(entry)}\n`), name: 'tried' }
  }
  const optionsIn = async (stage: AnyStage, text: string): Promise<object | undefined> => {
    const { entries } = await load(text)
    return entries.find(({ name }) => name === 'tried')?.steps.find((step) => step.stage.name === stage.name)?.options
  }
  const parsed = (stage: AnyStage): unknown => (stage.options as Options).parse(spreadMain(stage, stage.example))

  test.each([...createRegistry().values()].map((stage) => [stage.name, stage] as const))(
    '%s: the page shows its options as one writes them: read again, they are the same',
    async (_, stage) => {
      const { text } = entryOf(stage, stage.example)
      const { graph } = await load(text)
      const steps = graph.nodes.find(({ name }) => name === 'tried')?.steps
      const shown = steps?.find((step) => step.stage === stage.name)?.options
      expect((stage.options as Options).parse(shown)).toEqual(parsed(stage))
    },
  )
  test.each([...createRegistry().values()].map((stage) => [stage.name, stage] as const))(
    '%s: its example, written out and read back, is the same, however one writes it',
    async (_, stage) => {
      const { text } = entryOf(stage, stage.example)
      expect(await optionsIn(stage, text)).toEqual(parsed(stage))
      const json = JSON.stringify(stage.example)
      expect(text).toContain(json)
      expect(await optionsIn(stage, text.replace(json, asWritten(stage.example)))).toEqual(parsed(stage))
      const yaml = stringify({ example: stage.example as unknown }, { collectionStyle: 'flow' }).replace(
        /^\{ example: |\}\s*$/g,
        '',
      )
      expect(await optionsIn(stage, text.replace(json, yaml))).toEqual(parsed(stage))
    },
  )

  test.each(
    [...createRegistry().values()].flatMap((stage) =>
      stage.main === undefined ? [] : [[stage.name, stage, stage.main] as const],
    ),
  )('%s: a scalar stands for its main option', async (_, stage, main) => {
    const value = (stage.example as Readonly<Record<string, unknown>>)[main]
    const [byScalar, byMap] = [entryOf(stage, value), entryOf(stage, { [main]: value })]
    const found = await optionsIn(stage, byScalar.text)
    expect(found).toBeDefined()
    expect(found).toEqual(await optionsIn(stage, byMap.text))
  })

  test.each([...createRegistry().values()].map((stage) => [stage.name, stage] as const))(
    '%s: an option it has not is refused by name',
    async (_, stage) => {
      const known = Object.keys((stage.options as unknown as { shape: object }).shape)[0] ?? ''
      const wrong = `${known}x`
      // What is no word of a join would be an input.
      const text = 'joins' in stage ? `there is no input ${wrong}` : `${stage.name} has no option ${wrong}`
      const remedy = 'joins' in stage ? 'inputs: face, head' : `did you mean ${known}?`
      const value = 'joins' in stage ? { latest: '1s' } : 1
      const { problems } = await refusal(entryOf(stage, { ...(stage.example as object), [wrong]: value }).text)
      expect(problems).toMatchObject([{ text, remedy }])
    },
  )
})

describe('what the plan refuses and settles beyond single stages', () => {
  test('pictures and sound are not merged into one entry, but each may be a channel', async () => {
    const { problems } = await refusal(`${base}  both: { from: [room.video, room.audio], pipe: [queue] }\n`)
    expect(problems).toMatchObject([
      { line: 8, path: 'operators.both.from', text: 'cannot be merged: room.video is picture, room.audio is sound' },
    ])
    await load(`${base}sinks:\n  live: { from: [room.video, room.audio], websocket: {} }\n`)
    await load(`${base}  two: { from: [faces, faces], pipe: [queue: latest] }\n`)
  })

  test('of two asynchronous stages in one pipe each has its queue, and each queue a key of its own', async () => {
    const options = z.strictObject({})
    const slow = (name: string) =>
      defineOperator({
        name,
        summary: 'Waits.',
        input: detectionsPort,
        output: detectionsPort,
        options,
        example: {},
        work: () => (value) => of(value),
      })
    const plan = await load(`${base}  x: { from: faces, pipe: [one, queue: drop-oldest, two] }\n`, [
      slow('one'),
      slow('two'),
    ])
    const steps = plan.entries.find(({ name }) => name === 'x')?.steps
    expect(steps?.map(({ key, inserted }) => [key, inserted])).toEqual([
      ['x/queue', true],
      ['x/one', false],
      ['x/queue-2', false],
      ['x/two', false],
    ])
  })

  test.each([
    ['two', 'a: { from: b, smooth: {} }\n  b: { from: a, smooth: {} }', 'goes in a circle: a → b → a'],
    [
      'three',
      'a: { from: c, smooth: {} }\n  b: { from: a, smooth: {} }\n  c: { from: b, smooth: {} }',
      'goes in a circle: a → c → b → a',
    ],
  ])('a circle of %s is printed', async (_, entries, text) => {
    const { problems } = await refusal(`${base}  ${entries}\n`)
    expect(problems.map((problem) => problem.text)).toContain(text)
  })

  test('what a sink measures does not lead back into what moves it', async () => {
    const text = base.replace('from: gaze, pipe: [solve-pose]', 'from: head.measured, pipe: [queue]')
    const { problems } = await refusal(`${text}sinks:\n  head: { from: target, reachy-mini: sim }\n`)
    expect(problems.map((problem) => problem.text).join()).toMatch(/goes in a circle: (target → head|head → target)/)
  })

  test('a file that is not there is told with the line of the stage', async () => {
    const { problems, message, code } = await refusal(base.replace('demo:demo.mp4', 'no-such-clip.mp4'))
    expect(problems).toMatchObject([
      { line: 3, column: 11, path: 'streams.room.media.open', text: 'there is no file no-such-clip.mp4' },
    ])
    expect(message).toMatch(/^test\.yaml has one problem:\ntest\.yaml:3:11 {2}streams\.room\.media\.open: .*\n {4}→ /)
    expect(code).toBe('config')
  })

  test('problems are told in the order of the file', async () => {
    const { problems } = await refusal(
      base.replace('pick-face', 'pick').replace('demo:demo.mp4', 'concat:x').replace('solve-pose', 'solve'),
    )
    expect(problems.map(({ line }) => line)).toEqual([3, 6, 7])
  })
})

describe('garbage', () => {
  const words = [
    'saccade',
    'streams',
    'operators',
    'sinks',
    'parameters',
    'expect',
    'from',
    'pipe',
    'media',
    'queue',
    'throttle',
    'websocket',
    'reachy-mini',
    'onError',
    'watchdog',
    'type',
    'default',
    'constructor',
    '__proto__',
    'room',
    'a',
  ]
  const leaf = fc.oneof(
    fc.constantFrom(
      ...words,
      '30fps',
      '1constructor',
      '$a',
      '$constructor',
      'room.video',
      'demo:demo.mp4',
      '-rf',
      'concat:a',
      '\u0000',
    ),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double(),
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.dictionary(fc.constantFrom(...words), tie('tree'), { maxKeys: 5 }),
      fc.array(tie('tree'), { maxLength: 4 }),
    ),
  }))
  const document = fc.record(
    {
      saccade: fc.constantFrom(1, 2, 'x'),
      parameters: tree,
      streams: tree,
      operators: tree,
      sinks: tree,
      expect: tree,
    },
    { requiredKeys: [] },
  )
  const mangled = fc
    .tuple(fc.constant(base), fc.nat(), fc.nat(8), fc.string({ maxLength: 6 }))
    .map(([text, at, length, instead]) => {
      const from = at % text.length
      return `${text.slice(0, from)}${instead}${text.slice(from + length)}`
    })

  test('law: a text is a plan or a list of problems, each with place, words and remedy; nothing else is thrown', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      document.map((value) => JSON.stringify(value)),
      document.map((value) => stringify(value)),
      mangled,
    )
    const set = fc.dictionary(fc.constantFrom('a', 'room', 'constructor', '__proto__'), fc.anything(), { maxKeys: 2 })
    await fc.assert(
      fc.asyncProperty(text, set, async (written, values) => {
        const thrown: unknown = await loadPlan('test.yaml', written, { set: values }).then(
          () => null,
          (error: unknown) => error,
        )
        if (thrown === null) return
        expect(thrown).toBeInstanceOf(RefusedPipeline)
        const { problems } = thrown as RefusedPipeline
        expect(problems.length).toBeGreaterThan(0)
        for (const { line, column, text: words_, remedy } of problems) {
          expect(Math.min(line, column)).toBeGreaterThanOrEqual(1)
          expect(words_).not.toBe('')
          expect(remedy).not.toBe('')
        }
      }),
      { numRuns: runs(500) },
    )
  })

  test.each(['[', '{ a: ', '- '])('%s, a thousand and twenty thousand deep, is refused too', async (mark) => {
    for (const depth of [300, 1000, 20_000]) {
      const { problems } = await refusal(`saccade: 1\nstreams:\n  ${mark.repeat(depth)}`)
      expect(problems.length).toBeGreaterThan(0)
    }
  })
})

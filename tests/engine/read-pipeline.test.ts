import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { howSchema } from '../../src/core/how.js'
import { nearest, suggest } from '../../src/engine/problem.js'
import { readPipeline } from '../../src/engine/read-pipeline.js'
import { asWritten } from '../../src/engine/written.js'
import { runs } from '../helpers/runs.js'

const read = (text: string, set: Readonly<Record<string, unknown>> = {}) =>
  readPipeline(text, 'folder/follow.yaml', set)

/** `3:9 streams.room: …`: what is told, where. */
const told = (text: string, set: Readonly<Record<string, unknown>> = {}): readonly string[] =>
  read(text, set).problems.map((one) => `${String(one.line)}:${String(one.column)} ${one.path}: ${one.text}`)

/** A text with ˇ before the place that is to be told, and that place. */
function pointed(marked: string): { readonly text: string; readonly place: string } {
  const before = marked.split('ˇ')[0]?.split('\n') ?? []
  return {
    text: marked.replace('ˇ', ''),
    place: `${String(before.length)}:${String((before.at(-1)?.length ?? 0) + 1)}`,
  }
}

const head = 'saccade: 1\nstreams:\n  room: { media: clip.mp4 }\n'

/** One entry under operators. */
const entry = (text: string): string => `${head}operators:\n  x: ${text}\n`

const stepsOf = (text: string) => read(text).pipeline.entries.at(-1)?.steps ?? []

describe('the one grammar rule', () => {
  test.each([
    ['a bare word in a pipe', '{ from: room, pipe: [smooth] }', ['smooth']],
    ['a scalar', '{ from: room, throttle: 30fps }', ['throttle']],
    ['a map', '{ from: room, queue: { whenFull: block } }', ['queue']],
    [
      'a pipe of all three',
      '{ from: room, pipe: [smooth, throttle: 30fps, { queue: {}, onError: fail }] }',
      ['smooth', 'throttle', 'queue'],
    ],
    ['a stage before from', '{ throttle: 30fps, from: room }', ['throttle']],
    [
      'any word: whether there is such a stage is the plan’s matter',
      '{ from: room, no-such-stage: 1 }',
      ['no-such-stage'],
    ],
  ])('%s', (_, text, stages) => {
    expect(told(entry(text))).toEqual([])
    expect(stepsOf(entry(text)).map(({ stage }) => stage)).toEqual(stages)
  })

  test('a stage says where it stands, its path, and what is behind it', () => {
    const text = entry('{ from: room, pipe: [smooth, { throttle: 30fps, onError: skip }] }')
    const placeOf = (word: string): string => pointed(text.replace(word, `ˇ${word}`)).place
    const [smooth, throttle] = stepsOf(text).map(({ line, column, ...step }) => ({
      place: `${String(line)}:${String(column)}`,
      ...step,
    }))
    expect(smooth).toMatchObject({
      place: placeOf('smooth'),
      path: 'operators.x.pipe[0].smooth',
      options: null,
      how: {},
      words: [],
    })
    expect(throttle).toMatchObject({
      place: placeOf('throttle'),
      path: 'operators.x.pipe[1].throttle',
      how: { onError: 'skip' },
      words: [{ word: 'onError', path: 'operators.x.pipe[1].onError' }],
    })
    const { line, column, value } = throttle?.options ?? expect.unreachable()
    expect([`${String(line)}:${String(column)}`, value]).toEqual([
      placeOf('30fps'),
      { kind: 'scalar', scalar: '30fps' },
    ])
  })

  test('from is a name, a list of names, or a map of names, in order', () => {
    const from = (text: string) =>
      read(entry(text))
        .pipeline.entries.at(-1)
        ?.from.map(({ name, path, input }) => [name, path, ...(input === null ? [] : [input])])
    expect(from('{ from: room.video, smooth: {} }')).toEqual([['room.video', 'operators.x.from']])
    expect(from('{ from: [a, b.c], smooth: {} }')).toEqual([
      ['a', 'operators.x.from[0]'],
      ['b.c', 'operators.x.from[1]'],
    ])
    expect(from('{ from: { one: a, two: b.c }, join: {} }')).toEqual([
      ['a', 'operators.x.from.one', 'one'],
      ['b.c', 'operators.x.from.two', 'two'],
    ])
  })

  test('the name of a pipeline is its file’s unless it is written', () => {
    expect(read(head).pipeline).toMatchObject({ name: 'follow', about: null })
    expect(read(`${head}name: eyes\nabout: looks around\n`).pipeline).toMatchObject({
      name: 'eyes',
      about: 'looks around',
    })
  })

  test('a watchdog and an expectation are read in ms, with what they say where they say nothing', () => {
    const sink = `${head}sinks:\n  h: { from: room, robot: {}, watchdog: { hold: 0.5s } }\n`
    expect(stepsOf(sink).at(-1)?.how).toEqual({ watchdog: { holdMs: 500, parkMs: 5000 } })
    const pipe = sink.replace('robot: {}', 'pipe: [smooth, robot]')
    expect(stepsOf(pipe).map(({ how }) => how)).toEqual([{}, { watchdog: { holdMs: 500, parkMs: 5000 } }])
    const { expects } = read(`${head}expect:\n  - { from: room, to: h, delay: 1s }\n`).pipeline
    expect(expects).toMatchObject([{ figure: 'delay', limitMs: 1000, at: 'p99', overMs: 10_000, line: 5, column: 5 }])
  })
})

describe('how a stage is run', () => {
  const restart = { afterMs: 100, upToMs: 10_000, most: 5, withinMs: 60_000 }

  test.each([
    ['timeout: 2s', { timeoutMs: 2000 }],
    ['order: completion', { order: 'completion' }],
    ['concurrency: 4', { concurrency: 4 }],
    ['onError: fail', { onError: 'fail' }],
    ['onError: restart', { onError: { restart } }],
    ['onError: { restart: {} }', { onError: { restart } }],
    [
      'onError: { restart: { after: 50ms, upTo: 1s, most: 2, within: 1h } }',
      { onError: { restart: { afterMs: 50, upToMs: 1000, most: 2, withinMs: 3_600_000 } } },
    ],
    [
      'timeout: 500ms, order: latest, concurrency: 2, onError: skip',
      { timeoutMs: 500, order: 'latest', concurrency: 2, onError: 'skip' },
    ],
  ])('%s, on an entry and in a pipe', (words, how) => {
    for (const text of [`{ from: room, x: {}, ${words} }`, `{ from: room, pipe: [{ x: 1, ${words} }] }`]) {
      expect(told(entry(text))).toEqual([])
      expect(stepsOf(entry(text))[0]?.how).toEqual(how)
    }
    expect(stepsOf(`${head}sinks:\n  h: { from: room, ${words}, robot: sim }\n`)[0]?.how).toEqual(how)
  })

  test('a parameter stands for a whole value', () => {
    const text = `parameters:\n  most: { type: duration, default: 2s }\n${entry('{ from: room, x: {}, timeout: $most }')}`
    expect(stepsOf(text)[0]?.how).toEqual({ timeoutMs: 2000 })
    expect(stepsOf(text)).toHaveLength(1)
    expect(read(text, { most: '1s' }).pipeline.entries.at(-1)?.steps[0]?.how).toEqual({ timeoutMs: 1000 })
  })

  test('law (C4): however it is said, in a file and in code, it is read the same', () => {
    const ms = fc.integer({ min: 1, max: 9_999 }).map((value) => `${String(value)}ms`)
    const anyRestart = fc.record(
      {
        after: fc.constant('10ms'),
        upTo: ms.map((text) => `1${text}`),
        most: fc.integer({ min: 1, max: 99 }),
        within: ms,
      },
      { requiredKeys: [] },
    )
    const anyHow = fc.record(
      {
        onError: fc.oneof(
          fc.constantFrom('fail' as const, 'skip' as const, 'restart' as const),
          fc.record({ restart: anyRestart.filter(({ after, upTo }) => after !== undefined || upTo === undefined) }),
        ),
        timeout: ms,
        order: fc.constantFrom('input' as const, 'completion' as const, 'latest' as const),
        concurrency: fc.integer({ min: 1, max: 100_000 }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(anyHow, fc.boolean(), (how, wide) => {
        const words = wide ? JSON.stringify(how).slice(1, -1) : asWritten(how).replace(/^\{ ?| ?\}$/g, '')
        const text = entry(`{ from: room, x: {}${words === '' ? '' : `, ${words}`} }`)
        expect(told(text)).toEqual([])
        expect(stepsOf(text)[0]?.how).toEqual(howSchema.parse(how))
      }),
      { numRuns: runs(300) },
    )
  })
})

describe('what is not of the grammar is told with line and column', () => {
  const later = (word: string): string => `${word} is a word of the language that is not built yet`
  // An entry as a whole is told by its name.
  const entries: readonly (readonly [what: string, marked: string, problem: string])[] = [
    ['no stage', '{ from: room }', 'operators.x: names no stage'],
    ['nothing at all', '', 'operators.x: has no from'],
    ['no from', '{ smooth: {} }', 'operators.x: has no from'],
    [
      'two stages',
      '{ from: room, smooth: {}, ˇthrottle: 30fps }',
      'operators.x.throttle: stands beside smooth, but an item has one stage',
    ],
    [
      'a stage beside a pipe',
      '{ from: room, pipe: [smooth], ˇthrottle: 30fps }',
      'operators.x.throttle: stands beside pipe, but an entry has one stage or a pipe',
    ],
    [
      'onError beside a pipe',
      '{ from: room, pipe: [smooth], ˇonError: skip }',
      'operators.x.onError: stands beside pipe, but belongs to one of its stages',
    ],
    ['a pipe that is no list', '{ from: room, pipe: ˇsmooth }', 'operators.x.pipe: must be a list of stages'],
    ['an empty pipe', '{ from: room, pipe: ˇ[] }', 'operators.x.pipe: is empty'],
    ['a list in a pipe', '{ from: room, pipe: [ˇ[smooth]] }', 'operators.x.pipe[0]: must be a stage, not a list'],
    ['a number in a pipe', '{ from: room, pipe: [ˇ30] }', 'operators.x.pipe[0]: must be a stage: found 30'],
    [
      'a number in from',
      '{ from: ˇ3, smooth: {} }',
      'operators.x.from: must be a name, a list of names or a map of names: found 3',
    ],
    [
      'a number in a map of names',
      '{ from: { a: ˇ3, b: room }, smooth: {} }',
      'operators.x.from.a: must be a name, a list of names or a map of names: found 3',
    ],
    [
      'a list in a map of names',
      '{ from: { a: ˇ[room, room], b: room }, smooth: {} }',
      'operators.x.from.a: must be a name, not a list',
    ],
    [
      'an input that has no name',
      '{ from: { ˇ"a b": room, b: room }, smooth: {} }',
      'operators.x.from.a b: "a b" is not a name',
    ],
    [
      'a map in a list of names',
      '{ from: [ˇ{ a: room }, room], smooth: {} }',
      'operators.x.from[0]: must be a name, not a map',
    ],
    [
      'a watchdog on an operator',
      '{ from: room, smooth: {}, ˇwatchdog: { hold: 1s } }',
      'operators.x.watchdog: only sinks with an actuator have a watchdog',
    ],
    [
      'no policy',
      '{ from: room, smooth: {}, onError: ˇignore }',
      'operators.x.onError: is not a policy: found "ignore"',
    ],
    [
      'a policy with a word that is none',
      '{ from: room, smooth: {}, onError: { restart: {}, ˇretry: 3 } }',
      'operators.x.onError.retry: is not a word of onError',
    ],
    [
      'a restart with a word that is none',
      '{ from: room, smooth: {}, onError: { restart: { ˇaftr: 1s } } }',
      'operators.x.onError.restart.aftr: is not a word of onError.restart',
    ],
    [
      'a pause without its unit',
      '{ from: room, pipe: [{ smooth: {}, onError: { restart: { after: ˇ3 } } }] }',
      'operators.x.pipe[0].onError.restart.after: a duration with its unit is needed, such as 50ms (units: us, ms, s, min, h): found the bare number 3',
    ],
    [
      'pauses the wrong way round',
      '{ from: room, smooth: {}, onError: { restart: { after: 2s, upTo: ˇ1s } } }',
      'operators.x.onError.restart.upTo: is shorter than after: found "1s"',
    ],
    [
      'a timeout without its unit',
      '{ from: room, smooth: {}, timeout: ˇ2 }',
      'operators.x.timeout: a duration with its unit is needed, such as 50ms (units: us, ms, s, min, h): found the bare number 2',
    ],
    [
      'a timeout of nothing',
      '{ from: room, smooth: {}, timeout: ˇ0s }',
      'operators.x.timeout: must be more than 0: found 0s',
    ],
    ['no order', '{ from: room, smooth: {}, order: ˇrandom }', 'operators.x.order: Invalid option'],
    ['none at once', '{ from: room, smooth: {}, concurrency: ˇ0 }', 'operators.x.concurrency: Too small'],
    ['half a one at once', '{ from: room, smooth: {}, concurrency: ˇ1.5 }', 'operators.x.concurrency: Invalid input'],
    [
      'an unknown parameter',
      '{ from: room, smooth: {}, timeout: ˇ$most }',
      'operators.x.timeout: there is no parameter most',
    ],
    ...['arbitrate', 'input'].flatMap((word) => [
      [word, `{ from: room, ˇ${word}: 1, smooth: {} }`, `operators.x.${word}: ${later(word)}`] as const,
      [
        `${word} beside a pipe`,
        `{ from: room, ˇ${word}: 1, pipe: [smooth] }`,
        `operators.x.${word}: ${later(word)}`,
      ] as const,
    ]),
    ...['timeout', 'order', 'concurrency'].map(
      (word) =>
        [
          `${word} beside a pipe`,
          `{ from: room, ˇ${word}: 1, pipe: [smooth] }`,
          `operators.x.${word}: stands beside pipe, but belongs to one of its stages`,
        ] as const,
    ),
  ]
  test.each(entries)('%s', (_, marked, problem) => {
    const { text, place } = pointed(marked.includes('ˇ') ? entry(marked) : entry(marked).replace('x:', 'ˇx:'))
    expect(told(text).join('\n')).toContain(`${place} ${problem}`)
  })

  test.each(['resources', 'secrets', 'safety', 'route'])(
    '%s at the top is not built yet, and refused as such',
    (word) => {
      expect(told(`${head}${word}: {}\n`)).toEqual([`4:1 ${word}: ${later(word)}`])
    },
  )

  test.each([
    [
      'a name that is none',
      `${head}operators:\n  ˇ"a b": { from: room, smooth: {} }\n`,
      'operators.a b: "a b" is not a name',
    ],
    [
      'a stream with from',
      'saccade: 1\nstreams:\n  room: { ˇfrom: x, media: clip.mp4 }\n',
      'streams.room.from: a stream has no from: it is where packets are born',
    ],
    ['streams as a list', 'saccade: 1\nstreams:\n  ˇ- media\n', 'streams: streams must be a map of names'],
    ['no streams', 'ˇsaccade: 1\n', 'streams: there are no streams, so nothing would run'],
    ['no version', 'ˇstreams:\n  room: { media: x }\n', 'saccade: the version of the language is missing'],
    ['a version in quotes', head.replace('1', 'ˇ"1"'), 'saccade: version "1" is not known'],
    ['an expectation that is no list', `${head}expect: ˇ{}\n`, 'expect: must be a list'],
    ['no figure', `${head}expect:\n  - ˇ{ from: room, to: x }\n`, 'expect[0]: must name one of reaction, delay, age'],
    [
      'two figures',
      `${head}expect:\n  - ˇ{ from: room, to: x, delay: 1s, age: 1s }\n`,
      'expect[0]: must name one of reaction, delay, age',
    ],
    [
      'a percentile that is none',
      `${head}expect:\n  - { from: room, to: x, delay: 1s, at: ˇp90 }\n`,
      'expect[0].at: must be p50, p95 or p99: found "p90"',
    ],
    ['a word twice', `${head}ˇstreams: {}\n`, ': this is not YAML as it should be: Map keys must be unique'],
    [
      'a second document',
      `${head}ˇ---\n${head}`,
      ': this is not YAML as it should be: a file holds one pipeline, and here a second begins',
    ],
  ])('%s', (_, marked, problem) => {
    const { text, place } = pointed(marked)
    expect(told(text)).toContain(`${place} ${problem}`)
  })

  test('five mistakes are told at once, each where it is, with the nearest name', () => {
    const text = `saccade: 1
parameters:
  camera: { type: sorce, default: clip.mp4, abuot: x }
strems: {}
streams:
  room: { media: clip.mp4 }
sinks:
  head: { from: room, reachy-mini: {}, watchdog: { hodl: 1s, park: 5 } }
`
    const { problems } = read(text)
    expect(problems.map(({ line, column, path, remedy }) => [line, column, path, remedy])).toEqual(
      expect.arrayContaining([
        [3, 19, 'parameters.camera', 'did you mean source?'],
        [3, 45, 'parameters.camera.abuot', 'did you mean about?'],
        [4, 1, 'strems', 'did you mean streams?'],
        [8, 52, 'sinks.head.watchdog.hodl', 'did you mean hold?'],
        [8, 68, 'sinks.head.watchdog.park', 'write watchdog: { hold: 300ms, park: 5s }'],
      ]),
    )
  })
})

describe('parameters', () => {
  const declared = (type: string, value: string): string =>
    `parameters:\n  p: { type: ${type}, default: ${value} }\n${head}`

  test.each([
    ['source', 'clip.mp4', '3'],
    ['robot', 'sim', '3'],
    ['string', 'word', '3'],
    ['number', '3', 'three'],
    ['boolean', 'true', 'yes!'],
    ['duration', '50ms', '50'],
    ['rate', '30fps', '30'],
    ['angle', '5deg', '5'],
    ['length', '10mm', '10mn'],
    ['bytes', '2MB', '2'],
    ['size', '640x480', '640'],
  ])('%s takes %s and refuses %s, by default and by --set', (type, good, bad) => {
    expect(told(declared(type, good))).toEqual([])
    expect(told(declared(type, good), { p: good })).toEqual([])
    const { text, place } = pointed(declared(type, `ˇ${bad}`))
    expect(told(text).join('\n')).toContain(`${place} parameters.p: default`)
    // Text on the command line is always text: what takes any text takes it.
    if (!['source', 'robot', 'string'].includes(type)) {
      expect(told(declared(type, good), { p: bad }).join('\n')).toContain(`--set p=${bad} is no ${type}`)
    }
  })

  test('a value from the host keeps its type, one from the command line gets the parameter’s', () => {
    const value = (type: string, set: unknown) =>
      read(declared(type, type === 'number' ? '1' : 'true'), { p: set }).pipeline.parameters.get('p')?.value
    expect([value('number', '2.5'), value('number', 7), value('boolean', 'false'), value('boolean', true)]).toEqual([
      2.5,
      7,
      false,
      true,
    ])
  })

  test('none without a value, none that is set and not declared', () => {
    expect(told(`parameters:\n  p: { type: source }\n${head}`)).toEqual(['2:3 parameters.p: has no value'])
    expect(told(`parameters:\n  p: { type: source }\n${head}`, { p: 'x' })).toEqual([])
    expect(read(head, { constructor: 'x' }).problems).toMatchObject([
      { path: '--set constructor', text: 'there is no such parameter' },
    ])
    expect(told(`parameters:\n  p: { default: x }\n${head}`)).toEqual(['2:3 parameters.p: has no type'])
  })
})

describe('nearest name', () => {
  test.each([
    ['detect-face', ['throttle', 'detect-faces'], 'detect-faces'],
    ['Throttle', ['throttle'], 'throttle'],
    ['thr', ['throttle', 'three'], 'throttle'],
    ['zebra', ['throttle', 'queue'], null],
    ['', ['throttle'], null],
  ])('of %s in %s is %s', (word, names, found) => {
    expect(nearest(word, names)).toBe(found)
  })

  test('where none is near, all are named', () => {
    expect(suggest('zebra', ['throttle', 'smooth'], 'operators')).toBe('operators: throttle, smooth')
    expect(suggest('zebra', [], 'parameters')).toBe('there are no parameters here')
  })
})

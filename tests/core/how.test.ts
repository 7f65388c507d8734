import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineOperator, definePassing } from '../../src/core/define.js'
import { describeHow, howExamples, howSchema, wordsOf } from '../../src/core/how.js'
import { anyPort, definePort } from '../../src/core/stage.js'
import { reachyMini } from '../../src/sinks/index.js'
import { arriving, lasting } from './loads.js'
import { heldOf, virtualRuntime } from './births.js'

const numbers = definePort<number>('number', 'a number')
const facts = { input: numbers, output: numbers, options: z.strictObject({}), example: {} } as const

const double = defineOperator({
  ...facts,
  name: 'double',
  summary: 'Doubles.',
  each: () => (value: number) => value * 2,
})
const pass = definePassing({
  ...facts,
  input: anyPort,
  output: anyPort,
  name: 'pass',
  summary: 'Passes.',
  packets: () => (in$) => in$,
})

describe('how a stage is run, in code', () => {
  test('names and units are those of a file, and the stage keeps to them', async () => {
    const { clock, runtime } = virtualRuntime()
    const costsMs = [60, 20, 30, 200, 10]
    const slow = defineOperator({
      ...facts,
      name: 'slow',
      summary: 'Waits.',
      work: () => (value: number) => lasting(clock, costsMs[value] ?? 0, value, value === 4),
    })
    const given: [number, number][] = []
    runtime.run(() => {
      arriving(clock, [0, 10, 20, 30, 100])
        .pipe(slow({}, { concurrency: 4, order: 'completion', timeout: '100ms', onError: 'skip' }))
        .subscribe(({ value }) => given.push([value, clock.nowMs()]))
    })
    await clock.run(() => false)
    expect(given).toEqual([
      [1, 30],
      [2, 50],
      [0, 60],
    ])
    const meter = runtime.meters.get('slow') ?? expect.unreachable()
    expect([meter.droppedBy('error'), heldOf(meter)]).toEqual([2, 0])
    expect(runtime.events.map(({ text }) => text)).toEqual([
      'slow skipped an item: the work failed',
      'slow skipped an item: the work on an item took longer than its timeout of 100ms',
    ])
  })

  test('what does not fit the stage is refused with why, all at once', () => {
    expect(() => double({}, { timeout: '1s', order: 'latest', onError: 'skip' })).toThrow(
      'cannot make double: double gives its result in the turn of its input, so it has no timeout: that is for asynchronous work; double gives its result in the turn of its input, so it has no order',
    )
    expect(() => pass({}, { onError: 'skip' })).toThrow('pass is not one for one, so it cannot skip an item')
    expect(() => pass({}, { watchdog: {} })).toThrow('pass moves nothing, so it has no watchdog')
    expect(() => reachyMini({}, { concurrency: 2 })).toThrow('reachy-mini is not one for one, so it has no concurrency')
    expect(() => double({}, { onError: 'ignore' as never, timeout: '1' })).toThrow(
      /onError: is not a policy; timeout: .*write 1ms/,
    )
    expect(() => double({}, { onErorr: 'skip' } as never)).toThrow('Unrecognized key: "onErorr"')
  })

  test('a stage may be restarted, but for one that moves something (S3)', () => {
    for (const make of [double, pass]) expect(() => make({}, { onError: 'restart' })).not.toThrow()
    expect(() => reachyMini({}, { onError: 'restart' })).toThrow(/reachy-mini cannot be built anew/)
  })

  test('the words of a stage are those that it is not refused for', () => {
    const named = (stage: Parameters<typeof wordsOf>[0]): readonly string[] => wordsOf(stage).map(({ word }) => word)
    expect(named(double.definition)).toEqual(['onError'])
    expect(named(pass.definition)).toEqual(['onError'])
    expect(named(reachyMini.definition)).toEqual(['onError', 'watchdog'])
    for (const { about } of wordsOf(reachyMini.definition)) expect(about).not.toBe('')
    expect(Object.keys(howExamples)).toEqual(expect.arrayContaining(['onError', 'timeout', 'order', 'concurrency']))
  })

  test('it is told in the words in which it is written', () => {
    const told = (written: Parameters<typeof howSchema.parse>[0]): string =>
      describeHow(howSchema.parse(written)).join(', ')
    expect(told({})).toBe('')
    expect(told({ timeout: '2s', concurrency: 4, order: 'input', onError: 'fail' })).toBe(
      'concurrency 4, order input, timeout 2s, onError fail',
    )
    expect(told({ watchdog: { park: '9s' } })).toBe('watchdog: holds after 300ms, parks after 9s')
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agreementOf, cosineOf, verdictOf } from '../../src/cli/models/compare.js'
import { createProgress } from '../../src/cli/models/progress.js'
import { quantile } from '../../src/cli/models/quantile.js'
import { pictureJobOf } from '../../src/cli/models/stage-job.js'
import { suitsOf } from '../../src/cli/models/suits.js'
import { columns, megabytes } from '../../src/cli/models/written.js'
import type { ModelFacts } from '../../src/core/inference.js'
import type { Detection } from '../../src/core/ports.js'
import { HandClock } from '../helpers/hand-clock.js'
import { runs } from '../helpers/runs.js'

const side = fc.integer({ min: 1, max: 20 }).map((cells) => 32 * cells)
const labels = fc.integer({ min: 1, max: 90 })
const cellsOf = (width: number, height: number): number =>
  [8, 16, 32].reduce((sum, stride) => sum + (width / stride) * (height / stride), 0)
const model = (input: readonly (number | null)[], output: readonly (number | null)[]): ModelFacts => ({
  name: 'some',
  inputs: [{ name: 'in', type: 'float32', dims: input }],
  outputs: [{ name: 'out', type: 'float32', dims: output }],
})

describe('which decoder suits', () => {
  test('YOLOX and YOLOv8 are told by their shapes, with the number of labels', () => {
    fc.assert(
      fc.property(side, side, labels, fc.boolean(), (width, height, many, isNhwc) => {
        const input = isNhwc ? [1, height, width, 3] : [1, 3, height, width]
        const cells = cellsOf(width, height)
        fc.pre(many + 5 !== 6 && cells !== 6 && cells !== many + 5)
        expect(suitsOf(model(input, [1, cells, 5 + many]))).toContainEqual({ decoder: 'yolox', labels: many })
        expect(suitsOf(model(input, [1, 4 + many, cells]))).toEqual([{ decoder: 'yolov8', labels: many }])
      }),
    )
  })

  test('what is said to suit is taken by the stage, for any shapes at all', () => {
    const size = fc.oneof(
      fc.constantFrom(1, 3, 6, 17, 64, 84, 85, 100, 416, 3549, null),
      fc.integer({ min: 1, max: 9000 }),
    )
    const dims = fc.array(size, { maxLength: 5 })
    fc.assert(
      fc.property(dims, dims, (input, output) => {
        for (const { decoder, labels: many } of suitsOf(model(input, output))) {
          const names = Array.from({ length: many ?? 1 }, (_, k) => String(k))
          const facts = { decoder, labels: names, picture: {}, sizePx: [640, 640] as const }
          expect(pictureJobOf(facts, model(input, output))).toHaveProperty('prepare')
        }
      }),
      { numRuns: runs(500) },
    )
  })

  test.each<[string, ModelFacts, unknown]>([
    ['boxes that are chosen inside', model([1, 3, 640, 640], [1, 300, 6]), [{ decoder: 'nms-inside', labels: null }]],
    ['MoveNet', model([1, 192, 192, 3], [1, 1, 17, 3]), [{ decoder: 'movenet', labels: null }]],
    ['pictures of any size', model([1, 3, null, null], [1, 84, null]), [{ decoder: 'yolov8', labels: 80 }]],
    ['a table that is no answer to so large a picture', model([1, 3, 640, 640], [1, 84, 100]), []],
    ['a classifier', model([1, 3, 224, 224], [1, 1000]), []],
    ['YOLOv5, whose cells are other ones', model([1, 3, 640, 640], [1, 25_200, 85]), []],
  ])('%s', (_, facts, suits) => {
    expect(suitsOf(facts)).toEqual(suits)
  })
})

const detection: fc.Arbitrary<Detection> = fc.record({
  label: fc.constantFrom('cat', 'dog'),
  score: fc.double({ min: 0, max: 1, noNaN: true }),
  boxPx: fc.tuple(
    fc.nat({ max: 50 }),
    fc.nat({ max: 50 }),
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 30 }),
  ),
  keypointsPx: fc.constant([]),
})
const pictures = fc.array(fc.array(detection, { maxLength: 6 }), { maxLength: 4 })
const count = (all: readonly (readonly unknown[])[]): number => all.reduce((sum, one) => sum + one.length, 0)

describe('how far two models find the same', () => {
  test('with itself all of it; with nothing, nothing', () => {
    fc.assert(
      fc.property(pictures, (found) => {
        const boxes = count(found)
        expect(agreementOf(found, found)).toMatchObject({ boxes, kept: boxes, onlySecond: 0 })
        expect(agreementOf(found, [])).toMatchObject({ boxes, kept: 0, onlySecond: 0 })
        expect(agreementOf([], found)).toMatchObject({ boxes: 0, kept: 0 })
      }),
    )
  })

  test('every box is counted once: kept, lost or only in the second; another label keeps none', () => {
    fc.assert(
      fc.property(pictures, pictures, (first, other) => {
        const second = first.map((_, i) => other[i] ?? [])
        const { boxes, kept, onlySecond, scoreDifference } = agreementOf(first, second)
        expect(boxes).toBe(count(first))
        expect(kept + onlySecond).toBe(count(second))
        expect(kept).toBeLessThanOrEqual(boxes)
        expect(onlySecond).toBeGreaterThanOrEqual(0)
        if (kept > 0) expect(scoreDifference).toBeLessThanOrEqual(1)
        const renamed = first.map((found) => found.map((one) => ({ ...one, label: 'bird' })))
        expect(agreementOf(first, renamed).kept).toBe(0)
      }),
    )
  })

  test('one box keeps one, not two that lie at the same place', () => {
    const one: Detection = { label: 'cat', score: 0.9, boxPx: [0, 0, 10, 10], keypointsPx: [] }
    expect(agreementOf([[one, { ...one, score: 0.8 }]], [[one]])).toMatchObject({ boxes: 2, kept: 1, onlySecond: 0 })
  })

  test('scores are apart by their mean difference', () => {
    const one: Detection = { label: 'cat', score: 0.9, boxPx: [0, 0, 10, 10], keypointsPx: [] }
    const far: Detection = { ...one, score: 0.5, boxPx: [20, 20, 10, 10] }
    const { kept, onlySecond, scoreDifference } = agreementOf(
      [[one]],
      [[{ ...one, score: 0.8, boxPx: [2, 0, 10, 10] }, far]],
    )
    expect({ kept, onlySecond }).toEqual({ kept: 1, onlySecond: 1 })
    expect(scoreDifference).toBeCloseTo(0.1)
  })

  test('a cosine is 1 with itself and with any multiple, −1 with the opposite', () => {
    const numbers = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1 })
    const tensors = (data: readonly number[]) => ({
      out: { type: 'float32' as const, dims: [data.length], data: Float32Array.from(data) },
    })
    fc.assert(
      fc.property(numbers, (data) => {
        fc.pre(data.some((value) => Math.abs(value) > 1e-3))
        expect(cosineOf(tensors(data), tensors(data.map((value) => 2 * value)))).toBeCloseTo(1)
        expect(cosineOf(tensors(data), tensors(data.map((value) => -value)))).toBeCloseTo(-1)
      }),
    )
    expect(cosineOf(tensors([0]), tensors([0]))).toBe(1)
  })
})

describe('whether it paid', () => {
  const agreement = { boxes: 100, kept: 97, onlySecond: 2, scoreDifference: 0.01 }
  const base = { bytes: [400, 100], p50Ms: [10, 5], agreement, cosine: 0.9 } as const

  test.each([
    [base, 'It paid: 2.00 times as fast, 25 % of the size, 97 of 100 boxes kept, 2 that only int8 has.'],
    [{ ...base, p50Ms: [5, 10] }, 'It did not pay: 2.00 times as slow, 25 % of the size, 97 of 100 boxes kept'],
    [{ ...base, p50Ms: [10, 9.9] }, 'It did not pay: as fast as before, 25 %'],
    [{ ...base, agreement: { ...agreement, kept: 94 } }, 'It did not pay: 2.00 times as fast'],
    [{ ...base, agreement: { ...agreement, onlySecond: 6 } }, 'It did not pay: 2.00 times as fast'],
    [
      { ...base, agreement: null, cosine: 0.995 },
      'It paid: 2.00 times as fast, 25 % of the size, the answers agree to a cosine of 0.9950.',
    ],
    [
      { ...base, agreement: { ...agreement, boxes: 0, kept: 0 } },
      'It did not pay: 2.00 times as fast, 25 % of the size, the answers agree to',
    ],
  ] as const)('%#', (comparison, said) => {
    const { paid, text } = verdictOf(comparison)
    expect(text).toContain(said)
    expect(paid).toBe(text.startsWith('It paid'))
  })
})

describe('how it is written', () => {
  test('a quantile is one of the numbers, and so large a share is not above it', () => {
    const numbers = fc.array(fc.double({ noNaN: true }), { minLength: 1 }).map((all) => all.sort((a, b) => a - b))
    fc.assert(
      fc.property(numbers, fc.double({ min: 0.01, max: 1, noNaN: true }), (sorted, share) => {
        const value = quantile(sorted, share)
        expect(sorted).toContain(value)
        expect(sorted.filter((one) => one <= value).length).toBeGreaterThanOrEqual(share * sorted.length)
        expect(sorted.filter((one) => one < value).length).toBeLessThan(share * sorted.length)
      }),
    )
    expect(quantile([], 0.5)).toBeNaN()
  })

  test('sizes and columns', () => {
    expect([999, 1000, 9900, 603_432, 3_678_356, 29_900_000].map(megabytes)).toEqual([
      '999 B',
      '1.0 kB',
      '9.9 kB',
      '603 kB',
      '3.7 MB',
      '30 MB',
    ])
    expect(
      columns([
        ['a', 'bb', 'c'],
        ['aaa', 'b', ''],
      ]),
    ).toBe('a    bb  c\naaa  b\n')
  })

  test('the end is told however soon it comes', () => {
    const written: string[] = []
    const place = { isTerminal: false, write: (text: string) => written.push(text) }
    const { tell } = createProgress('mine', new HandClock(), place)
    for (const doneBytes of [0, 5, 10]) tell({ kind: 'bytes', doneBytes, totalBytes: 10 })
    expect(written).toEqual(['  mine 0 B of 10 B\n', '  mine 10 B of 10 B\n'])
  })

  test('on a terminal a bar that is written over, ten times a second at most; elsewhere a line each five seconds', () => {
    const [terminal, log] = [true, false].map((isTerminal) => {
      const clock = new HandClock()
      const written: string[] = []
      const { tell, end } = createProgress('mine', clock, { isTerminal, write: (text) => written.push(text) })
      tell({ kind: 'from', text: 'there' })
      for (let doneBytes = 0; doneBytes <= 1000; doneBytes++) {
        tell({ kind: 'bytes', doneBytes, totalBytes: 1000 })
        clock.pass(10)
      }
      expect(end()).toBe(10_010)
      return written
    })
    expect(terminal).toHaveLength(1 + 101 + 1)
    expect(terminal?.[51]).toBe('\r\u001b[2K  mine ████████████░░░░░░░░░░░░ 500 B of 1.0 kB, 100 B/s, 5 s left')
    expect(log).toEqual([
      '· mine from there\n',
      '  mine 0 B of 1.0 kB\n',
      '  mine 500 B of 1.0 kB, 100 B/s, 5 s left\n',
      '  mine 1.0 kB of 1.0 kB, 100 B/s\n',
      '',
    ])
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ModelFacts, TensorLike } from '../../src/core/inference.js'
import { fitJob, type PoseInput } from '../../src/vision/movenet.js'
import { asSource, picture } from './pictures.js'
import { runs } from '../helpers/runs.js'

const facts: ModelFacts = {
  name: 'mine',
  inputs: [{ name: 'input', type: 'int32', dims: [1, 192, 192, 3] }],
  outputs: [{ name: 'Identity', type: 'float32', dims: [1, 1, 17, 3] }],
}
const fitted = fitJob({ picture: {}, sizePx: null }, facts)
if (!('finish' in fitted)) throw new Error(fitted.join())
const job = fitted

const share = fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000)
const points = fc.array(fc.tuple(share, share, share), { minLength: 17, maxLength: 17 })
const answer = (values: readonly (readonly number[])[]): Record<string, TensorLike> => ({
  Identity: { type: 'float32', dims: [1, 1, 17, 3], data: Float32Array.from(values.flat()) },
})

describe('movenet', () => {
  test('law: each keypoint and its score is told in the source’s pixels; the box is around those that count', () => {
    const shrink = fc.constantFrom(1, 2, 4)
    fc.assert(
      fc.property(points, share, shrink, (values, minScore, by) => {
        const geometry = { ...asSource(1280, 720), scaleX: by, scaleY: by }
        const from = picture('gray', 1280 / by, 720 / by, () => 0, geometry)
        const { found, sizePx } = job.finish(answer(values), { picture: from, minScore })
        expect(sizePx).toEqual([1280, 720])
        // 192×108 in the middle of 192×192: 42 px from the top.
        const wanted = values.map(([y, x]) => [(x * 192 * 20) / 3, ((y * 192 - 42) * 20) / 3] as const)
        const counts = wanted.filter((_, k) => Math.fround(values[k]?.[2] ?? 0) >= minScore)
        expect(found.length).toBe(counts.length >= 4 ? 1 : 0)
        const [person] = found
        if (person === undefined) return
        person.keypointsPx.forEach(([x, y], k) => {
          expect(x).toBeCloseTo(wanted[k]?.[0] ?? NaN, 2)
          expect(y).toBeCloseTo(wanted[k]?.[1] ?? NaN, 2)
        })
        person.keypointScores?.forEach((score, k) => {
          expect(score).toBeCloseTo(values[k]?.[2] ?? NaN, 5)
        })
        const [left, top, width, height] = person.boxPx
        expect(left).toBeCloseTo(Math.min(...counts.map(([x]) => x)), 2)
        expect(top + height).toBeCloseTo(Math.max(...counts.map(([, y]) => y)), 2)
        expect(left + width).toBeCloseTo(Math.max(...counts.map(([x]) => x)), 2)
        expect(person.score).toBeGreaterThanOrEqual(Math.fround(minScore) - 1e-6)
        expect([person.keypointsPx.length, person.keypointScores?.length]).toEqual([17, 17])
      }),
    )
  })

  test('law: a picture goes in as whole levels of 0 to 255, black around it', () => {
    const level = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(level, level, level, fc.boolean(), (r, g, b, wide) => {
        const [width, height] = wide ? [96, 48] : [200, 400]
        const from = picture('rgb24', width, height, (i) => [r, g, b][i % 3] ?? 0)
        const tensor = job.prepare({ picture: from, minScore: 0 })['input']
        expect(tensor?.data).toBeInstanceOf(Int32Array)
        const at = (x: number, y: number) => [...(tensor?.data ?? [])].slice((y * 192 + x) * 3, (y * 192 + x) * 3 + 3)
        expect(at(96, 96)).toEqual([r, g, b])
        expect(at(wide ? 96 : 10, wide ? 10 : 96)).toEqual([0, 0, 0])
      }),
      { numRuns: runs(20) },
    )
  })

  test('a number that is none is an error that names the model; another shape is told', () => {
    const values = Array.from({ length: 17 }, () => [0.5, NaN, 0.5])
    const input: PoseInput = { picture: picture('gray', 192, 192, () => 0), minScore: 0.3 }
    expect(() => job.finish(answer(values), input)).toThrow(/model mine .* output Identity /)
    const other = fitJob(
      { picture: {}, sizePx: null },
      { ...facts, outputs: [{ name: 'a', type: 'float32', dims: [1, 56] }] },
    )
    expect(other).toEqual([expect.stringContaining('an output must be float32 [1, 1, 17, 3]')])
  })
})

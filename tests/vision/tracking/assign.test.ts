import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assign } from '../../../src/vision/tracking/assign.js'
import { between } from '../../robot/arbitraries.js'
import { runs } from '../../helpers/runs.js'

type Weights = readonly (readonly number[])[]

/** Rows by columns, with holes and ties, wide ones and high ones. */
const anyWeights = (most: number): fc.Arbitrary<Weights> =>
  fc.tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: most })).chain(([rows, columns]) => {
    const weight = fc.oneof(between(-1, 1), fc.constantFrom(0, -0.5, 0.25, 0.5, 1))
    const row = fc.array(weight, { minLength: columns, maxLength: columns })
    return fc.array(row, { minLength: rows, maxLength: rows })
  })

function solve(weights: Weights): readonly number[] {
  return [...assign(weights.length, weights[0]?.length ?? 0, (row, column) => weights[row]?.[column] ?? 0)]
}

function sumOf(weights: Weights, columns: readonly number[]): number {
  return columns.reduce((sum, column, row) => sum + (column < 0 ? 0 : (weights[row]?.[column] ?? NaN)), 0)
}

/** The highest sum, by trying all. */
function best([first, ...others]: Weights, taken: ReadonlySet<number> = new Set()): number {
  if (first === undefined) return 0
  const alone = best(others, taken)
  const paired = first.map((weight, column) =>
    weight > 0 && !taken.has(column) ? weight + best(others, new Set([...taken, column])) : 0,
  )
  return Math.max(alone, ...paired)
}

describe('assign', () => {
  test('law: the sum is the highest of all ways to pair', () => {
    fc.assert(
      fc.property(anyWeights(5), (weights) => {
        expect(sumOf(weights, solve(weights))).toBeCloseTo(best(weights), 9)
      }),
      { numRuns: runs(300) },
    )
  })

  test('law: no column twice, and no pair that weighs nothing', () => {
    fc.assert(
      fc.property(anyWeights(20), (weights) => {
        const columns = solve(weights)
        expect(columns).toHaveLength(weights.length)
        const paired = columns.filter((column) => column >= 0)
        expect(new Set(paired).size).toBe(paired.length)
        for (const [row, column] of columns.entries())
          if (column >= 0) expect(weights[row]?.[column]).toBeGreaterThan(0)
      }),
    )
  })

  test('law: turned on its side it is worth the same', () => {
    fc.assert(
      fc.property(anyWeights(12), (weights) => {
        const turned = (weights[0] ?? []).map((_, column) => weights.map((row) => row[column] ?? NaN))
        expect(sumOf(turned, solve(turned))).toBeCloseTo(sumOf(weights, solve(weights)), 9)
      }),
    )
  })

  test('the best for one is left to another where both are better off', () => {
    expect(
      solve([
        [0.9, 0.8],
        [0.7, 0],
      ]),
    ).toEqual([1, 0])
  })

  test('a weight that is no number is no pair', () => {
    expect(solve([[NaN, 0.1]])).toEqual([1])
  })

  test('300 by 300 that all overlap come to an end', () => {
    const columns = [...assign(300, 300, (row, column) => ((row * 31 + column * 17) % 97) / 97 + 0.01)]
    expect(new Set(columns).size).toBe(300)
  })
})

import { describe, expect, test } from 'vitest'
import { alaw, mulaw } from '../../src/audio/g711.js'

const everySample = Array.from({ length: 65_536 }, (_, n) => n - 32_768)
const everyCode = Array.from({ length: 256 }, (_, code) => code)

/**
 * The decision values x1, x2 … of G.711: `segments` of so many intervals of so wide steps, from zero on. The tables 1a and 2a give
 * them in these units; 16 bits hold `unit` of them in one.
 */
const decisions = (unit: number, segments: readonly (readonly [count: number, step: number])[]): readonly number[] => {
  let at = 0
  return segments.flatMap(([count, step]) => Array.from({ length: count }, () => (at += step) * unit))
}

/** Table 1a: to 4096, the first two segments with steps of 2. Character signals: even bits inverted, the sign set for positive. */
const tableA = {
  thresholds: decisions(8, [[32, 2], ...[4, 8, 16, 32, 64, 128].map((step) => [16, step] as const)]),
  code: (n: number, negative: boolean) => (n | (negative ? 0 : 0x80)) ^ 0x55,
}
/** Table 2a: to 8159, the very first step of 1. Character signals: all inverted. */
const tableMu = {
  thresholds: decisions(4, [[1, 1], [15, 2], ...[4, 8, 16, 32, 64, 128, 256].map((step) => [16, step] as const)]),
  code: (n: number, negative: boolean) => (n | (negative ? 0x80 : 0)) ^ 0xff,
}

/** The number of the interval: decision values at or below it. Negative ones are mirrored, so that the edge is not in it. */
const intervalOf = (sample: number, thresholds: readonly number[]): number => {
  const passed = thresholds.filter((x) => (sample < 0 ? -sample > x : sample >= x)).length
  return Math.min(127, passed)
}

describe.each([
  ['µ-law', mulaw, tableMu, 0],
  ['A-law', alaw, tableA, null],
] as const)('%s', (_, law, table, zero) => {
  test('law: all 65536 samples have the character signal of the ITU’s table', () => {
    const wrong = everySample.filter(
      (sample) => law.encode(sample) !== table.code(intervalOf(sample, table.thresholds), sample < 0),
    )
    expect(wrong).toEqual([])
  })

  test('law: each of the 256 codes stands for the middle of its interval', () => {
    for (const code of everyCode) {
      const inside = everySample.filter((sample) => law.encode(sample) === code)
      const n = intervalOf(inside[0] ?? 0, table.thresholds)
      const [low, high] = [table.thresholds[n - 1] ?? 0, table.thresholds[n] ?? 0]
      // Of µ-law the first interval, half as wide, stands for zero.
      const middle = n === 0 && zero !== null ? zero : (low + high) / 2
      expect(Math.abs(law.decode(code)), `code ${String(code)}`).toBe(middle)
    }
  })

  test('law: what was once encoded stays what it is', () => {
    for (const code of everyCode) {
      const value = law.decode(code)
      expect(law.decode(law.encode(value))).toBe(value)
    }
  })

  test('law: a louder sample is never decoded as a quieter one', () => {
    const decoded = everySample.map((sample) => law.decode(law.encode(sample)))
    expect(decoded.filter((value, n) => value < (decoded[n - 1] ?? -Infinity))).toEqual([])
  })
})

test('the ends and the middle, by the tables', () => {
  expect([0, -1, 32_767, -32_768].map(mulaw.encode)).toEqual([0xff, 0x7f, 0x80, 0x00])
  expect([0, -1, 32_767, -32_768].map(alaw.encode)).toEqual([0xd5, 0x55, 0xaa, 0x2a])
})

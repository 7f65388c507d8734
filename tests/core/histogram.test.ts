import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Histogram } from '../../src/core/histogram.js'

/** 1 µs to 2 min, as many small as large. */
const anyMs = fc.double({ min: Math.log(0.001), max: Math.log(120_000), noNaN: true }).map(Math.exp)
const shares = [0.5, 0.95, 0.99, 1]

/** The smallest record that at least this share of the records do not exceed. */
function exact(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil(share * values.length)) - 1] ?? NaN
}

describe('Histogram', () => {
  test('law: a quantile is within 2 % of the exact one', () => {
    fc.assert(
      fc.property(fc.array(anyMs, { minLength: 1, maxLength: 200 }), (values) => {
        const histogram = new Histogram(0)
        for (const value of values) histogram.record(value, 0)
        for (const share of shares) {
          const found = histogram.quantile(share, 0) ?? NaN
          expect(Math.abs(found / exact(values, share) - 1)).toBeLessThan(0.02)
          expect(found).toBeLessThanOrEqual(Math.max(...values))
        }
        expect(histogram.spread(0)?.n).toBe(values.length)
      }),
    )
  })

  test('law: it looks back over the window: at least so far as all slices but one, never farther than all', () => {
    const record = fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 1000 }))
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 30_000 }),
        (records, laterMs) => {
          const histogram = new Histogram(0, 10_000, 5)
          let nowMs = 0
          const kept: { readonly atMs: number; readonly valueMs: number }[] = []
          for (const [afterMs, valueMs] of records) {
            nowMs += afterMs
            histogram.record(valueMs, nowMs)
            kept.push({ atMs: nowMs, valueMs })
          }
          nowMs += laterMs
          const n = histogram.spread(nowMs)?.n ?? 0
          expect(n).toBeGreaterThanOrEqual(kept.filter(({ atMs }) => nowMs - atMs <= 8000).length)
          expect(n).toBeLessThanOrEqual(kept.filter(({ atMs }) => nowMs - atMs < 10_000).length)
          if (n === 0) return
          // What is counted is the newest n, whatever was before them.
          const newest = kept.slice(-n).map(({ valueMs }) => valueMs)
          expect(Math.abs((histogram.quantile(0.5, nowMs) ?? NaN) / exact(newest, 0.5) - 1)).toBeLessThan(0.02)
        },
      ),
    )
  })

  test('says nothing before the first record, and nothing again when all are old', () => {
    const histogram = new Histogram(0)
    expect(histogram.spread(0)).toBeNull()
    histogram.record(5, 100)
    expect(histogram.spread(100)).toMatchObject({ n: 1 })
    expect(histogram.spread(20_000)).toBeNull()
  })

  test.each([0, -3, 1e-9, NaN])('counts %s as the smallest', (value) => {
    const histogram = new Histogram(0)
    histogram.record(value, 0)
    expect(histogram.quantile(1, 0)).toBeLessThanOrEqual(0.0011)
  })
})

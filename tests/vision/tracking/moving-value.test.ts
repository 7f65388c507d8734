import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { movingValue, type MovingValue } from '../../../src/vision/tracking/moving-value.js'
import { between } from '../../robot/arbitraries.js'

const seconds = between(0, 2)
const scale = between(1, 500)
const place = between(-1000, 1000)
const { begin, after, corrected } = movingValue

/** Seen so often at even times, moving evenly. */
function seenMoving(perS: number, size: number, count: number, dtS: number): MovingValue {
  let value = begin(0, size)
  for (let n = 1; n < count; n++) value = corrected(after(value, dtS, size), n * dtS * perS, size)
  return value
}

/** A filter as one of its steps leaves it. */
const anyValue = fc
  .record({ size: scale, from: place, to: place, dtS: seconds })
  .map(({ size, from, to, dtS }) => corrected(after(begin(from, size), dtS, size), to, size))

describe('a moving value', () => {
  test('law: two steps are one that is as long as both', () => {
    fc.assert(
      fc.property(anyValue, seconds, seconds, scale, (value, aS, bS, size) => {
        const twice = after(after(value, aS, size), bS, size)
        const once = after(value, aS + bS, size)
        const [a, b] = [twice, once].map((one) => [one.value, one.perS, ...one.variances])
        for (const [i, expected] of (b ?? []).entries())
          expect(Math.abs((a?.[i] ?? NaN) - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)))
      }),
    )
  })

  test('law: a correction is that of the textbook: K = P·Hᵀ / (H·P·Hᵀ + R), P − K·H·P', () => {
    fc.assert(
      fc.property(anyValue, place, scale, (value, seen, size) => {
        const { value: x, perS, variances: p } = value
        const whole = p[0] + (size / 20) ** 2
        const gains = [p[0] / whole, p[1] / whole] as const
        const again = corrected(value, seen, size)
        const expected = [
          x + gains[0] * (seen - x),
          perS + gains[1] * (seen - x),
          p[0] - gains[0] * p[0],
          p[1] - gains[0] * p[1],
          p[2] - gains[1] * p[1],
        ]
        for (const [i, found] of [again.value, again.perS, ...again.variances].entries())
          expect(Math.abs(found - (expected[i] ?? NaN))).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(found)))
      }),
    )
  })

  test('law: what is seen makes it surer, time makes it less sure; variances stay such', () => {
    fc.assert(
      fc.property(anyValue, seconds, place, scale, (value, dtS, seen, size) => {
        const later = after(value, dtS, size)
        const again = corrected(later, seen, size)
        expect(later.variances[0]).toBeGreaterThanOrEqual(value.variances[0])
        expect(again.variances[0]).toBeLessThan(later.variances[0])
        expect(again.variances[2]).toBeLessThanOrEqual(later.variances[2])
        const [a, b, c] = again.variances
        expect(a * c).toBeGreaterThanOrEqual(b * b * (1 - 1e-9))
      }),
    )
  })

  test('law: seen between what was expected and what is seen', () => {
    fc.assert(
      fc.property(anyValue, place, scale, (value, seen, size) => {
        const { value: between } = corrected(value, seen, size)
        expect(between).toBeGreaterThanOrEqual(Math.min(value.value, seen) - 1e-9)
        expect(between).toBeLessThanOrEqual(Math.max(value.value, seen) + 1e-9)
      }),
    )
  })

  test('law: an even motion is known within a tenth after a second, whatever the rate of the pictures', () => {
    fc.assert(
      fc.property(between(-5, 5), scale, between(1 / 60, 1 / 8), (sizesPerS, size, dtS) => {
        const { perS } = seenMoving(sizesPerS * size, size, Math.ceil(1 / dtS) + 1, dtS)
        expect(Math.abs(perS - sizesPerS * size)).toBeLessThanOrEqual(0.1 * Math.abs(sizesPerS * size) + 1e-9)
      }),
    )
  })

  test('law: what stands still has no speed', () => {
    fc.assert(
      fc.property(place, scale, seconds, (at, size, dtS) => {
        let value = begin(at, size)
        for (let n = 0; n < 10; n++) value = corrected(after(value, dtS, size), at, size)
        expect(value).toMatchObject({ value: at, perS: 0 })
      }),
    )
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginBox } from '../../../src/vision/tracking/moving-box.js'
import { between } from '../../robot/arbitraries.js'

const anyBox = fc.tuple(between(-500, 500), between(-500, 500), between(0, 400), between(0, 400))

test('law: a box that was seen once is expected where it was', () => {
  fc.assert(
    fc.property(anyBox, between(0, 5), (box, dtS) => {
      const { boxPx, velocityPxPerS, after } = beginBox(box)
      expect(boxPx).toEqual(box)
      expect(velocityPxPerS).toEqual([0, 0])
      for (const [i, value] of after(dtS).entries()) expect(value).toBeCloseTo(box[i] ?? NaN, 9)
    }),
  )
})

test('law: however it shrank or grew, it is expected to be no less than half as large, and no more than twice', () => {
  fc.assert(
    fc.property(between(20, 400), between(20, 400), between(0.02, 0.2), between(0, 5), (from, to, dtS, laterS) => {
      const seen = beginBox([0, 0, from, from]).seen([0, 0, to, to], dtS)
      const [, , now] = seen.after(0)
      const [, , later] = seen.after(laterS)
      expect(later).toBeGreaterThanOrEqual(now / 2 - 1e-9)
      expect(later).toBeLessThanOrEqual(2 * now + 1e-9)
      expect(later).toBeGreaterThan(0)
    }),
  )
})

test('law: its middle moves as its velocity says', () => {
  fc.assert(
    fc.property(anyBox, anyBox, between(0.02, 0.2), between(0, 1), (from, to, dtS, laterS) => {
      const seen = beginBox(from).seen(to, dtS)
      const middle = ([x, y, width, height]: readonly number[]): readonly number[] => [
        (x ?? NaN) + (width ?? NaN) / 2,
        (y ?? NaN) + (height ?? NaN) / 2,
      ]
      const [now, later] = [middle(seen.after(0)), middle(seen.after(laterS))]
      for (const axis of [0, 1] as const)
        expect((later[axis] ?? NaN) - (now[axis] ?? NaN)).toBeCloseTo(seen.velocityPxPerS[axis] * laterS, 6)
    }),
  )
})

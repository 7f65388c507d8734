import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Detection } from '../../../src/core/ports.js'
import { movedAhead } from '../../../src/vision/tracking/moved-ahead.js'
import { between } from '../../robot/arbitraries.js'

const place = between(-1000, 1000)
const seen = fc
  .record({ x: place, y: place, velocity: fc.tuple(place, place) })
  .map(({ x, y, velocity }): Detection & { readonly velocityPxPerS: readonly [number, number] } => ({
    label: 'face',
    score: 1,
    boxPx: [x, y, 100, 120],
    keypointsPx: [[x + 10, y + 20]],
    velocityPxPerS: velocity,
  }))

test('law: as far as its speed takes it, and all of it alike', () => {
  fc.assert(
    fc.property(seen, between(0, 1000), (one, byMs) => {
      const { boxPx, keypointsPx } = movedAhead(one, byMs)
      for (const axis of [0, 1] as const) {
        const wayPx = (one.velocityPxPerS[axis] * byMs) / 1000
        expect(boxPx[axis] - one.boxPx[axis]).toBeCloseTo(wayPx, 6)
        expect((keypointsPx[0]?.[axis] ?? NaN) - (one.keypointsPx[0]?.[axis] ?? NaN)).toBeCloseTo(wayPx, 6)
      }
      expect(boxPx.slice(2)).toEqual([100, 120])
    }),
  )
})

test('law: it stays where it was with no speed, one of 0, or no time', () => {
  fc.assert(
    fc.property(seen, between(0, 1000), (one, byMs) => {
      const { label, score, boxPx, keypointsPx } = one
      const still = { label, score, boxPx, keypointsPx }
      expect(movedAhead(still, byMs)).toBe(still)
      const resting = { ...one, velocityPxPerS: [0, 0] as const }
      expect(movedAhead(resting, byMs)).toEqual(resting)
      expect(movedAhead(one, 0)).toEqual(one)
    }),
  )
})

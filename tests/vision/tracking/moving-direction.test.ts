import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMovingDirection } from '../../../src/vision/tracking/moving-direction.js'
import { between } from '../../robot/arbitraries.js'

const sizeRad = 0.1
const anyAngle = between(-Math.PI, Math.PI)

/** An angle as a measurement tells it: between half a turn to the right and to the left. */
const told = (angleRad: number): number => Math.atan2(Math.sin(angleRad), Math.cos(angleRad))
const turnsApart = (a: number, b: number): number => Math.abs(told(a - b))

test('law: what turns evenly is expected where it will be, across half a turn, too', () => {
  fc.assert(
    fc.property(anyAngle, between(-1, 1), between(-0.3, 0.3), between(0, 200), (yawRad, yawPerS, pitchPerS, byMs) => {
      const expected = createMovingDirection()
      for (let atMs = 0; atMs <= 2000; atMs += 33) {
        const seen = { yawRad: told(yawRad + (yawPerS * atMs) / 1000), pitchRad: (pitchPerS * atMs) / 1000 }
        const ahead = expected(seen, { track: 1, sizeRad, atMs }, byMs)
        if (atMs < 1500) continue
        const byS = byMs / 1000
        expect(turnsApart(ahead.yawRad, seen.yawRad + yawPerS * byS)).toBeLessThan(
          0.05 * Math.abs(yawPerS) * byS + 1e-9,
        )
        expect(Math.abs(ahead.pitchRad - seen.pitchRad - pitchPerS * byS)).toBeLessThan(
          0.05 * Math.abs(pitchPerS) * byS + 1e-9,
        )
      }
    }),
  )
})

test('law: at no time ahead, or with no speed, it is where it is seen; another thing begins with none', () => {
  fc.assert(
    fc.property(fc.array(anyAngle, { minLength: 1, maxLength: 20 }), between(0, 200), (angles, byMs) => {
      const moved = createMovingDirection()
      for (const [k, yawRad] of angles.entries()) {
        const seen = { yawRad, pitchRad: yawRad / 4 }
        expect(moved(seen, { track: 1, sizeRad, atMs: k * 33 }, 0)).toEqual(seen)
        expect(moved(seen, { track: k + 2, sizeRad, atMs: k * 33 }, byMs)).toEqual(seen)
      }
      const still = createMovingDirection()
      const [first = 0] = angles
      for (const k of angles.keys())
        expect(still({ yawRad: first, pitchRad: 0 }, { track: 1, sizeRad, atMs: k * 33 }, byMs)).toEqual({
          yawRad: first,
          pitchRad: 0,
        })
    }),
  )
})

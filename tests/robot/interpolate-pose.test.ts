import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { interpolatePose } from '../../src/robot/interpolate-pose.js'
import { invertRigid, multiplyRigid, poseToMatrix } from '../../src/robot/matrix.js'
import { neutralPose } from '../../src/robot/pose.js'
import type { HeadPose } from '../../src/robot/pose.js'
import { anyPose, between, poseDifference } from './arbitraries.js'
import { runs } from '../helpers/runs.js'

/** The cosine of the angle that leads from one pose's rotation to another's. */
function cosineBetween(from: HeadPose, to: HeadPose): number {
  const m = multiplyRigid(invertRigid(poseToMatrix(from)), poseToMatrix(to))
  return (m[0] + m[5] + m[10] - 1) / 2
}

describe('interpolatePose', () => {
  test('law: 0 is the first pose and 1 the second', () => {
    fc.assert(
      fc.property(anyPose, anyPose, (from, to) => {
        expect(poseDifference(interpolatePose(from, to, 0), from)).toBeLessThan(1e-9)
        expect(poseDifference(interpolatePose(from, to, 1), to)).toBeLessThan(1e-9)
      }),
      { numRuns: runs(200) },
    )
  })

  test('law: with yaw apart the rotation goes evenly along its arc, also beyond the ends', () => {
    fc.assert(
      fc.property(anyPose, anyPose, between(-0.1, 1.1), (a, b, share) => {
        const from = { ...a, yawRad: 0 }
        const to = { ...b, yawRad: 0 }
        const arcRad = Math.acos(Math.max(-1, Math.min(1, cosineBetween(from, to))))
        const there = interpolatePose(from, to, share)
        expect(cosineBetween(from, there)).toBeCloseTo(Math.cos(share * arcRad), 6)
        expect(cosineBetween(there, to)).toBeCloseTo(Math.cos((1 - share) * arcRad), 6)
      }),
      { numRuns: runs(200) },
    )
  })

  test('yaw never goes round the back', () => {
    const yaw = (share: number): number =>
      interpolatePose({ ...neutralPose, yawRad: 3 }, { ...neutralPose, yawRad: -3 }, share).yawRad
    expect(yaw(0.25)).toBeCloseTo(1.5, 12)
    expect(yaw(0.5)).toBeCloseTo(0, 12)
  })
})

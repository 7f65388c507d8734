import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firmness } from '../../src/robot/firmness.js'
import { poseOfJoints } from '../../src/robot/forward-kinematics.js'
import { solveJoints } from '../../src/robot/inverse-kinematics.js'
import { neutralPose, sleepPose } from '../../src/robot/pose.js'
import type { HeadPose } from '../../src/robot/pose.js'
import { firmState, poseDifference } from './arbitraries.js'
import { runs } from '../helpers/runs.js'

function at(change: Partial<HeadPose>): number {
  const pose = { ...neutralPose, ...change }
  const solution = solveJoints(pose, { bodyYawRad: 0 })
  return solution.reachable ? firmness(pose, solution.joints) : NaN
}

describe('firmness', () => {
  test('is 1 at neutral, well above 0 in the poses of every day, and goes towards 0 at the edge', () => {
    expect(at({})).toBeCloseTo(1, 12)
    expect(at(sleepPose)).toBeGreaterThan(0.8)
    expect(at({ pitchRad: -0.7 })).toBeGreaterThan(0.4)
    expect(at({ yawRad: 1.5 })).toBeGreaterThan(0.2)
    expect(at({ zM: 0.023 })).toBeLessThan(0.05)
    expect(at({ pitchRad: -1.2566 })).toBeLessThan(0)
  })

  test('law: beyond 0 the same joints hold a second pose, and the search from neutral does not end at the first', () => {
    const soft = firmState(-10).filter(({ state, joints }) => firmness(state.pose, joints) < -0.01)
    fc.assert(
      fc.property(soft, ({ state, joints }) => {
        expect(poseDifference(poseOfJoints(joints).pose, state.pose)).toBeGreaterThan(1e-6)
        expect(poseDifference(poseOfJoints(joints, state.pose).pose, state.pose)).toBeLessThan(1e-8)
      }),
      { numRuns: runs(50) },
    )
  })
})

import fc from 'fast-check'
import { firmness } from '../../src/robot/firmness.js'
import { solveJoints } from '../../src/robot/inverse-kinematics.js'
import type { Joints } from '../../src/robot/joints.js'
import { poseToMatrix } from '../../src/robot/matrix.js'
import type { HeadPose } from '../../src/robot/pose.js'
import type { RobotState } from '../../src/robot/robot-state.js'

/** Numbers spread evenly over a range. `fc.double` spreads over the floats instead: nearly all of them next to 0. */
export const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 1_000_000 }).map((millionths) => min + ((max - min) * millionths) / 1_000_000)

/** Any pose about the robot's workspace, a good part of it out of reach. */
export const anyPose: fc.Arbitrary<HeadPose> = fc.record({
  xM: between(-0.08, 0.08),
  yM: between(-0.08, 0.08),
  zM: between(-0.08, 0.05),
  rollRad: between(-1.2, 1.2),
  pitchRad: between(-1.4, 1.4),
  yawRad: between(-3.1, 3.1),
})

export const anyState: fc.Arbitrary<RobotState> = fc.record({
  pose: anyPose,
  bodyYawRad: between(-4, 4),
  antennasRad: fc.tuple(between(-4, 4), between(-4, 4)),
})

/** States whose head is within the servos' limits and held more firmly than `minFirmness`, with their joints. */
export const firmState = (minFirmness: number): fc.Arbitrary<{ state: RobotState; joints: Joints }> =>
  fc
    .record({
      size: between(0, 1),
      xM: between(-0.045, 0.05),
      yM: between(-0.047, 0.047),
      zM: between(-0.05, 0.023),
      rollRad: between(-0.83, 0.83),
      pitchRad: between(-1.26, 0.83),
      yawRad: between(-3.1, 3.1),
      bodyYawRad: between(-2.79, 2.79),
      antennasRad: fc.tuple(between(-3, 3), between(-3, 3)),
    })
    .map(({ size, xM, yM, zM, rollRad, pitchRad, yawRad, bodyYawRad, antennasRad }): RobotState => ({
      pose: { xM: xM * size, yM: yM * size, zM: zM * size, rollRad: rollRad * size, pitchRad: pitchRad * size, yawRad },
      bodyYawRad,
      antennasRad,
    }))
    .map((state) => ({ state, solution: solveJoints(state.pose, state) }))
    .filter(({ state, solution }) => {
      return solution.reachable && solution.withinLimits && firmness(state.pose, solution.joints) > minFirmness
    })
    .map(({ state, solution }) => {
      if (!solution.reachable) throw new Error('filtered above')
      return { state, joints: solution.joints }
    })

/** The largest difference between two lists of numbers; NaN and unequal lengths are no match. */
export function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Infinity
  const differences = a.map((value, index) => Math.abs(value - (b[index] ?? NaN)))
  return differences.some(Number.isNaN) ? Infinity : Math.max(...differences)
}

/** The largest difference of two poses' matrices: metres and rotation entries alike. */
export function poseDifference(a: HeadPose, b: HeadPose): number {
  return largestDifference(poseToMatrix(a), poseToMatrix(b))
}

import { dampedStep } from './damped-step.js'
import { headHeightM } from './geometry.js'
import type { Joints } from './joints.js'
import { matrixToPose, multiplyRigid, poseToMatrix, twistToMatrix } from './matrix.js'
import type { Matrix4 } from './matrix.js'
import { fromPlatform, toPlatform } from './platform.js'
import type { HeadPose } from './pose.js'
import { arcRadiusM, armTips, emptyRods, measureRods } from './rods.js'

/** The pose that joints hold; where the rods cannot close, the pose the search ended at and the worst rod's error. */
export type PoseSolution =
  | { readonly found: true; readonly pose: HeadPose; readonly iterations: number }
  | { readonly found: false; readonly pose: HeadPose; readonly iterations: number; readonly rodErrorM: number }

const maxIterations = 50
const closedM = 1e-12
const maxShiftM = 0.02
const maxTurnRad = 0.3
const damping = 1e-5

/** The neutral head above a body straight ahead. */
const neutralPlatform: Matrix4 = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, headHeightM, 0, 0, 0, 1]

/**
 * The head's pose that follows from joint angles.
 *
 * Radians in, metres and radians out. Newton on the six rod lengths with a capped and damped step, from `guess` or, without
 * one, from the neutral head above the body. The same joints can hold the head in several ways; the neutral guess finds the
 * right one wherever the head is held firmly (see firmness.ts), the guess nearby finds it elsewhere too. Never throws.
 */
export function poseOfJoints({ bodyYawRad, stewartRad }: Joints, guess?: HeadPose): PoseSolution {
  const tips = armTips(stewartRad)
  const rods = emptyRods()
  let platform = guess ? toPlatform(poseToMatrix(guess), bodyYawRad) : neutralPlatform
  for (let iterations = 0; ; iterations++) {
    const rodErrorM = measureRods(platform, tips, rods)
    const found = rodErrorM <= closedM
    if (found || iterations === maxIterations) {
      const pose = matrixToPose(fromPlatform(platform, bodyYawRad))
      return found ? { found, pose, iterations } : { found, pose, iterations, rodErrorM }
    }
    platform = multiplyRigid(platform, cappedTwist(dampedStep(rods.jacobian, rods.errorM, damping)))
  }
}

function cappedTwist(step: Float64Array): Matrix4 {
  const [x = NaN, y = NaN, z = NaN, a = NaN, b = NaN, c = NaN] = step
  const shiftM = Math.max(Math.abs(x), Math.abs(y), Math.abs(z))
  const turnRad = Math.hypot(a, b, c) / arcRadiusM
  const share = Math.min(1, maxShiftM / shiftM, maxTurnRad / turnRad)
  const turn = share / arcRadiusM
  return twistToMatrix([x * share, y * share, z * share], [a * turn, b * turn, c * turn])
}

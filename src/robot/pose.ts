import { matrixToPose } from './matrix.js'

/**
 * Where the head is and how it is turned, against the neutral head.
 *
 * Metres and radians; x forward, y left, z up; pitch > 0 looks down, yaw > 0 turns left, roll > 0 tilts to the right.
 * R = Rz(yaw)·Ry(pitch)·Rx(roll).
 */
export type HeadPose = {
  readonly xM: number
  readonly yM: number
  readonly zM: number
  readonly rollRad: number
  readonly pitchRad: number
  readonly yawRad: number
}

/** The head upright and straight ahead: the origin of all poses. */
export const neutralPose: HeadPose = { xM: 0, yM: 0, zM: 0, rollRad: 0, pitchRad: 0, yawRad: 0 }

/** The head laid down to sleep: SLEEP_HEAD_POSE of pollen-robotics/reachy_mini (Apache-2.0), a matrix rounded there to 1e-3. */
// prettier-ignore
export const sleepPose: HeadPose = matrixToPose([
  0.911,  0.004,  0.413,  -0.021,
  -0.004, 1,      -0.001, 0.001,
  -0.413, -0.001, 0.911,  -0.044,
  0,      0,      0,      1,
])

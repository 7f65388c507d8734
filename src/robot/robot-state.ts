import { neutralPose, sleepPose } from './pose.js'
import type { HeadPose } from './pose.js'

/** All that can be commanded or measured: head, body and antennas. Antennas are [right, left], as on the wire. */
export type RobotState = {
  readonly pose: HeadPose
  readonly bodyYawRad: number
  readonly antennasRad: readonly [right: number, left: number]
}

/** Awake and at rest: the robot's INIT, antennas 10° outward. Values of pollen-robotics/reachy_mini, Apache-2.0. */
export const restState: RobotState = { pose: neutralPose, bodyYawRad: 0, antennasRad: [-0.1745, 0.1745] }

/** Asleep: the head laid down, the antennas folded. Values of pollen-robotics/reachy_mini, Apache-2.0. */
export const sleepState: RobotState = { pose: sleepPose, bodyYawRad: 0, antennasRad: [-3.05, 3.05] }

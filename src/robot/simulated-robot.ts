import { firmness } from './firmness.js'
import { poseOfJoints } from './forward-kinematics.js'
import { antennaLimitRad } from './geometry.js'
import { solveJoints } from './inverse-kinematics.js'
import type { Joints } from './joints.js'
import { lag } from './lag.js'
import { createMotor } from './motor.js'
import type { MotorOptions } from './motor.js'
import type { HeadPose } from './pose.js'
import { restState } from './robot-state.js'
import type { RobotState } from './robot-state.js'

export type SimulatedRobotOptions = MotorOptions & {
  /** Where the robot starts, at rest; must have a solution. Default awake at rest. */
  readonly start?: RobotState
}

export type SimulatedRobot = {
  /** Sets where to go; false where the head cannot be brought there: it keeps its last target, antennas go all the same. */
  readonly command: (state: RobotState) => boolean
  /** Lets time pass (ms) and gives the state measured then. */
  readonly step: (dtMs: number) => RobotState
  readonly measured: RobotState
  /** The joints measured, as the robot reports them. */
  readonly joints: Joints
  /** How many commands were held off since the start as they had no solution. */
  readonly heldOff: number
}

/**
 * A robot of numbers: commands are solved for the joints, the joints lag behind, and the pose follows from the joints.
 *
 * Metres, radians, milliseconds; time passes by `step` alone. As on the robot, a command out of reach is dropped without an
 * error, but here it is counted. The pose is searched from neutral afresh each time, so that no jump can leave it in a wrong
 * assembly for good, which happens to the robot's own daemon; only where that finds no firm pose, from the last one.
 *
 * @throws RangeError where `start` has no solution
 */
export function createSimulatedRobot(options: SimulatedRobotOptions = {}): SimulatedRobot {
  const { timeConstantMs = 30, start = restState } = options
  const solution = solveJoints(start.pose, start)
  if (!solution.reachable)
    throw new RangeError(`Cannot start the simulated robot as its pose must be reachable: ${solution.why}`)
  const motor = createMotor({ timeConstantMs }, solution.joints)
  let target = solution.joints
  let antennaTarget = start.antennasRad
  let measured: RobotState = { ...start, bodyYawRad: solution.joints.bodyYawRad }
  let heldOff = 0
  return {
    command: (state) => {
      const asked = solveJoints(state.pose, state)
      antennaTarget = state.antennasRad
      if (asked.reachable) target = asked.joints
      else heldOff++
      return asked.reachable
    },
    step: (dtMs) => {
      const joints = motor.step(target, dtMs)
      const antenna = (current: number, asked: number): number =>
        lag(current, Math.max(-antennaLimitRad, Math.min(antennaLimitRad, asked)), dtMs, timeConstantMs)
      const [right, left] = measured.antennasRad
      measured = {
        pose: measurePose(joints, measured),
        bodyYawRad: joints.bodyYawRad,
        antennasRad: [antenna(right, antennaTarget[0]), antenna(left, antennaTarget[1])],
      }
      return measured
    },
    get measured() {
      return measured
    },
    get joints() {
      return motor.joints
    },
    get heldOff() {
      return heldOff
    },
  }
}

/** The last pose is carried along with the body: with it the guess is near even where the body has turned far. */
function measurePose(joints: Joints, last: RobotState): HeadPose {
  const fromNeutral = poseOfJoints(joints)
  if (fromNeutral.found && firmness(fromNeutral.pose, joints) > 0) return fromNeutral.pose
  return poseOfJoints(joints, carry(last, joints.bodyYawRad - last.bodyYawRad)).pose
}

function carry({ pose }: RobotState, turnRad: number): HeadPose {
  const s = Math.sin(turnRad)
  const c = Math.cos(turnRad)
  return { ...pose, xM: c * pose.xM - s * pose.yM, yM: s * pose.xM + c * pose.yM, yawRad: pose.yawRad + turnRad }
}

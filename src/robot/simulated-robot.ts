import { firmness } from './firmness.js'
import { poseOfJoints } from './forward-kinematics.js'
import { antennaLimitRad } from './geometry.js'
import { solveJoints } from './inverse-kinematics.js'
import type { Joints } from './joints.js'
import { lag } from './lag.js'
import { createMotor } from './motor.js'
import type { MotorOptions } from './motor.js'
import type { HeadPose } from './pose.js'
import { restState, sleepState } from './robot-state.js'
import type { RobotState } from './robot-state.js'

export type SimulatedRobotOptions = MotorOptions & {
  /** Where the robot starts, at rest; must have a solution. Default awake at rest. */
  readonly start?: RobotState
}

export type SimulatedRobot = {
  /**
   * Sets where to go; false where the head cannot be brought there: it keeps its last target, antennas go all the same.
   * Without torque it answers as always, and nothing moves.
   */
  readonly command: (state: RobotState) => boolean
  /** Off: the motors let go, at once. On: they take hold where they are. */
  readonly torque: (on: boolean) => void
  /** Lets time pass (ms) and gives the state measured then. */
  readonly step: (dtMs: number) => RobotState
  readonly measured: RobotState
  /** The joints measured, as the robot reports them. */
  readonly joints: Joints
  /** How many commands were held off since the start as they had no solution. */
  readonly heldOff: number
}

/** The joints of the head laid down. */
const asleep = jointsOf(sleepState)

/** How fast a head sinks that nobody holds, in ms to come 63 % of the way; the robot's makers give no figure. */
const sinkingMs = 250

/**
 * A robot of numbers: commands are solved for the joints, the joints lag behind, and the pose follows from the joints.
 *
 * Metres, radians, milliseconds; time passes by `step` alone. As on the robot, a command out of reach is dropped without an
 * error, but here it is counted. Without torque the head sinks to where it lies asleep; body and antennas, which no weight
 * turns, stay as they are. The pose is searched from neutral afresh each time, so that no jump can leave it in a wrong
 * assembly for good, which happens to the robot's own daemon; only where that finds no firm pose, from the last one.
 *
 * @throws RangeError where `start` has no solution
 */
export function createSimulatedRobot(options: SimulatedRobotOptions = {}): SimulatedRobot {
  const { timeConstantMs = 30, start = restState } = options
  const first = jointsOf(start)
  const motor = createMotor({ timeConstantMs }, first)
  let target = first
  let antennaTarget = start.antennasRad
  let measured: RobotState = { ...start, bodyYawRad: first.bodyYawRad }
  let heldOff = 0
  let limp = false
  return {
    command: (state) => {
      if (limp) return true
      const asked = solveJoints(state.pose, state)
      antennaTarget = state.antennasRad
      if (asked.reachable) target = asked.joints
      else heldOff++
      return asked.reachable
    },
    torque: (on) => {
      if (on === !limp) return
      limp = !on
      antennaTarget = measured.antennasRad
      target = motor.joints
    },
    step: (dtMs) => {
      if (limp) target = sunk(target, dtMs)
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

/** @throws RangeError where it has no solution */
function jointsOf(state: RobotState): Joints {
  const solution = solveJoints(state.pose, state)
  if (solution.reachable) return solution.joints
  throw new RangeError(`Cannot start the simulated robot as its pose must be reachable: ${solution.why}`)
}

/** Where the arms of a head that nobody holds have sunk to after so long, asleep at last. */
function sunk({ bodyYawRad, stewartRad }: Joints, dtMs: number): Joints {
  const [a, b, c, d, e, f] = stewartRad
  const [toA, toB, toC, toD, toE, toF] = asleep.stewartRad
  const sink = (from: number, to: number): number => lag(from, to, dtMs, sinkingMs)
  return {
    bodyYawRad,
    stewartRad: [sink(a, toA), sink(b, toB), sink(c, toC), sink(d, toD), sink(e, toE), sink(f, toF)],
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

import { createAxisRamp } from './axis-ramp.js'
import type { AxisLimits } from './axis-ramp.js'
import type { RobotState } from './robot-state.js'

/** Limits for each kind of axis: m and m/s for `translation`, rad and rad/s for the others; body yaw counts as rotation. */
export type RampLimits = {
  readonly translation: AxisLimits
  readonly rotation: AxisLimits
  readonly antennas: AxisLimits
}

/** Rotation and antennas as the robot's servos go (8 rad/s in its URDF); translation as its head looks natural. */
export const defaultRampLimits: RampLimits = {
  translation: { maxSpeed: 0.3, maxAcceleration: 3 },
  rotation: { maxSpeed: 8, maxAcceleration: 80 },
  antennas: { maxSpeed: 10, maxAcceleration: 120 },
}

/** `step` takes where to go and the time since the last step, and gives what to command now. */
export type Ramp = { readonly step: (target: RobotState, dtMs: number) => RobotState }

/**
 * A robot state that follows targets within limits on speed and acceleration, each component for itself.
 *
 * Metres, radians, milliseconds. Starts at rest at `start`: give the measured state, and the first command cannot jump. Yaw
 * is a signed number: from 170° to -170° it goes the long way, as head and body must. Behind a head that turns at 0.35 rad/s it
 * stays 0.8 mrad, 2 ms.
 */
export function createRamp(limits: Partial<RampLimits>, start: RobotState): Ramp {
  const { translation, rotation, antennas } = { ...defaultRampLimits, ...limits }
  const { pose, bodyYawRad, antennasRad } = start
  const x = createAxisRamp(translation, pose.xM)
  const y = createAxisRamp(translation, pose.yM)
  const z = createAxisRamp(translation, pose.zM)
  const roll = createAxisRamp(rotation, pose.rollRad)
  const pitch = createAxisRamp(rotation, pose.pitchRad)
  const yaw = createAxisRamp(rotation, pose.yawRad)
  const bodyYaw = createAxisRamp(rotation, bodyYawRad)
  const right = createAxisRamp(antennas, antennasRad[0])
  const left = createAxisRamp(antennas, antennasRad[1])
  return {
    step: (target, dtMs) => {
      const dtS = dtMs / 1000
      return {
        pose: {
          xM: x(target.pose.xM, dtS),
          yM: y(target.pose.yM, dtS),
          zM: z(target.pose.zM, dtS),
          rollRad: roll(target.pose.rollRad, dtS),
          pitchRad: pitch(target.pose.pitchRad, dtS),
          yawRad: yaw(target.pose.yawRad, dtS),
        },
        bodyYawRad: bodyYaw(target.bodyYawRad, dtS),
        antennasRad: [right(target.antennasRad[0], dtS), left(target.antennasRad[1], dtS)],
      }
    },
  }
}

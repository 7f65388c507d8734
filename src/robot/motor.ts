import { bodyYawLimitRad, legs } from './geometry.js'
import type { Leg } from './geometry.js'
import type { Joints } from './joints.js'
import { lag } from './lag.js'

export type MotorOptions = {
  /** Time to come 63 % of the way, in ms. Default 30, as the robot's antennas do in its MuJoCo model. */
  readonly timeConstantMs?: number
}

/** `step` takes the joints asked for and the time since the last step, and gives the joints as they are now. */
export type Motor = { readonly step: (target: Joints, dtMs: number) => Joints; readonly joints: Joints }

/**
 * The head's seven motors: each follows its target with a first-order lag and stops at its servo's limit.
 *
 * Radians and milliseconds. Starts where it is told to, beyond a limit too: the sleeping robot lies there.
 */
export function createMotor({ timeConstantMs = 30 }: MotorOptions, start: Joints): Motor {
  let joints = start
  const turn = (current: number, target: number, minRad: number, maxRad: number, dtMs: number): number =>
    lag(current, Math.max(minRad, Math.min(maxRad, target)), dtMs, timeConstantMs)
  return {
    step: (target, dtMs) => {
      const arm = (leg: Leg, current: number, asked: number): number =>
        turn(current, asked, leg.minRad, leg.maxRad, dtMs)
      const [l1, l2, l3, l4, l5, l6] = legs
      const [c1, c2, c3, c4, c5, c6] = joints.stewartRad
      const [t1, t2, t3, t4, t5, t6] = target.stewartRad
      joints = {
        bodyYawRad: turn(joints.bodyYawRad, target.bodyYawRad, -bodyYawLimitRad, bodyYawLimitRad, dtMs),
        stewartRad: [
          arm(l1, c1, t1),
          arm(l2, c2, t2),
          arm(l3, c3, t3),
          arm(l4, c4, t4),
          arm(l5, c5, t5),
          arm(l6, c6, t6),
        ],
      }
      return joints
    },
    get joints() {
      return joints
    },
  }
}

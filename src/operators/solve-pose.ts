import { z } from 'zod'
import { defineOperator } from '../core/define.js'
import { type JointTarget, jointTargetPort, type Pose, posePort } from '../core/ports.js'
import { Memo } from '../core/memo.js'
import { angle, duration, length } from '../core/units.js'
import { solveJoints } from '../robot/inverse-kinematics.js'
import { restState } from '../robot/robot-state.js'

const options = z.strictObject({
  memo: z.number().int().min(0).max(100_000).default(50).describe('how many solved poses are kept; 0 keeps none'),
  memoFor: duration({ above: 0 }).prefault('1h').describe('for how long a solved pose is kept'),
  quantum: angle({ above: 0 }).prefault('0.1deg').describe('angles are rounded to this before solving'),
  step: length({ above: 0 }).prefault('0.1mm').describe('places are rounded to this before solving'),
})

/** Moves no component by more than half its quantum (M1). */
export function quantise(pose: Pose, quantumRad: number, stepM: number): Pose {
  // Adding 0 makes −0 a 0: they have the same key, so they must give the same value.
  const turn = (rad: number): number => Math.round(rad / quantumRad) * quantumRad + 0
  const place = (m: number): number => Math.round(m / stepM) * stepM + 0
  return {
    xM: place(pose.xM),
    yM: place(pose.yM),
    zM: place(pose.zM),
    rollRad: turn(pose.rollRad),
    pitchRad: turn(pose.pitchRad),
    yawRad: turn(pose.yawRad),
  }
}

const restAntennasRad = Object.freeze([...restState.antennasRad] as const)

/** The joints of Reachy Mini for a head pose: body yaw and the six arms, in rad, or null where it cannot be reached. */
export function solve(pose: Pose): JointTarget {
  const solution = solveJoints(pose, { bodyYawRad: 0 })
  const target = {
    pose: Object.freeze(pose),
    bodyYawRad: solution.joints.bodyYawRad,
    antennasRad: restAntennasRad,
  }
  if (!solution.reachable) return Object.freeze({ ...target, jointsRad: null, reachable: false })
  const jointsRad = Object.freeze([solution.joints.bodyYawRad, ...solution.joints.stewartRad])
  return Object.freeze({ ...target, jointsRad, reachable: solution.withinLimits })
}

/**
 * Solves the joints for a head pose (closed-form inverse kinematics of Reachy Mini) and says whether it can be reached;
 * the last poses are kept and reused (M1–M3), which pays after a dead band and in gestures.
 *
 *     in    -{pose}--{pose}--
 *     out   -{joints}{joints}-    the second from the memory, where it is the same to a quantum
 *
 * One for one, in order; from the memory it says for how long it has been known there. What cannot be reached goes on and says so; the actuator projects it and counts it.
 *
 * @example
 * pose$.pipe(solvePose({ memo: 50 }))
 */
export const solvePose = defineOperator({
  name: 'solve-pose',
  summary: 'Solves the joints for a head pose and says whether it can be reached; the last poses are reused.',
  input: posePort,
  output: jointTargetPort,
  options,
  main: 'memo',
  example: { memo: 50 },
  each: ({ memo, memoFor, quantum, step }, context) => {
    const known = new Memo<JointTarget>({ keep: memo, forMs: memoFor }, context)
    return (pose) => {
      const rounded = quantise(pose, quantum, step)
      return known.get(
        () => Object.values(rounded).join(' '),
        () => solve(rounded),
      )
    }
  },
})

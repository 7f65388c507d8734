import type { JointTarget, RobotValue } from '../core/ports.js'
import { anyPose } from './any-pose.js'
import { fc } from './fast-check.js'

const anyAngle = fc.integer({ min: -160, max: 160 }).map((hundredth) => hundredth / 100)

const robot = { pose: anyPose, bodyYawRad: anyAngle, antennasRad: fc.tuple(anyAngle, anyAngle) }

/** What a robot is to do, or was measured to do. */
export const anyRobotValue: fc.Arbitrary<RobotValue> = fc.record(robot)

/** A pose with its joints, or without where it cannot be reached. */
export const anyJointTarget: fc.Arbitrary<JointTarget> = fc
  .record({ ...robot, jointsRad: fc.option(fc.array(anyAngle, { minLength: 7, maxLength: 7 })) })
  .map((target) => ({ ...target, reachable: target.jointsRad !== null }))

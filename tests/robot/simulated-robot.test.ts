import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { poseOfJoints } from '../../src/robot/forward-kinematics.js'
import { solveJoints } from '../../src/robot/inverse-kinematics.js'
import { neutralPose } from '../../src/robot/pose.js'
import { createRamp } from '../../src/robot/ramp.js'
import { restState, sleepState } from '../../src/robot/robot-state.js'
import type { RobotState } from '../../src/robot/robot-state.js'
import { createSimulatedRobot } from '../../src/robot/simulated-robot.js'
import { anyState, between, firmState, largestDifference, poseDifference } from './arbitraries.js'
import { runs } from '../helpers/runs.js'

const out: RobotState = { ...restState, pose: { ...neutralPose, zM: 0.05 }, antennasRad: [1, -1] }

describe('createSimulatedRobot', () => {
  test('law: whatever was commanded before, a firm pose held for a while is measured as commanded', () => {
    const history = fc.array(
      fc.oneof(
        anyState,
        firmState(0.25).map(({ state }) => state),
      ),
      { maxLength: 10 },
    )
    fc.assert(
      fc.property(history, firmState(0.25), between(5, 60), (before, { state, joints }, dtMs) => {
        const robot = createSimulatedRobot()
        for (const earlier of before) {
          robot.command(earlier)
          robot.step(dtMs)
        }
        expect(robot.command(state)).toBe(true)
        for (let ms = 0; ms < 1200; ms += dtMs) robot.step(dtMs)
        expect(poseDifference(robot.measured.pose, state.pose)).toBeLessThan(1e-6)
        expect(robot.measured.bodyYawRad).toBeCloseTo(joints.bodyYawRad, 9)
        expect(largestDifference(robot.measured.antennasRad, state.antennasRad)).toBeLessThan(1e-6)
      }),
      { numRuns: runs(200) },
    )
  })

  test('law: a command is taken if and only if it has a solution; else the head goes on to its last target, and it is counted', () => {
    fc.assert(
      fc.property(fc.array(anyState, { minLength: 1, maxLength: 20 }), (commands) => {
        const robot = createSimulatedRobot()
        const taken = commands.filter((state) => robot.command(state))
        expect(taken).toEqual(commands.filter((state) => solveJoints(state.pose, state).reachable))
        expect(robot.heldOff).toBe(commands.length - taken.length)
        const other = createSimulatedRobot()
        for (const state of taken) other.command(state)
        expect(robot.step(20).pose).toEqual(other.step(20).pose)
      }),
      { numRuns: runs(200) },
    )
  })

  test('law: without torque commands move nothing, and it sinks to where it sleeps; with torque again it stays where it is', () => {
    fc.assert(
      fc.property(firmState(0.25), firmState(0.25), between(0, 600), ({ state }, { state: other }, limpMs) => {
        const [told, untold] = [createSimulatedRobot({ start: state }), createSimulatedRobot({ start: state })]
        for (const robot of [told, untold]) robot.torque(false)
        for (let ms = 0; ms < limpMs; ms += 20) {
          expect(told.command(other)).toBe(true)
          expect(told.step(20)).toEqual(untold.step(20))
        }
        const { joints } = told
        told.torque(true)
        told.step(1000)
        expect(largestDifference(told.joints.stewartRad, joints.stewartRad)).toBeLessThan(1e-12)
        for (let ms = 0; ms < 3000; ms += 20) untold.step(20)
        const asleep = createSimulatedRobot({ start: { ...sleepState, bodyYawRad: 0 } })
        for (let ms = 0; ms < 1000; ms += 20) asleep.step(20)
        expect(largestDifference(untold.joints.stewartRad, asleep.joints.stewartRad)).toBeLessThan(1e-3)
        expect(untold.joints.bodyYawRad).toBe(createSimulatedRobot({ start: state }).joints.bodyYawRad)
      }),
      { numRuns: runs(30) },
    )
  })

  test('law: the same commands and steps give the same states', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyState, between(0, 40)), { maxLength: 20 }), (script) => {
        const run = () => {
          const robot = createSimulatedRobot()
          return script.map(([state, dtMs]) => [robot.command(state), robot.step(dtMs)])
        }
        expect(run()).toEqual(run())
      }),
      { numRuns: runs(50) },
    )
  })

  test('a command out of reach moves the antennas and not the head', () => {
    const robot = createSimulatedRobot()
    expect(robot.command(out)).toBe(false)
    for (let i = 0; i < 50; i++) robot.step(20)
    expect(poseDifference(robot.measured.pose, neutralPose)).toBeLessThan(1e-9)
    expect(robot.measured.antennasRad[0]).toBeCloseTo(1, 6)
    expect(robot.heldOff).toBe(1)
  })

  test('stays where it starts until commanded, asleep too', () => {
    for (const start of [restState, sleepState]) {
      const robot = createSimulatedRobot({ start })
      const measured = robot.step(20)
      expect(poseDifference(measured.pose, start.pose)).toBeLessThan(1e-9)
      expect(measured.antennasRad).toEqual(start.antennasRad)
    }
  })

  test('a pose that the search from neutral does not find is measured from the last one', () => {
    const pose = { xM: 0.003, yM: -0.021, zM: -0.03, rollRad: 0.17, pitchRad: -1.244, yawRad: -0.74 }
    const robot = createSimulatedRobot({ start: { ...restState, pose, bodyYawRad: -2.358 } })
    expect(poseOfJoints(robot.joints).found).toBe(false)
    expect(poseDifference(robot.step(20).pose, pose)).toBeLessThan(1e-9)
    robot.command({ ...restState, pose: { ...pose, yawRad: -0.7 }, bodyYawRad: -2.318 })
    expect(robot.step(1000).pose.yawRad).toBeCloseTo(-0.7, 9)
  })

  test('a jump of the body in one message, which wedges the real daemon, is measured right', () => {
    const robot = createSimulatedRobot()
    robot.command({ ...restState, bodyYawRad: 10 })
    for (let i = 0; i < 50; i++) robot.step(20)
    expect(robot.measured.bodyYawRad).toBeCloseTo((65 * Math.PI) / 180, 9)
    expect(poseDifference(robot.measured.pose, neutralPose)).toBeLessThan(1e-6)
  })

  test('woken through the ramp from sleep, it never leaves its path by more than its lag', () => {
    const robot = createSimulatedRobot({ start: sleepState })
    const ramp = createRamp({}, robot.measured)
    for (let i = 0; i < 200; i++) {
      const commanded = ramp.step(restState, 10)
      expect(robot.command(commanded)).toBe(true)
      const measured = robot.step(10)
      expect(Math.abs(measured.pose.zM - commanded.pose.zM)).toBeLessThan(0.02)
    }
    expect(poseDifference(robot.measured.pose, neutralPose)).toBeLessThan(1e-6)
  })

  test('a start out of reach is refused by name', () => {
    expect(() => createSimulatedRobot({ start: out })).toThrow(/must be reachable: .*stewart_1/)
  })
})

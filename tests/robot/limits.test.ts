import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firmness } from '../../src/robot/firmness.js'
import { antennaLimitRad, bodyYawLimitRad } from '../../src/robot/geometry.js'
import { interpolatePose } from '../../src/robot/interpolate-pose.js'
import { solveJoints } from '../../src/robot/inverse-kinematics.js'
import { limitPose } from '../../src/robot/limits.js'
import { neutralPose } from '../../src/robot/pose.js'
import { restState, sleepState } from '../../src/robot/robot-state.js'
import type { RobotState } from '../../src/robot/robot-state.js'
import { anyState, between, firmState, poseDifference } from './arbitraries.js'
import { runs } from '../helpers/runs.js'

const limits = fc.record({
  unreachable: fc.constantFrom('project' as const, 'refuse' as const),
  marginRad: between(0, 0.2),
  minFirmness: between(0.02, 0.3),
  automaticBodyYaw: fc.boolean(),
})

type Limits = { marginRad: number; minFirmness: number; automaticBodyYaw: boolean }

function mayBeSent(state: RobotState, { marginRad, minFirmness, automaticBodyYaw }: Limits): boolean {
  const solution = solveJoints(state.pose, { bodyYawRad: state.bodyYawRad, automaticBodyYaw })
  if (!solution.reachable || !solution.withinLimits) return false
  const inRange = [state.bodyYawRad / bodyYawLimitRad, ...state.antennasRad.map((rad) => rad / antennaLimitRad)]
  return (
    solution.marginRad >= marginRad &&
    firmness(state.pose, solution.joints) >= minFirmness &&
    inRange.every((share) => Math.abs(share) <= 1)
  )
}

describe('limitPose', () => {
  test('law: what it hands out may be sent, and a target that may be sent is handed out untouched', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyState,
          firmState(0).map(({ state }) => state),
        ),
        limits,
        (target, options) => {
          const limited = limitPose(target, options)
          expect(limited.verdict === 'kept').toBe(mayBeSent(target, options))
          if (limited.verdict === 'refused') return
          expect(mayBeSent(limited.state, options)).toBe(true)
          if (limited.verdict === 'kept') expect(limited.state).toBe(target)
          expect(options.unreachable === 'refuse' && limited.verdict === 'projected').toBe(false)
        },
      ),
      { numRuns: runs(200) },
    )
  })

  test('law: a projected target is on the way to the target, and a little further would not do', () => {
    fc.assert(
      fc.property(anyState, firmState(0.3), (target, { state: towards }) => {
        const options = { marginRad: 0, minFirmness: 0.05, automaticBodyYaw: true }
        const clipped = {
          ...target,
          bodyYawRad: Math.max(-bodyYawLimitRad, Math.min(bodyYawLimitRad, target.bodyYawRad)),
        }
        const limited = limitPose(target, { ...options, towards })
        if (limited.verdict !== 'projected' || limited.share === 1) return
        const onTheWay = (share: number): RobotState => ({
          pose: interpolatePose(towards.pose, clipped.pose, share),
          bodyYawRad: towards.bodyYawRad + (clipped.bodyYawRad - towards.bodyYawRad) * share,
          antennasRad: limited.state.antennasRad,
        })
        expect(poseDifference(limited.state.pose, onTheWay(limited.share).pose)).toBeLessThan(1e-9)
        expect(mayBeSent(onTheWay(limited.share + 2 ** -24), options)).toBe(false)
      }),
      { numRuns: runs(200) },
    )
  })

  test('a head too high is drawn back just below its reach, and the reason is told', () => {
    const limited = limitPose({ ...restState, pose: { ...neutralPose, zM: 0.05 } })
    if (limited.verdict !== 'projected') throw new Error(limited.verdict)
    expect(limited.state.pose.zM).toBeGreaterThan(0.02)
    expect(limited.state.pose.zM).toBeLessThan(0.0231)
    expect(limited.why).toContain('out of reach')
  })

  test('a pose that the servos allow but the legs do not hold is drawn back too', () => {
    const limited = limitPose({ ...restState, pose: { ...neutralPose, pitchRad: -1.25 } })
    expect(limited.verdict === 'projected' && limited.why).toContain('firmly')
  })

  test('an antenna out of range is clipped and the head left alone; with refuse it is refused', () => {
    const target: RobotState = { ...restState, antennasRad: [-100, 0.2] }
    expect(limitPose(target)).toMatchObject({
      verdict: 'projected',
      share: 1,
      state: { pose: neutralPose, antennasRad: [-Math.PI, 0.2] },
    })
    expect(limitPose(target, { unreachable: 'refuse' })).toMatchObject({ verdict: 'refused' })
  })

  test('the safe figures of the robot and its sleep are kept', () => {
    expect(limitPose(sleepState)).toMatchObject({ verdict: 'kept' })
    for (const change of [
      { pitchRad: 0.69 },
      { pitchRad: -0.69 },
      { rollRad: 0.69 },
      { rollRad: -0.69 },
      { yawRad: 3.1 },
    ]) {
      expect(limitPose({ ...restState, pose: { ...neutralPose, ...change } })).toMatchObject({ verdict: 'kept' })
    }
  })

  test('what is not finite, or has nowhere to go back to, is refused', () => {
    const high = { ...restState, pose: { ...neutralPose, zM: 0.06 } }
    expect(limitPose(high, { towards: high })).toMatchObject({ verdict: 'refused' })
    for (const value of [NaN, Infinity]) {
      expect(limitPose({ ...restState, pose: { ...neutralPose, xM: value } })).toMatchObject({ verdict: 'refused' })
      expect(limitPose({ ...restState, bodyYawRad: value })).toMatchObject({ verdict: 'refused' })
      expect(limitPose({ ...restState, antennasRad: [0, value] })).toMatchObject({ verdict: 'refused' })
      expect(limitPose(high, { towards: { ...restState, bodyYawRad: value } })).toMatchObject({ verdict: 'refused' })
    }
  })
})

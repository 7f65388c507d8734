import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { headToBodyYawLimitRad, bodyYawLimitRad } from '../../src/robot/geometry.js'
import { solveJoints } from '../../src/robot/inverse-kinematics.js'
import { neutralPose } from '../../src/robot/pose.js'
import { between, firmState, largestDifference } from './arbitraries.js'
import { golden, vectors } from './vectors.js'
import { runs } from '../helpers/runs.js'

describe('solveJoints', () => {
  test('there are vectors of each kind', () => {
    expect(vectors).toHaveLength(60)
    expect(vectors.filter((vector) => !vector.reachable)).toHaveLength(13)
    expect(vectors.filter((vector) => !vector.auto)).toHaveLength(13)
  })

  test.each(vectors)('agrees with the released engine: $name', (vector) => {
    const solution = solveJoints(vector.head, { bodyYawRad: vector.body_yaw, automaticBodyYaw: vector.auto })
    const { bodyYawRad, stewartRad } = solution.joints
    const joints = [bodyYawRad, ...stewartRad]
    expect(joints.map((angle) => angle === null)).toEqual(vector.joints.map((angle) => angle === null))
    const numbers = (angles: readonly (number | null)[]): number[] => angles.map((angle) => angle ?? 0)
    expect(largestDifference(numbers(joints), numbers(vector.joints))).toBeLessThan(1e-9)
    expect(solution.reachable).toBe(vector.reachable)
    if (!solution.reachable) return
    expect(solution.withinLimits).toBe(vector.within_motor_limits)
    // The engine's limits were written down rounded to 1e-6.
    expect(solution.marginRad).toBeCloseTo(vector.limit_margin_rad ?? NaN, 5)
  })

  test.each(golden)('golden: $name', ({ head, bodyYawRad, joints }) => {
    const solution = solveJoints(head, { bodyYawRad })
    if (!solution.reachable) throw new Error(solution.why)
    expect(largestDifference([solution.joints.bodyYawRad, ...solution.joints.stewartRad], joints)).toBeLessThan(1e-9)
  })

  test('says which legs are short', () => {
    const solution = solveJoints({ ...neutralPose, zM: 0.05 }, { bodyYawRad: 0 })
    expect(solution.reachable ? '' : solution.why).toContain('stewart_1')
  })

  test('single-axis workspace: as far as the servos and the rods go', () => {
    const reach = (pose: object) => solveJoints({ ...neutralPose, ...pose }, { bodyYawRad: 0 })
    expect(reach({ zM: 0.023 })).toMatchObject({ reachable: true, withinLimits: true })
    expect(reach({ zM: 0.0238 })).toMatchObject({ reachable: true, withinLimits: false })
    expect(reach({ zM: 0.0243 })).toMatchObject({ reachable: false })
    expect(reach({ xM: 0.0507 })).toMatchObject({ reachable: true, withinLimits: true })
    expect(reach({ xM: 0.0509 })).toMatchObject({ reachable: true, withinLimits: false })
  })

  test.each([NaN, Infinity, -Infinity])('what is not finite is out of reach: %d', (value) => {
    for (const key of ['xM', 'zM', 'rollRad', 'yawRad']) {
      expect(solveJoints({ ...neutralPose, [key]: value }, { bodyYawRad: 0 }).reachable).toBe(false)
    }
    expect(solveJoints(neutralPose, { bodyYawRad: value, automaticBodyYaw: false }).reachable).toBe(false)
    expect(solveJoints(neutralPose, { bodyYawRad: NaN }).reachable).toBe(false)
  })

  test('law: automatic body yaw keeps the body near the head, and turns it no more than that asks for', () => {
    fc.assert(
      fc.property(between(-3.1, 3.1), between(-6, 6), (yawRad, bodyYawRad) => {
        const body = solveJoints({ ...neutralPose, yawRad }, { bodyYawRad }).joints.bodyYawRad
        expect(Math.abs(body)).toBeLessThanOrEqual(bodyYawLimitRad)
        expect(Math.abs(body - yawRad)).toBeLessThanOrEqual(headToBodyYawLimitRad + 1e-12)
        const asked = Math.abs(bodyYawRad) <= bodyYawLimitRad && Math.abs(bodyYawRad - yawRad) <= headToBodyYawLimitRad
        if (asked) expect(body).toBe(bodyYawRad)
      }),
      { numRuns: runs(200) },
    )
  })

  test('law: head and body turned alike leave the arms as they are', () => {
    fc.assert(
      fc.property(firmState(0), between(-3, 3), ({ state, joints }, turnRad) => {
        const { pose } = state
        const s = Math.sin(turnRad)
        const c = Math.cos(turnRad)
        const [xM, yM] = [c * pose.xM - s * pose.yM, s * pose.xM + c * pose.yM]
        const turned = solveJoints(
          { ...pose, xM, yM, yawRad: pose.yawRad + turnRad },
          { bodyYawRad: joints.bodyYawRad + turnRad, automaticBodyYaw: false },
        )
        if (!turned.reachable) throw new Error(turned.why)
        expect(largestDifference(turned.joints.stewartRad, joints.stewartRad)).toBeLessThan(1e-6)
      }),
      { numRuns: runs(200) },
    )
  })
})

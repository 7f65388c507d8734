import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { interpolatePose } from '../../src/robot/interpolate-pose.js'
import { interpolateValue } from '../../src/robot/interpolate-value.js'
import { invertRigid, multiplyRigid, poseToMatrix } from '../../src/robot/matrix.js'
import { neutralPose, type HeadPose } from '../../src/robot/pose.js'
import { restState } from '../../src/robot/robot-state.js'
import { anyPose, anyState, between, largestDifference, poseDifference } from './arbitraries.js'

const angleBetween = (from: HeadPose, to: HeadPose): number => {
  const m = multiplyRigid(invertRigid(poseToMatrix(from)), poseToMatrix(to))
  return Math.acos(Math.max(-1, Math.min(1, (m[0] + m[5] + m[10] - 1) / 2)))
}

describe('interpolateValue', () => {
  test('law: 0 is the first and 1 the second, of poses, robots, numbers, lists and records of them', () => {
    fc.assert(
      fc.property(anyPose, anyPose, anyState, anyState, between(-5, 5), between(-5, 5), (p, q, r, s, a, b) => {
        expect(poseDifference(interpolateValue(p, q, 0) as HeadPose, p)).toBeLessThan(1e-9)
        expect(poseDifference(interpolateValue(p, q, 1) as HeadPose, q)).toBeLessThan(1e-9)
        const end = interpolateValue(r, s, 1) as typeof r
        expect(poseDifference(end.pose, s.pose)).toBeLessThan(1e-9)
        expect(end.bodyYawRad).toBeCloseTo(s.bodyYawRad, 9)
        expect(largestDifference(end.antennasRad, s.antennasRad)).toBeLessThan(1e-9)
        expect(interpolateValue(a, b, 0.5)).toBeCloseTo((a + b) / 2, 9)
        expect(interpolateValue({ x: a, of: [a, b] }, { x: b, of: [b, a] }, 0)).toEqual({ x: a, of: [a, b] })
      }),
    )
  })

  test('law: yaw may be counted in any turn: the way between two measurements is the short one', () => {
    fc.assert(
      fc.property(anyPose, between(-3, 3), between(0, 1), fc.integer({ min: -2, max: 2 }), (pose, by, share, turns) => {
        const to = { ...pose, yawRad: pose.yawRad + by + turns * 2 * Math.PI }
        const there = interpolateValue(pose, to, share) as HeadPose
        expect(angleBetween(pose, there)).toBeCloseTo(
          angleBetween(pose, { ...pose, yawRad: pose.yawRad + share * by }),
          6,
        )
        if (turns === 0) expect(there).toEqual(interpolatePose(pose, to, share))
      }),
    )
  })

  test('what a robot tells beside is that of the earlier one', () => {
    const from = { ...restState, commanded: restState, ageMs: null, state: 'waiting' }
    const turned = { ...restState, pose: { ...neutralPose, yawRad: 0.4 } }
    const to = { ...turned, commanded: turned, ageMs: 3, state: 'following' }
    const half = { ...neutralPose, yawRad: 0.2 }
    const found = interpolateValue(from, to, 0.5) as typeof from
    expect(found).toMatchObject({ ageMs: null, state: 'waiting' })
    expect([poseDifference(found.pose, half), poseDifference(found.commanded.pose, half)]).toEqual([
      expect.closeTo(0),
      expect.closeTo(0),
    ])
  })

  test.each([
    ['words', 'a', 'b'],
    ['a number and a word', 1, 'b'],
    ['nothing', 1, null],
    ['lists of unequal length', [1], [1, 2]],
    ['bytes', new Uint8Array(2), new Uint8Array(2)],
    ['a record with a word', { x: 1, name: 'a' }, { x: 2, name: 'b' }],
  ])('there is nothing between %s', (_, from, to) => {
    expect(() => interpolateValue(from, to, 0.5)).toThrow('cannot interpolate')
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bodyYawLimitRad, legs } from '../../src/robot/geometry.js'
import type { Joints } from '../../src/robot/joints.js'
import { createMotor } from '../../src/robot/motor.js'
import { between, largestDifference } from './arbitraries.js'
import { runs } from '../helpers/runs.js'

const angle = between(-3, 3)
const anyJoints: fc.Arbitrary<Joints> = fc.record({
  bodyYawRad: between(-4, 4),
  stewartRad: fc.tuple(angle, angle, angle, angle, angle, angle),
})
const still: Joints = { bodyYawRad: 0, stewartRad: [0, 0, 0, 0, 0, 0] }
const list = ({ bodyYawRad, stewartRad }: Joints): number[] => [bodyYawRad, ...stewartRad]

function saturated({ bodyYawRad, stewartRad }: Joints): number[] {
  const into = (value: number, min: number, max: number): number => Math.max(min, Math.min(max, value))
  const arms = legs.map(({ minRad, maxRad }, index) => into(stewartRad[index] ?? NaN, minRad, maxRad))
  return [into(bodyYawRad, -bodyYawLimitRad, bodyYawLimitRad), ...arms]
}

describe('createMotor', () => {
  test('after one time constant it has gone 63 % of the way', () => {
    const motor = createMotor({ timeConstantMs: 30 }, still)
    const joints = motor.step({ bodyYawRad: 1, stewartRad: [0.5, -0.5, 0.5, -0.5, 0.5, -0.5] }, 30)
    expect(joints.bodyYawRad).toBeCloseTo(1 - Math.exp(-1), 12)
    expect(joints.stewartRad[3]).toBeCloseTo(-0.5 * (1 - Math.exp(-1)), 12)
    expect(motor.joints).toBe(joints)
  })

  test('law: two steps are one of their sum', () => {
    fc.assert(
      fc.property(anyJoints, between(0, 100), between(0, 100), (target, firstMs, thenMs) => {
        const once = createMotor({}, still).step(target, firstMs + thenMs)
        const motor = createMotor({}, still)
        motor.step(target, firstMs)
        expect(largestDifference(list(motor.step(target, thenMs)), list(once))).toBeLessThan(1e-12)
      }),
      { numRuns: runs(200) },
    )
  })

  test('law: in the end it is at the target or at the limit next to it, from wherever it started', () => {
    fc.assert(
      fc.property(anyJoints, anyJoints, (start, target) => {
        const joints = createMotor({}, start).step(target, 2000)
        expect(largestDifference(list(joints), saturated(target))).toBeLessThan(1e-9)
      }),
      { numRuns: runs(200) },
    )
  })

  test('without a time constant it is there at once; without time it stays', () => {
    const target: Joints = { bodyYawRad: 0.3, stewartRad: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1] }
    expect(createMotor({ timeConstantMs: 0 }, still).step(target, 1)).toEqual(target)
    expect(createMotor({ timeConstantMs: 0 }, still).step(target, 0)).toEqual(still)
  })
})

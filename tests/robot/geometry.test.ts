import { describe, expect, test } from 'vitest'
import { forEachLeg, legs } from '../../src/robot/geometry.js'
import { invertRigid, multiplyRigid } from '../../src/robot/matrix.js'
import { largestDifference } from './arbitraries.js'

const inDegrees = (rad: number): number => Math.round((rad * 180) / Math.PI)

describe('geometry', () => {
  test("the servos' limits are those of hardware_config.yaml", () => {
    expect(legs.map(({ minRad, maxRad }) => [inDegrees(minRad), inDegrees(maxRad)])).toEqual([
      [-48, 80],
      [-80, 70],
      [-48, 80],
      [-80, 48],
      [-70, 80],
      [-80, 48],
    ])
  })

  test('each motor frame is a rotation and a shift', () => {
    for (const { motorFromWorld } of legs) {
      const identity = multiplyRigid(motorFromWorld, invertRigid(motorFromWorld))
      expect(largestDifference(identity, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])).toBeLessThan(1e-9)
    }
  })

  test('the legs stand in pairs, mirrored left and right', () => {
    const mirror = [5, 4, 3, 2, 1, 0]
    forEachLeg(({ ballM: [x, y], solutionSign, minRad, maxRad }, index) => {
      const other = legs[mirror[index] ?? NaN]
      expect(other?.ballM[0]).toBeCloseTo(x, 6)
      expect(other?.ballM[1]).toBeCloseTo(-y, 6)
      expect(other?.solutionSign).toBe(-solutionSign)
      expect([other?.minRad, other?.maxRad]).toEqual([-maxRad, -minRad])
    })
  })
})

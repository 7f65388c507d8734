import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  invertRigid,
  lift,
  matrixToPose,
  multiplyRigid,
  poseToMatrix,
  transformPoint,
  turnAboutZ,
  twistToMatrix,
} from '../../src/robot/matrix.js'
import { neutralPose } from '../../src/robot/pose.js'
import { anyPose, between, largestDifference } from './arbitraries.js'
import { runs } from '../helpers/runs.js'

const identity = poseToMatrix(neutralPose)
const point = fc.tuple(between(-1, 1), between(-1, 1), between(-1, 1))

describe('matrices of poses', () => {
  test('pitch > 0 looks down, yaw > 0 turns left, roll > 0 lifts the left side', () => {
    const nose = (pose: object) => transformPoint(poseToMatrix({ ...neutralPose, ...pose }), [1, 0, 0])
    expect(nose({ pitchRad: 0.1 })[2]).toBeLessThan(0)
    expect(nose({ yawRad: 0.1 })[1]).toBeGreaterThan(0)
    expect(transformPoint(poseToMatrix({ ...neutralPose, rollRad: 0.1 }), [0, 1, 0])[2]).toBeGreaterThan(0)
  })

  test('law: a pose comes back from its matrix', () => {
    fc.assert(
      fc.property(anyPose, (pose) => {
        const back = matrixToPose(poseToMatrix(pose))
        expect(largestDifference(Object.values(back), Object.values(pose))).toBeLessThan(1e-12)
      }),
      { numRuns: runs(200) },
    )
  })

  test('law: R = Rz(yaw)·Ry(pitch)·Rx(roll)', () => {
    fc.assert(
      fc.property(anyPose, (pose) => {
        const roll = poseToMatrix({ ...neutralPose, rollRad: pose.rollRad })
        const pitch = poseToMatrix({ ...neutralPose, pitchRad: pose.pitchRad })
        const still = { ...pose, xM: 0, yM: 0, zM: 0 }
        const turned = turnAboutZ(multiplyRigid(pitch, roll), pose.yawRad)
        expect(largestDifference(turned, poseToMatrix(still))).toBeLessThan(1e-12)
      }),
      { numRuns: runs(200) },
    )
  })

  test('law: the inverse undoes, and a product carries a point as its parts do', () => {
    fc.assert(
      fc.property(anyPose, anyPose, point, (p, q, at) => {
        const a = poseToMatrix(p)
        const b = poseToMatrix(q)
        expect(largestDifference(multiplyRigid(a, invertRigid(a)), identity)).toBeLessThan(1e-12)
        const once = transformPoint(multiplyRigid(a, b), at)
        expect(largestDifference(once, transformPoint(a, transformPoint(b, at)))).toBeLessThan(1e-12)
      }),
      { numRuns: runs(200) },
    )
  })

  test('law: turning and lifting are undone by their opposites', () => {
    fc.assert(
      fc.property(anyPose, between(-3, 3), (pose, amount) => {
        const m = poseToMatrix(pose)
        expect(largestDifference(turnAboutZ(turnAboutZ(m, amount), -amount), m)).toBeLessThan(1e-12)
        expect(transformPoint(lift(m, amount), [0, 0, 0])[2]).toBeCloseTo(pose.zM + amount, 12)
      }),
      { numRuns: runs(200) },
    )
  })

  test('law: a twist about one axis is the rotation about it, and half a twist twice is the whole', () => {
    fc.assert(
      fc.property(between(-3, 3), point, (angleRad, turn) => {
        const aboutZ = twistToMatrix([0, 0, 0], [0, 0, angleRad])
        expect(largestDifference(aboutZ, turnAboutZ(identity, angleRad))).toBeLessThan(1e-12)
        const aboutX = twistToMatrix([0, 0, 0], [angleRad, 0, 0])
        expect(largestDifference(aboutX, poseToMatrix({ ...neutralPose, rollRad: angleRad }))).toBeLessThan(1e-12)
        const half = twistToMatrix([0, 0, 0], [turn[0] / 2, turn[1] / 2, turn[2] / 2])
        expect(largestDifference(multiplyRigid(half, half), twistToMatrix([0, 0, 0], turn))).toBeLessThan(1e-12)
      }),
      { numRuns: runs(200) },
    )
  })
})

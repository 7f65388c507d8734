import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runs } from '../helpers/runs.js'
import { lookAtRay, pixelOf, rayOf, turnRay } from '../../src/vision/pinhole.js'

const camera = fc.record({
  widthPx: fc.integer({ min: 16, max: 4000 }),
  heightPx: fc.integer({ min: 16, max: 4000 }),
  fovRad: fc.double({ min: 0.2, max: 2.6, noNaN: true }),
})
const angle = fc.double({ min: -3, max: 3, noNaN: true })
const share = fc.double({ min: -0.5, max: 1.5, noNaN: true })

describe('pinhole', () => {
  test('law: a pixel’s ray meets the picture at that pixel, and is 1 long', () => {
    fc.assert(
      fc.property(camera, share, share, (lens, across, down) => {
        const ray = rayOf(across * lens.widthPx, down * lens.heightPx, lens)
        expect(Math.hypot(...ray)).toBeCloseTo(1, 9)
        const pixel = pixelOf(ray, lens) ?? [NaN, NaN]
        expect(pixel[0]).toBeCloseTo(across * lens.widthPx, 5)
        expect(pixel[1]).toBeCloseTo(down * lens.heightPx, 5)
      }),
    )
  })

  test('law: a head turned as told has its forward axis along the ray', () => {
    fc.assert(
      fc.property(camera, share, share, (lens, across, down) => {
        const ray = rayOf(across * lens.widthPx, down * lens.heightPx, lens)
        const { yawRad, pitchRad } = lookAtRay(ray)
        // The first column of Rz(yaw)·Ry(pitch).
        const forward = [
          Math.cos(yawRad) * Math.cos(pitchRad),
          Math.sin(yawRad) * Math.cos(pitchRad),
          -Math.sin(pitchRad),
        ]
        ray.forEach((value, i) => {
          expect(forward[i]).toBeCloseTo(value, 9)
        })
      }),
    )
  })

  test('law: a ray turned back by the turn that looks along it is the camera’s own axis', () => {
    fc.assert(
      fc.property(camera, share, share, angle, angle, angle, (lens, across, down, rollRad, pitchRad, yawRad) => {
        const world = turnRay(rayOf(across * lens.widthPx, down * lens.heightPx, lens), { rollRad, pitchRad, yawRad })
        expect(Math.hypot(...world)).toBeCloseTo(1, 12)
        const axis = turnRay([1, 0, 0], lookAtRay(world))
        axis.forEach((value, i) => {
          expect(Math.abs(value - (world[i] ?? NaN))).toBeLessThan(1e-9)
        })
      }),
      { numRuns: runs(1000) },
    )
  })

  test('a ray turns as the head does: yaw to the left, pitch down, roll to the right', () => {
    const near = (found: readonly number[], wanted: readonly number[]): void => {
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i] ?? NaN, 12)
      })
    }
    const quarter = Math.PI / 2
    near(turnRay([1, 0, 0], { rollRad: 0, pitchRad: 0, yawRad: quarter }), [0, 1, 0])
    near(turnRay([1, 0, 0], { rollRad: 0, pitchRad: quarter, yawRad: 0 }), [0, 0, -1])
    near(turnRay([0, 1, 0], { rollRad: quarter, pitchRad: 0, yawRad: 0 }), [0, 0, 1])
  })

  test('the middle is straight ahead; right in the picture is right of the robot, up is up', () => {
    const lens = { widthPx: 1280, heightPx: 720, fovRad: 1.2 }
    expect(lookAtRay(rayOf(640, 360, lens))).toEqual({ yawRad: 0, pitchRad: -0, rollRad: 0 })
    expect(lookAtRay(rayOf(1280, 360, lens)).yawRad).toBeCloseTo(-0.6, 9)
    expect(lookAtRay(rayOf(0, 360, lens)).yawRad).toBeCloseTo(0.6, 9)
    expect(lookAtRay(rayOf(640, 0, lens)).pitchRad).toBeLessThan(0)
    expect(pixelOf([-1, 0, 0], lens)).toBeNull()
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PoseJson } from '../../src/core/wire.js'
import { convexHull, type Point } from '../../web/src/logic/convex-hull.js'
import { headLines, headOutline, type HeadView } from '../../web/src/logic/head-lines.js'
import { straight } from './page-fixtures.js'

const turned = (pose: Partial<PoseJson>) => ({ ...straight, pose: { ...straight.pose, ...pose } })
const middle = (points: readonly Point[]): Point => [
  (Math.min(...points.map((p) => p[0])) + Math.max(...points.map((p) => p[0]))) / 2,
  (Math.min(...points.map((p) => p[1])) + Math.max(...points.map((p) => p[1]))) / 2,
]
const partsOf = (view: HeadView, pose: Partial<PoseJson>, part: string) =>
  headLines(turned(pose), view).filter((stroke) => stroke.part === part)
const eyesAt = (view: HeadView, pose: Partial<PoseJson>): Point =>
  middle(partsOf(view, pose, 'eye').flatMap(({ points }) => points))

describe('the head square on', () => {
  test('straight ahead it is the same at both sides from the front', () => {
    expect(middle(headOutline(straight, 'front'))[0]).toBeCloseTo(0)
    expect(eyesAt('front', {})[0]).toBeCloseTo(0)
  })

  test('a turn to its left moves the eyes to the right of who faces it, more than the head', () => {
    const yaw = { yawRad: 0.4 }
    expect(eyesAt('front', yaw)[0]).toBeGreaterThan(12)
    expect(eyesAt('front', yaw)[0]).toBeGreaterThan(middle(headOutline(turned(yaw), 'front'))[0] + 5)
  })

  test('looking down moves the eyes down, in both views; from the side they point ahead', () => {
    for (const view of ['front', 'side'] as const)
      expect(eyesAt(view, { pitchRad: 0.4 })[1]).toBeLessThan(eyesAt(view, {})[1] - 8)
    expect(eyesAt('side', {})[0]).toBeGreaterThan(middle(headOutline(straight, 'side'))[0])
  })

  test('a tilt to its right lowers the right side, which is left of who faces it', () => {
    const [left] = [...headOutline(turned({ rollRad: 0.4 }), 'front')].sort((a, b) => a[0] - b[0])
    expect(left?.[1]).toBeLessThan(middle(headOutline(straight, 'front'))[1])
  })

  test('rising by 20 mm is 20 mm', () => {
    expect(
      middle(headOutline(turned({ zM: 0.02 }), 'front'))[1] - middle(headOutline(straight, 'front'))[1],
    ).toBeCloseTo(20)
  })

  test('turned away it shows no face', () => {
    expect(partsOf('front', { yawRad: Math.PI }, 'pupil')).toHaveLength(0)
    expect(partsOf('front', {}, 'pupil')).toHaveLength(2)
  })

  test('antennas at rest lean apart, and 0 is upright', () => {
    const antennas = headLines({ ...straight, antennasRad: [-0.5, 0.5] }, 'front').filter(
      ({ part }) => part === 'antenna',
    )
    const tips = antennas.map(({ points }) => points[1]?.[0] ?? 0)
    expect(tips[0]).toBeLessThan(-60)
    expect(tips[1]).toBeGreaterThan(60)
  })
})

test('the hull holds all points and turns one way', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 })), {
        minLength: 3,
        maxLength: 40,
      }),
      (points) => {
        const hull = convexHull(points)
        hull.forEach((a, i) => {
          const b = hull[(i + 1) % hull.length] ?? a
          for (const p of points)
            expect((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])).toBeGreaterThanOrEqual(-1e-6)
        })
      },
    ),
  )
})

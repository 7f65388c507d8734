import type { RobotJson } from '../../../src/core/wire.js'
import { convexHull, type Point } from './convex-hull.js'

/** Where one looks from: `front` meets its gaze; `side` has it look to the right of the screen. */
export type HeadView = 'front' | 'side'

/** A line of the drawing in mm, x to the right, y up, the foot at the origin. Drawn in order; `filled` hides what is behind. */
export type Stroke = {
  readonly part: 'rod' | 'body' | 'head' | 'face' | 'eye' | 'pupil' | 'antenna'
  readonly points: readonly Point[]
  readonly closed: boolean
  readonly filled: boolean
}

type Vector = readonly [number, number, number]

/** Height of the neutral head's frame above the foot, and the balls of the six rods in it: as in src/robot/geometry.ts. */
const headHeightMm = 177
const balls: readonly Vector[] = [
  [20.6, 21.8, 0],
  [8.5, 28.8, 0],
  [-29.1, 6.9, 0],
  [-29.1, -6.9, 0],
  [8.5, -28.8, 0],
  [20.6, -21.8, 0],
]

/** Rounded rectangles across the head, back to front: [x, half width, half height], all centred 42 mm above its frame. */
const middleMm = 42
const slices = [
  [-60, 48, 26],
  [-56, 58, 35],
  [-46, 67, 43],
  [-26, 74, 48],
  [6, 76, 49],
  [26, 74, 47],
  [35, 70, 42],
  [38, 66, 37],
] as const
const faceMm = 38
const eyes = [-31, 31] as const

/**
 * The head of a Reachy Mini in a few lines, turned by its pose and seen square on, so that a turn shows as what is in front
 * moving against what is behind.
 *
 * Shapes are drawn after its look, not its CAD; frame and rods are true. R = Rz(yaw)·Ry(pitch)·Rx(roll).
 */
export function headLines(robot: RobotJson, view: HeadView): readonly Stroke[] {
  const place = placer(robot)
  const flat = (points: readonly Vector[]): Point[] => points.map((p) => project(place(p), view))
  const shape = (part: Stroke['part'], points: readonly Point[], filled: boolean): Stroke => ({
    part,
    points: convexHull(points),
    closed: true,
    filled,
  })
  const towards = (direction: Vector): number => {
    const [ax, ay] = place([0, 0, 0])
    const [bx, by] = place(direction)
    return view === 'front' ? bx - ax : ay - by
  }

  const head = shape('head', flat(slices.flatMap(([x, w, h]) => roundedRectangle(x, w, h))), true)
  const faceSeen = towards([1, 0, 0]) > 0.03
  const eyeStrokes = eyes.map((y) => {
    const rim = circle([faceMm, y, middleMm + 2], 20)
    const lens = circle([faceMm + 12, y, middleMm + 2], 18)
    const near = towards([faceMm + 6, y, middleMm]) > 0
    const pupil = shape('pupil', flat(circle([faceMm + 12, y, middleMm + 2], 6)), true)
    return { near, strokes: [shape('eye', flat([...rim, ...lens]), true), ...(faceSeen ? [pupil] : [])] }
  })
  const antennas = ([-1, 1] as const).map((side, index): Stroke => {
    const angle = robot.antennasRad[index] ?? 0
    const swing = (side < 0 ? -angle : angle) + 0.12
    const root: Vector = [-8, side * 42, middleMm + 44]
    const tip: Vector = [
      -8 - 26 * Math.cos(swing),
      side * (42 + 96 * Math.sin(swing)),
      middleMm + 44 + 96 * Math.cos(swing),
    ]
    return { part: 'antenna', points: flat([root, tip]), closed: false, filled: false }
  })

  return [
    ...rods(robot, view, place),
    ...bodyLines(robot.bodyYawRad, view),
    ...eyeStrokes.filter(({ near }) => !near).flatMap(({ strokes }) => strokes),
    ...antennas,
    head,
    ...(faceSeen ? [shape('face', flat(roundedRectangle(faceMm, 64, 36)), false)] : []),
    ...eyeStrokes.filter(({ near }) => near).flatMap(({ strokes }) => strokes),
  ]
}

/** Outline of the head alone: what is drawn dashed for the commanded pose. */
export function headOutline(robot: RobotJson, view: HeadView): readonly Point[] {
  return headLines(robot, view).find(({ part }) => part === 'head')?.points ?? []
}

function placer({ pose }: RobotJson): (p: Vector) => Vector {
  const [cr, sr] = [Math.cos(pose.rollRad), Math.sin(pose.rollRad)]
  const [cp, sp] = [Math.cos(pose.pitchRad), Math.sin(pose.pitchRad)]
  const [cy, sy] = [Math.cos(pose.yawRad), Math.sin(pose.yawRad)]
  return ([x, y, z]) => {
    const y1 = cr * y - sr * z
    const z1 = sr * y + cr * z
    const x2 = cp * x + sp * z1
    const z2 = -sp * x + cp * z1
    return [cy * x2 - sy * y1 + pose.xM * 1000, sy * x2 + cy * y1 + pose.yM * 1000, z2 + pose.zM * 1000 + headHeightMm]
  }
}

/** x forward, y left, z up → the screen. Facing the robot, its left is at the right; from its right side, forward is at the right. */
function project([x, y, z]: Vector, view: HeadView): Point {
  return view === 'front' ? [y, z] : [x, z]
}

function circle([x, y, z]: Vector, radius: number): Vector[] {
  return Array.from({ length: 24 }, (_, i) => {
    const a = (i * Math.PI) / 12
    return [x, y + radius * Math.cos(a), z + radius * Math.sin(a)]
  })
}

function roundedRectangle(x: number, halfWidth: number, halfHeight: number): Vector[] {
  const r = Math.min(halfWidth, halfHeight) * 0.72
  return Array.from({ length: 32 }, (_, i) => {
    const a = ((i + 0.5) * Math.PI) / 16
    const [c, s] = [Math.cos(a), Math.sin(a)]
    return [x, Math.sign(c) * (halfWidth - r) + r * c, middleMm + Math.sign(s) * (halfHeight - r) + r * s]
  })
}

const bodyTopMm = 104

function bodyLines(yawRad: number, view: HeadView): Stroke[] {
  const rings = [
    [0, 58],
    [3, 66],
    [14, 72],
    [34, 74],
    [58, 72],
    [80, 64],
    [94, 54],
    [102, 42],
    [bodyTopMm, 30],
  ] as const
  const side = rings.flatMap(([z, r]): Point[] => [
    [-r, z],
    [r, z],
  ])
  // The body is round: a mark at its front shows how it is turned.
  const ahead = view === 'front' ? Math.sin(yawRad) : Math.cos(yawRad)
  const seen = view === 'front' ? Math.cos(yawRad) > 0.05 : -Math.sin(yawRad) > -0.05
  const mark: Stroke = {
    part: 'face',
    points: [
      [74 * ahead, 34],
      [72 * ahead, 58],
    ],
    closed: false,
    filled: false,
  }
  return [{ part: 'body', points: convexHull(side), closed: true, filled: true }, ...(seen ? [mark] : [])]
}

function rods(robot: RobotJson, view: HeadView, place: (p: Vector) => Vector): Stroke[] {
  const [c, s] = [Math.cos(robot.bodyYawRad), Math.sin(robot.bodyYawRad)]
  return balls.map((ball, i): Stroke => {
    const a = Math.atan2(ball[1], ball[0]) + (i % 2 === 0 ? -0.5 : 0.5)
    const [x, y] = [40 * Math.cos(a), 40 * Math.sin(a)]
    const foot: Vector = [c * x - s * y, s * x + c * y, bodyTopMm - 14]
    return { part: 'rod', points: [project(foot, view), project(place(ball), view)], closed: false, filled: false }
  })
}

import type { RobotJson } from '../../../src/core/wire.js'

/** x forward, y left, z up, in mm; the foot at the origin. */
export type Vector = readonly [number, number, number]

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
const bodyTopMm = 104

/**
 * The head of a Reachy Mini in a few solids: after its look, not its CAD; frame and rods are true. Each is convex, and a list of
 * rings of as many points, so that it can be skinned, and its outline is the hull of its points.
 */
export const headRings: readonly (readonly Vector[])[] = slices.map(([x, w, h]) => roundedRectangle(x, w, h))
export const faceRing: readonly Vector[] = roundedRectangle(faceMm, 64, 36)

export type Eye = {
  readonly rings: readonly [readonly Vector[], readonly Vector[]]
  readonly pupil: readonly Vector[]
  readonly middle: Vector
}

export const eyes: readonly Eye[] = [-31, 31].map((y) => ({
  rings: [circle([faceMm, y, middleMm + 2], 20), circle([faceMm + 12, y, middleMm + 2], 18)],
  pupil: circle([faceMm + 12, y, middleMm + 2], 6),
  middle: [faceMm + 6, y, middleMm],
}))

/** Radii of the body by height. */
export const bodyRings = [
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

/** The body is round: a mark at its front shows how it is turned. */
export function bodyMark({ bodyYawRad }: RobotJson): readonly [Vector, Vector] {
  const [c, s] = [Math.cos(bodyYawRad), Math.sin(bodyYawRad)]
  return [
    [74 * c, 74 * s, 34],
    [72 * c, 72 * s, 58],
  ]
}

/** Root and tip of each antenna, in the head's frame. */
export function antennaLines(robot: RobotJson): readonly (readonly [Vector, Vector])[] {
  return ([-1, 1] as const).map((side, index) => {
    const angle = robot.antennasRad[index] ?? 0
    const swing = (side < 0 ? -angle : angle) + 0.12
    const root: Vector = [-8, side * 42, middleMm + 44]
    const tip: Vector = [
      -8 - 26 * Math.cos(swing),
      side * (42 + 96 * Math.sin(swing)),
      middleMm + 44 + 96 * Math.cos(swing),
    ]
    return [root, tip] as const
  })
}

/** The six rods, from the body to the head. */
export function rodLines(robot: RobotJson): readonly (readonly [Vector, Vector])[] {
  const place = placer(robot)
  const [c, s] = [Math.cos(robot.bodyYawRad), Math.sin(robot.bodyYawRad)]
  return balls.map((ball, i) => {
    const a = Math.atan2(ball[1], ball[0]) + (i % 2 === 0 ? -0.5 : 0.5)
    const [x, y] = [40 * Math.cos(a), 40 * Math.sin(a)]
    return [[c * x - s * y, s * x + c * y, bodyTopMm - 14], place(ball)] as const
  })
}

/** From the head's frame to the foot's. R = Rz(yaw)·Ry(pitch)·Rx(roll). */
export function placer({ pose }: RobotJson): (p: Vector) => Vector {
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

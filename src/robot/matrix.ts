import type { HeadPose } from './pose.js'

/** A rigid placement, 4x4 homogeneous and row-major as on the wire of the robot: rotation in 0-2, 4-6, 8-10, metres in 3, 7, 11. */
// prettier-ignore
export type Matrix4 = readonly [
  number, number, number, number,
  number, number, number, number,
  number, number, number, number,
  number, number, number, number,
]

/** Three coordinates, in metres unless said otherwise. */
export type Vector3 = readonly [x: number, y: number, z: number]

/**
 * The matrix of a pose.
 *
 * Metres and radians in; R = Rz(yaw)·Ry(pitch)·Rx(roll), the robot's own convention (scipy's extrinsic `xyz`).
 */
export function poseToMatrix({ xM, yM, zM, rollRad, pitchRad, yawRad }: HeadPose): Matrix4 {
  const sr = Math.sin(rollRad)
  const cr = Math.cos(rollRad)
  const sp = Math.sin(pitchRad)
  const cp = Math.cos(pitchRad)
  const sy = Math.sin(yawRad)
  const cy = Math.cos(yawRad)
  // prettier-ignore
  return [
    cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr, xM,
    sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr, yM,
    -sp,     cp * sr,                cp * cr,                zM,
    0,       0,                      0,                      1,
  ]
}

/**
 * The pose of a matrix: the inverse of {@link poseToMatrix}.
 *
 * Roll and yaw in [-π, π], pitch in [-π/2, π/2]. A matrix rounded on the wire, not quite a rotation, is read all the same.
 */
export function matrixToPose(m: Matrix4): HeadPose {
  return {
    xM: m[3],
    yM: m[7],
    zM: m[11],
    rollRad: Math.atan2(m[9], m[10]),
    pitchRad: Math.asin(Math.max(-1, Math.min(1, -m[8]))),
    yawRad: Math.atan2(m[4], m[0]),
  }
}

/** The product a·b of two placements: first b, then a. */
export function multiplyRigid(a: Matrix4, b: Matrix4): Matrix4 {
  // prettier-ignore
  return [
    a[0] * b[0] + a[1] * b[4] + a[2] * b[8],
    a[0] * b[1] + a[1] * b[5] + a[2] * b[9],
    a[0] * b[2] + a[1] * b[6] + a[2] * b[10],
    a[0] * b[3] + a[1] * b[7] + a[2] * b[11] + a[3],
    a[4] * b[0] + a[5] * b[4] + a[6] * b[8],
    a[4] * b[1] + a[5] * b[5] + a[6] * b[9],
    a[4] * b[2] + a[5] * b[6] + a[6] * b[10],
    a[4] * b[3] + a[5] * b[7] + a[6] * b[11] + a[7],
    a[8] * b[0] + a[9] * b[4] + a[10] * b[8],
    a[8] * b[1] + a[9] * b[5] + a[10] * b[9],
    a[8] * b[2] + a[9] * b[6] + a[10] * b[10],
    a[8] * b[3] + a[9] * b[7] + a[10] * b[11] + a[11],
    0, 0, 0, 1,
  ]
}

/** The inverse of a placement: the rotation transposed, the translation turned back. True for rotations only. */
export function invertRigid(m: Matrix4): Matrix4 {
  // prettier-ignore
  return [
    m[0], m[4], m[8],  -(m[0] * m[3] + m[4] * m[7] + m[8] * m[11]),
    m[1], m[5], m[9],  -(m[1] * m[3] + m[5] * m[7] + m[9] * m[11]),
    m[2], m[6], m[10], -(m[2] * m[3] + m[6] * m[7] + m[10] * m[11]),
    0,    0,    0,     1,
  ]
}

/** A point carried by a placement. */
export function transformPoint(m: Matrix4, [x, y, z]: Vector3): Vector3 {
  return [
    m[0] * x + m[1] * y + m[2] * z + m[3],
    m[4] * x + m[5] * y + m[6] * z + m[7],
    m[8] * x + m[9] * y + m[10] * z + m[11],
  ]
}

/** The placement turned by an angle (rad) about the world's z axis: Rz·m. The translation turns with it. */
export function turnAboutZ(m: Matrix4, angleRad: number): Matrix4 {
  const s = Math.sin(angleRad)
  const c = Math.cos(angleRad)
  // prettier-ignore
  return [
    c * m[0] - s * m[4], c * m[1] - s * m[5], c * m[2] - s * m[6], c * m[3] - s * m[7],
    s * m[0] + c * m[4], s * m[1] + c * m[5], s * m[2] + c * m[6], s * m[3] + c * m[7],
    m[8],                m[9],                m[10],               m[11],
    0,                   0,                   0,                   1,
  ]
}

/** The placement lifted along the world's z axis by metres. */
export function lift(m: Matrix4, byM: number): Matrix4 {
  return [m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10], m[11] + byM, 0, 0, 0, 1]
}

/**
 * A small motion given in the moving body's own frame: a shift (m) and a rotation vector (rad).
 *
 * Rodrigues' formula: exact at any angle, also where the angle vanishes.
 */
export function twistToMatrix([x, y, z]: Vector3, [a, b, c]: Vector3): Matrix4 {
  const angle = Math.hypot(a, b, c)
  const s = angle < 1e-8 ? 1 : Math.sin(angle) / angle
  const half = angle < 1e-8 ? 1 : Math.sin(angle / 2) / (angle / 2)
  const k = (half * half) / 2
  // prettier-ignore
  return [
    1 - k * (b * b + c * c), k * a * b - s * c,       k * a * c + s * b,       x,
    k * a * b + s * c,       1 - k * (a * a + c * c), k * b * c - s * a,       y,
    k * a * c - s * b,       k * b * c + s * a,       1 - k * (a * a + b * b), z,
    0,                       0,                       0,                       1,
  ]
}

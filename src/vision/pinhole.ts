/** A camera without distortion, its centre in the middle of the picture, its pixels square. */
export type PinholeCamera = {
  readonly widthPx: number
  readonly heightPx: number
  /** The whole angle of view from the left edge to the right one. */
  readonly fovRad: number
}

/** A direction in the robot's frame: x forward, y left, z up. */
export type Direction = readonly [x: number, y: number, z: number]

/** The ray through a point of the picture, 1 long; (0, 0) is the left top corner of the picture. */
export function rayOf(xPx: number, yPx: number, camera: PinholeCamera): Direction {
  const focalPx = focalLengthPx(camera)
  const y = (camera.widthPx / 2 - xPx) / focalPx
  const z = (camera.heightPx / 2 - yPx) / focalPx
  const length = Math.hypot(1, y, z)
  return [1 / length, y / length, z / length]
}

/** Where a direction meets the picture, also beyond its edges; null for what lies behind the camera. */
export function pixelOf([x, y, z]: Direction, camera: PinholeCamera): readonly [xPx: number, yPx: number] | null {
  if (x <= 0) return null
  const focalPx = focalLengthPx(camera)
  return [camera.widthPx / 2 - (y / x) * focalPx, camera.heightPx / 2 - (z / x) * focalPx]
}

/** The turn of a head that looks along a ray, without roll. Positive pitch looks down, as the robot has it. */
export function lookAtRay([x, y, z]: Direction): {
  readonly yawRad: number
  readonly pitchRad: number
  readonly rollRad: 0
} {
  return { yawRad: Math.atan2(y, x), pitchRad: Math.atan2(-z, Math.hypot(x, y)), rollRad: 0 }
}

/** f = (w/2) / tan(fov/2). */
function focalLengthPx({ widthPx, fovRad }: PinholeCamera): number {
  return widthPx / 2 / Math.tan(fovRad / 2)
}

/**
 * A ray of a camera that looks along the head's x axis, in the robot's frame: R·ray, R = Rz(yaw)·Ry(pitch)·Rx(roll) the head's
 * rotation when the picture was taken.
 */
export function turnRay([x, y, z]: Direction, head: HeadRotation): Direction {
  const [sr, cr] = [Math.sin(head.rollRad), Math.cos(head.rollRad)]
  const [sp, cp] = [Math.sin(head.pitchRad), Math.cos(head.pitchRad)]
  const [sy, cy] = [Math.sin(head.yawRad), Math.cos(head.yawRad)]
  const [rolledY, rolledZ] = [cr * y - sr * z, sr * y + cr * z]
  const [pitchedX, pitchedZ] = [cp * x + sp * rolledZ, cp * rolledZ - sp * x]
  return [cy * pitchedX - sy * rolledY, sy * pitchedX + cy * rolledY, pitchedZ]
}

type HeadRotation = { readonly rollRad: number; readonly pitchRad: number; readonly yawRad: number }

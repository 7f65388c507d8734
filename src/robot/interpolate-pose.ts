import type { HeadPose } from './pose.js'

/**
 * The pose a share of the way from one to another; 0 is the first, 1 the second, and shares beyond extrapolate.
 *
 * Metres and radians. Position on a straight line; yaw as a signed number, so that the head never turns round the back; what
 * is left of the rotation along the shortest arc: R = Rz(yaw)·Q0·Exp(share·Log(Q0ᵀQ1)). The robot's own goto (>= 1.8.4).
 */
export function interpolatePose(from: HeadPose, to: HeadPose, share: number): HeadPose {
  const between = (a: number, b: number): number => a + (b - a) * share
  const tilt = slerp(tiltOf(from), tiltOf(to), share)
  const { rollRad, pitchRad, yawRad } = anglesOf(tilt)
  return {
    xM: between(from.xM, to.xM),
    yM: between(from.yM, to.yM),
    zM: between(from.zM, to.zM),
    rollRad,
    pitchRad,
    yawRad: between(from.yawRad, to.yawRad) + yawRad,
  }
}

type Quaternion = readonly [w: number, x: number, y: number, z: number]

/** Ry(pitch)·Rx(roll): the rotation without its yaw. */
function tiltOf({ rollRad, pitchRad }: HeadPose): Quaternion {
  const cr = Math.cos(rollRad / 2)
  const sr = Math.sin(rollRad / 2)
  const cp = Math.cos(pitchRad / 2)
  const sp = Math.sin(pitchRad / 2)
  return [cp * cr, cp * sr, sp * cr, -sp * sr]
}

function slerp(a: Quaternion, b: Quaternion, share: number): Quaternion {
  const cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
  const sign = cosine < 0 ? -1 : 1
  const angle = Math.acos(Math.min(1, Math.abs(cosine)))
  const sine = Math.sin(angle)
  // Too near for the formula: the chord is the arc.
  const wa = sine < 1e-9 ? 1 - share : Math.sin((1 - share) * angle) / sine
  const wb = (sine < 1e-9 ? share : Math.sin(share * angle) / sine) * sign
  return [a[0] * wa + b[0] * wb, a[1] * wa + b[1] * wb, a[2] * wa + b[2] * wb, a[3] * wa + b[3] * wb]
}

function anglesOf([w, x, y, z]: Quaternion): Pick<HeadPose, 'rollRad' | 'pitchRad' | 'yawRad'> {
  return {
    rollRad: Math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)),
    pitchRad: Math.asin(Math.max(-1, Math.min(1, 2 * (w * y - z * x)))),
    yawRad: Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
  }
}

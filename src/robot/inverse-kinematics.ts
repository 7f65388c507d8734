import { armM, bodyYawLimitRad, forEachLeg, headToBodyYawLimitRad, legs, rodM } from './geometry.js'
import type { Leg } from './geometry.js'
import type { Joints, Six } from './joints.js'
import { poseToMatrix, transformPoint } from './matrix.js'
import type { Matrix4 } from './matrix.js'
import { toPlatform } from './platform.js'
import type { HeadPose } from './pose.js'

export type BodyYaw = {
  readonly bodyYawRad: number
  /** The body turns with the head so that they stay within 65°; as on the robot, where it is on from the start. Default true. */
  readonly automaticBodyYaw?: boolean
}

/**
 * What the legs make of a pose. The robot's daemon takes all that is `reachable`; its servos stop where `withinLimits` ends.
 * `marginRad` is the distance of the nearest arm to its limit, negative beyond it; null is a leg that cannot reach.
 */
export type JointSolution =
  | { readonly reachable: true; readonly withinLimits: boolean; readonly marginRad: number; readonly joints: Joints }
  | {
      readonly reachable: false
      readonly joints: { readonly bodyYawRad: number; readonly stewartRad: Six<number | null> }
      readonly why: string
    }

/**
 * The joint angles that bring the head to a pose.
 *
 * A pose in metres and radians, or its matrix as it stands on the wire. Closed form, one angle a leg: the law of cosines
 * in the plane of the arm. Agrees with reachy-mini-rust-kinematics 1.0.3, the engine of the robot's daemon 1.13, to
 * 1e-9 rad and in what it cannot reach. Never throws: what is not finite cannot be reached.
 */
export function solveJoints(head: HeadPose | Matrix4, body: BodyYaw): JointSolution {
  const matrix = 'xM' in head ? poseToMatrix(head) : head
  const bodyYawRad = body.automaticBodyYaw === false ? body.bodyYawRad : followHead(matrix, body.bodyYawRad)
  const platform = toPlatform(matrix, bodyYawRad)
  const stewartRad = forEachLeg((leg) => armAngle(leg, platform))
  const [a, b, c, d, e, f] = stewartRad
  if (a === null || b === null || c === null || d === null || e === null || f === null) {
    return { reachable: false, joints: { bodyYawRad, stewartRad }, why: whyNot(stewartRad) }
  }
  const joints: Joints = { bodyYawRad, stewartRad: [a, b, c, d, e, f] }
  const marginRad = marginOf(joints.stewartRad)
  return { reachable: true, withinLimits: marginRad >= 0 && Math.abs(bodyYawRad) <= bodyYawLimitRad, marginRad, joints }
}

/** The head's yaw is read as -atan2(R01, R00), as the daemon does: not quite the yaw of a head that is also rolled and pitched. */
function followHead(head: Matrix4, bodyYawRad: number): number {
  const headYawRad = -Math.atan2(head[1], head[0])
  const near = clamp(bodyYawRad, headYawRad - headToBodyYawLimitRad, headYawRad + headToBodyYawLimitRad)
  return clamp(near, -bodyYawLimitRad, bodyYawLimitRad)
}

function armAngle({ ballM, motorFromWorld, solutionSign }: Leg, platform: Matrix4): number | null {
  const [x, y, z] = transformPoint(motorFromWorld, transformPoint(platform, ballM))
  const inPlaneM = Math.sqrt(x * x + y * y)
  const cosine = (x * x + y * y + z * z + armM * armM - rodM * rodM) / (2 * armM * inPlaneM)
  // Written so that NaN, too, is out of reach.
  if (!(Math.abs(cosine) <= 1)) return null
  return wrap(Math.atan2(y, x) + solutionSign * Math.acos(cosine))
}

function marginOf(stewartRad: Six<number>): number {
  let marginRad = Infinity
  legs.forEach(({ minRad, maxRad }, index) => {
    const angleRad = stewartRad[index] ?? NaN
    marginRad = Math.min(marginRad, angleRad - minRad, maxRad - angleRad)
  })
  return marginRad
}

function whyNot(stewartRad: Six<number | null>): string {
  const short = stewartRad.flatMap((angleRad, index) => (angleRad === null ? [`stewart_${String(index + 1)}`] : []))
  return `the head is out of reach of ${short.join(', ')}`
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value))
}

function wrap(angleRad: number): number {
  if (angleRad >= Math.PI) return angleRad - 2 * Math.PI
  return angleRad < -Math.PI ? angleRad + 2 * Math.PI : angleRad
}

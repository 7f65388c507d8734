import { armM, forEachLeg, legs, rodM } from './geometry.js'
import type { Six } from './joints.js'
import { invertRigid, transformPoint } from './matrix.js'
import type { Matrix4, Vector3 } from './matrix.js'

/** Turns are counted as an arc at about the ball joints' distance, so that shift and turn have one unit. */
export const arcRadiusM = 0.036

/** How far six rods miss their length (m), and how that changes with a twist of the head in its own frame. */
export type Rods = {
  /** 6x6 row-major, a row a rod: shift x y z (m), then turn x y z as an arc (m). */
  readonly jacobian: Float64Array
  readonly errorM: Float64Array
}

const worldFromMotor = forEachLeg((leg) => invertRigid(leg.motorFromWorld))

/** Where the arms' tips are (m, in the body's frame) at six motor angles. */
export function armTips(stewartRad: Six<number>): Six<Vector3> {
  const tip = (motor: Matrix4, angleRad: number): Vector3 =>
    transformPoint(motor, [armM * Math.cos(angleRad), armM * Math.sin(angleRad), 0])
  const [a, b, c, d, e, f] = worldFromMotor
  const [p, q, r, s, t, u] = stewartRad
  return [tip(a, p), tip(b, q), tip(c, r), tip(d, s), tip(e, t), tip(f, u)]
}

/**
 * Measures the rods between a head and the arms' tips into `rods`; the largest error (m) is the answer.
 *
 * With v = ball − tip in the head's frame, a rod's length changes by v/|v| with a shift and by b × v/|v| with a turn.
 */
export function measureRods(platform: Matrix4, tips: Six<Vector3>, { jacobian, errorM }: Rods): number {
  const headFromBody = invertRigid(platform)
  let largestM = 0
  legs.forEach(({ ballM: [bx, by, bz] }, index) => {
    const [ax, ay, az] = transformPoint(headFromBody, tips[index] ?? [NaN, NaN, NaN])
    // Math.hypot costs several times as much, and guards against an overflow that cannot be here.
    const lengthM = Math.sqrt((bx - ax) ** 2 + (by - ay) ** 2 + (bz - az) ** 2)
    const x = (bx - ax) / lengthM
    const y = (by - ay) / lengthM
    const z = (bz - az) / lengthM
    const row = index * 6
    jacobian[row] = x
    jacobian[row + 1] = y
    jacobian[row + 2] = z
    jacobian[row + 3] = (by * z - bz * y) / arcRadiusM
    jacobian[row + 4] = (bz * x - bx * z) / arcRadiusM
    jacobian[row + 5] = (bx * y - by * x) / arcRadiusM
    errorM[index] = rodM - lengthM
    largestM = Math.max(largestM, Math.abs(rodM - lengthM))
  })
  return largestM
}

/** Room for {@link measureRods}. */
export function emptyRods(): Rods {
  return { jacobian: new Float64Array(36), errorM: new Float64Array(6) }
}

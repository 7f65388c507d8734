import type { Six } from './joints.js'
import type { Matrix4, Vector3 } from './matrix.js'

/**
 * One leg of the Stewart platform: a motor turns an arm, a rod leads from its tip to a ball joint on the head.
 *
 * `solutionSign` picks one of the two angles that reach the ball; `ballM` lies in the head's frame;
 * `motorFromWorld` takes the world (origin at the foot, body yaw removed) into the motor's frame, its axis along z.
 */
export type Leg = {
  readonly solutionSign: 1 | -1
  readonly ballM: Vector3
  readonly motorFromWorld: Matrix4
  readonly minRad: number
  readonly maxRad: number
}

const rad = (degrees: number): number => (degrees * Math.PI) / 180

/** Length of each motor's arm, and of the rod from its tip to the head. */
export const armM = 0.04
export const rodM = 0.085

/** Height of the neutral head above the foot. */
export const headHeightM = 0.177

/** How far the body turns, and how far the head may turn against it before automatic body yaw takes the body along. */
export const bodyYawLimitRad = rad(160)
export const headToBodyYawLimitRad = rad(65)

/** How far an antenna turns: one turn of its servo. */
export const antennaLimitRad = Math.PI

/**
 * The six legs, stewart_1 to stewart_6.
 *
 * Metres and radians. Source: kinematics_data.json (generated there from the URDF) and hardware_config.yaml (servo
 * limits) of pollen-robotics/reachy_mini, Apache-2.0, © 2025 Pollen Robotics.
 */
// prettier-ignore
export const legs: Six<Leg> = [
  {
    solutionSign: -1,
    ballM: [0.020648178337122566, 0.021763723638894568, 1.0345743467476964e-07],
    motorFromWorld: [
      0.8660247915798898, -0.5000010603626028, -2.298079077119539e-06, -0.009999848080267933,
      4.490195936008854e-06, 3.1810770986818273e-06, 0.999999999984859, -0.07663346037245178,
      -0.500001060347722, -0.8660247915770963, 4.999994360718464e-06, 0.03666015757925319,
      0, 0, 0, 1,
    ],
    minRad: rad(-48),
    maxRad: rad(80),
  },
  {
    solutionSign: 1,
    ballM: [0.00852381571767217, 0.028763668526131346, 1.183437210727778e-07],
    motorFromWorld: [
      -0.8660211183436269, 0.5000074225224785, 2.298069723064582e-06, -0.01000055227585102,
      -4.490219645842903e-06, -3.181063409649239e-06, -0.999999999984859, 0.07663346037219607,
      -0.5000074225075973, -0.8660211183408337, 5.00001124330122e-06, 0.03666008712637943,
      0, 0, 0, 1,
    ],
    minRad: rad(-80),
    maxRad: rad(70),
  },
  {
    solutionSign: -1,
    ballM: [-0.029172011376922807, 0.0069999429399361995, 4.0290270064691214e-08],
    motorFromWorld: [
      6.326794896519466e-06, 0.9999999999799852, -7.0550646912150425e-12, -0.009999884140839245,
      -1.0196153102346142e-06, 1.3505961633338446e-11, 0.9999999999994795, -0.07663346037438698,
      0.9999999999794655, -6.326794896940104e-06, 1.0196153098685706e-06, 0.036660683387545835,
      0, 0, 0, 1,
    ],
    minRad: rad(-48),
    maxRad: rad(80),
  },
  {
    solutionSign: 1,
    ballM: [-0.029172040355214434, -0.0069999960097160766, -3.1608172912367394e-08],
    motorFromWorld: [
      -3.673205069955933e-06, -0.9999999999932537, -6.767968877969483e-14, -0.010000000000897517,
      1.0196153102837198e-06, -3.6775764393585005e-12, -0.9999999999994795, 0.0766334603742898,
      0.9999999999927336, -3.673205070385213e-06, 1.0196153102903487e-06, 0.03666065685180194,
      0, 0, 0, 1,
    ],
    minRad: rad(-80),
    maxRad: rad(48),
  },
  {
    solutionSign: -1,
    ballM: [0.008523809101930114, -0.028763713010385224, -1.4344916837716326e-07],
    motorFromWorld: [
      -0.8660284647694133, -0.4999946981757419, 2.298079429767357e-06, -0.010000231529504576,
      4.490172883391843e-06, -3.1811099293773187e-06, 0.9999999999848591, -0.07663346037246624,
      -0.4999946981608617, 0.8660284647666201, 4.999994384073154e-06, 0.03666016059492482,
      0, 0, 0, 1,
    ],
    minRad: rad(-70),
    maxRad: rad(80),
  },
  {
    solutionSign: 1,
    ballM: [0.020648186722822436, -0.02176369606185343, -8.957920105689965e-08],
    motorFromWorld: [
      0.8660247915798897, 0.5000010603626025, -2.298069644866714e-06, -0.009999527331574583,
      -4.490196220318687e-06, 3.1810964558725514e-06, -0.9999999999848591, 0.07663346037272492,
      -0.500001060347722, 0.8660247915770967, 5.000011266610794e-06, 0.036660231042625266,
      0, 0, 0, 1,
    ],
    minRad: rad(-80),
    maxRad: rad(48),
  },
]

/** The results of a function called for each leg, in order. */
export function forEachLeg<T>(result: (leg: Leg, index: number) => T): Six<T> {
  const [a, b, c, d, e, f] = legs
  return [result(a, 0), result(b, 1), result(c, 2), result(d, 3), result(e, 4), result(f, 5)]
}

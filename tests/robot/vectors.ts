import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Joints } from '../../src/robot/joints.js'
import type { Matrix4 } from '../../src/robot/matrix.js'

const n = z.number()
const matrix = z.tuple([n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n])
const angle = n.nullable()
const line = z.object({
  name: z.string(),
  head: matrix,
  body_yaw: n,
  auto: z.boolean(),
  joints: z.tuple([n, angle, angle, angle, angle, angle, angle]),
  reachable: z.boolean(),
  within_motor_limits: z.boolean(),
  limit_margin_rad: angle,
})

/** Poses and joints of the engine of the released daemon 1.13.0 (reachy-mini-rust-kinematics 1.0.3). */
export const vectors = readFileSync(new URL('../data/kinematics-vectors.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((text) => line.parse(JSON.parse(text)))

const identity: Matrix4 = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
const s20 = 0.342020143326
const c20 = 0.939692620786
const s30 = 0.5
const c30 = 0.866025403784
const s170 = 0.173648177667
const c170 = -0.984807753012

/** The golden vectors of the protocol notes, re-checked there against daemon 1.13.0; joints are [body, s1..s6]. */
// prettier-ignore
export const golden: readonly { name: string; head: Matrix4; bodyYawRad: number; joints: readonly number[] }[] = [
  { name: 'identity', head: identity, bodyYawRad: 0,
    joints: [0, 0.626547136, -0.626542551, 0.626540251, -0.62653618, 0.626537196, -0.626539235] },
  { name: 'z+10mm', head: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0.01, 0, 0, 0, 1], bodyYawRad: 0,
    joints: [0, 0.874635546, -0.874630799, 0.874627623, -0.874623457, 0.874624281, -0.874627173] },
  { name: 'x+10mm', head: [1, 0, 0, 0.01, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], bodyYawRad: 0,
    joints: [0, 0.535526985, -0.719626828, 0.664629973, -0.664626994, 0.719622975, -0.535519485] },
  { name: 'roll+20deg', head: [1, 0, 0, 0, 0, c20, -s20, 0, 0, s20, c20, 0, 0, 0, 0, 1], bodyYawRad: 0,
    joints: [0, 0.803515146, -0.883053043, 0.687061281, -0.576288181, 0.419351692, -0.453684552] },
  { name: 'pitch+20deg', head: [c20, 0, s20, 0, 0, 1, 0, 0, -s20, 0, c20, 0, 0, 0, 0, 1], bodyYawRad: 0,
    joints: [0, 0.48084595, -0.555580425, 0.879060541, -0.879056865, 0.555574822, -0.48083886] },
  { name: 'yaw+30deg', head: [c30, -s30, 0, 0, s30, c30, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], bodyYawRad: 0,
    joints: [0, 0.819144505, -0.528417452, 0.819138114, -0.528410915, 0.819135514, -0.528414117] },
  { name: 'yaw+90deg', head: [0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], bodyYawRad: 0,
    joints: [0.436332313, 1.092094536, -0.59157456, 1.09208803, -0.591567649, 1.09208582, -0.59157017] },
  { name: 'identity, body 45deg', head: identity, bodyYawRad: 0.785398163397,
    joints: [0.785398163, 0.529542252, -0.933463812, 0.529533871, -0.933457705, 0.529530198, -0.933459593] },
  { name: 'SLEEP_HEAD_POSE', bodyYawRad: 0,
    head: [0.911, 0.004, 0.413, -0.021, -0.004, 1, -0.001, 0.001, -0.413, -0.001, 0.911, -0.044, 0, 0, 0, 1],
    joints: [0, -0.170623806, 0.836487731, -0.123431858, 0.08757154, -0.812168555, 0.178508447] },
  { name: 'yaw170', head: [c170, -s170, 0, 0, s170, c170, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], bodyYawRad: 0,
    joints: [1.832595715, 1.092094536, -0.59157456, 1.09208803, -0.591567649, 1.09208582, -0.59157017] },
  { name: 'yaw-170', head: [c170, s170, 0, 0, -s170, c170, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], bodyYawRad: 0,
    joints: [-1.832595715, 0.591575784, -1.092089619, 0.591566341, -1.092083445, 0.591562515, -1.092084849] },
]

/** The joints the robot's mockup starts with, and the head they hold (rounded to 1e-6 in the notes). */
export const asleep: { joints: Joints; head: Matrix4 } = {
  joints: {
    bodyYawRad: 0,
    stewartRad: [
      -0.9848156658225817, 1.2624661884298831, -0.24390294527381684, 0.20555342557667577, -1.2363885150358267,
      1.0032234352772091,
    ],
  },
  // prettier-ignore
  head: [
    0.85896,   0.005327, 0.512509,  -0.015183,
    -0.003997, 0.999993, -0.003807, 0.001016,
    -0.51252,  0.000963, 0.85896,   -0.050408,
    0,         0,        0,         1,
  ],
}

import { z } from 'zod'
import { defineOperator } from '../core/define.js'
import { type Pose, posePort } from '../core/ports.js'
import { rate } from '../core/units.js'

const options = z.strictObject({
  cutoff: rate().prefault('2Hz').describe('how much of the trembling passes at rest: lower is calmer'),
  agility: z.number().min(0).default(30).describe('how fast it follows what moves, in Hz per rad/s (or per m/s)'),
})

/** Cutoff of the filter on the speed itself, as its authors have it. */
const speedCutoffHz = 1

const share = (cutoffHz: number, dtS: number): number => {
  const rc = 1 / (2 * Math.PI * cutoffHz)
  return dtS / (dtS + rc)
}

/**
 * The 1€ filter of one number: calm at rest, quick in motion.
 * Source: Casiez, Roussel, Vogel, "1€ Filter", CHI 2012, equations 1–6.
 *
 * @returns a function of a value and the seconds since the last one (the first passes as it is)
 */
export function createOneEuro(cutoffHz: number, agility: number): (value: number, dtS: number) => number {
  let smoothed: number | null = null
  let last = 0
  let speed = 0
  return (value, dtS) => {
    if (smoothed === null) smoothed = value
    else if (dtS > 0) {
      speed += share(speedCutoffHz, dtS) * ((value - last) / dtS - speed)
      smoothed += share(cutoffHz + agility * Math.abs(speed), dtS) * (value - smoothed)
    }
    last = value
    return smoothed
  }
}

const fields = ['xM', 'yM', 'zM', 'rollRad', 'pitchRad', 'yawRad'] as const satisfies readonly (keyof Pose)[]

function createPoseFilter(cutoffHz: number, agility: number): (pose: Pose, atMs: number) => Pose {
  const filters = fields.map((field) => [field, createOneEuro(cutoffHz, agility)] as const)
  let lastMs: number | null = null
  return (given, atMs) => {
    // Read first: a pose that cannot be read is skipped, and leaves nothing behind.
    const pose = { ...given }
    const dtS = lastMs === null ? 0 : (atMs - lastMs) / 1000
    lastMs = atMs
    return Object.fromEntries(filters.map(([field, filter]) => [field, filter(pose[field], dtS)])) as Pose
  }
}

/**
 * Takes the trembling out of poses without making them late: the 1€ filter, by capture time.
 *
 *     in    -0---1---0---10---20-    degrees
 *     out   -0--.4--.3----9---19-    calm at rest, quick in motion
 *
 * One for one, in order; state is kept for each origin.
 *
 * @example
 * pose$.pipe(smooth({ cutoff: '2Hz' }))
 */
export const smooth = defineOperator({
  name: 'smooth',
  summary: 'Takes the trembling out of poses without making them late (1€ filter).',
  input: posePort,
  output: posePort,
  options,
  changeable: ['cutoff', 'agility'],
  main: 'cutoff',
  example: { cutoff: '2Hz' },
  each: ({ cutoff, agility }) => {
    const filter = createPoseFilter(cutoff, agility)
    return (pose, { capturedAtMs }) => filter(pose, capturedAtMs)
  },
})

import { z } from 'zod'
import { defineOperator } from '../core/define.js'
import { type Pose, posePort } from '../core/ports.js'
import { angle, length } from '../core/units.js'

const options = z.strictObject({
  band: angle({ above: 0 }).prefault('0.5deg').describe('turns smaller than this are not made'),
  shift: length({ min: 0 }).prefault('1mm').describe('shifts smaller than this are not made'),
})

const apart = (a: number, b: number): number => Math.abs(Math.atan2(Math.sin(a - b), Math.cos(a - b)))

/** Whether two poses differ by more than the band in an angle, or the shift in a place. */
export function differs(a: Pose, b: Pose, bandRad: number, shiftM: number): boolean {
  const turn = Math.max(apart(a.rollRad, b.rollRad), apart(a.pitchRad, b.pitchRad), apart(a.yawRad, b.yawRad))
  const shift = Math.max(Math.abs(a.xM - b.xM), Math.abs(a.yM - b.yM), Math.abs(a.zM - b.zM))
  return turn > bandRad || shift > shiftM
}

/**
 * Gives the last pose again while the new one hardly differs: the packet goes on with its own time, so that what stands
 * still does not grow stale, and what comes after can be reused.
 *
 *     in    -0---0.3--0.4--0.8--1.1-    degrees, band 0.5deg
 *     out   -0---0----0----0.8--0.8-
 *
 * One for one, in order; state is kept for each origin.
 *
 * @example
 * pose$.pipe(deadBand('0.5deg'))
 */
export const deadBand = defineOperator({
  name: 'dead-band',
  summary: 'Gives the last pose again while the new one hardly differs.',
  input: posePort,
  output: posePort,
  options,
  changeable: ['band', 'shift'],
  main: 'band',
  example: { band: '0.5deg' },
  each: ({ band, shift }) => {
    let given: Pose | null = null
    return (pose) => {
      if (given === null || differs(given, pose, band, shift)) given = pose
      return given
    }
  },
})

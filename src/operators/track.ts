import { z } from 'zod'
import { defineOperator } from '../core/define.js'
import { detectionsPort } from '../core/ports.js'
import { duration } from '../core/units.js'
import { createTracker } from '../vision/tracking/tracker.js'

const score = () => z.number().min(0).max(1)

const options = z.strictObject({
  lostFor: duration()
    .prefault('1s')
    .describe('what is not seen for so long is forgotten; until then it keeps its number'),
  sure: score()
    .default(0.5)
    .describe('score from which a detection is sure: lower ones only go on with what was there'),
  begin: score().default(0.6).describe('score from which something new is followed'),
  least: score().default(0.1).describe('score below which a detection counts for nothing'),
})

/**
 * Gives each thing a number that it keeps from picture to picture, and tells how fast it moves.
 *
 *     in    -{a,b}-{b,a}-{b}-{a,b}-
 *     out   -{1,2}-{2,1}-{2}-{1,2}-    a was hidden, for less than lostFor
 *
 * One for one, in order. What has a number goes on as it was found, with `track` and `velocityPxPerS`; the rest is left out:
 * something new until it is seen a second time (but in the first picture), and what is too unsure. Numbers are of one stream,
 * and are never used again; where a restart upstream is announced they begin at 1. Follows 256 things at most.
 *
 * @example
 * faces$.pipe(track({ lostFor: '2s' }), pickFace())
 */
export const track = defineOperator({
  name: 'track',
  summary: 'Gives each thing a number that it keeps from picture to picture, and tells how fast it moves.',
  input: detectionsPort,
  output: detectionsPort,
  options,
  main: 'lostFor',
  example: { lostFor: '1s' },
  each: (settings) => {
    const follow = createTracker(settings)
    return (detections, { capturedAtMs }) => ({ ...detections, found: follow(detections.found, capturedAtMs) })
  },
})

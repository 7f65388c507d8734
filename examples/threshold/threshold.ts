import { defineOperator, detectionsPort, z } from 'saccade'

const options = z.strictObject({
  min: z.number().min(0).max(1).default(0.5).describe('lowest score that passes, 0 to 1'),
})

/**
 * Keeps the detections that score at least so much.
 *
 *     in    -{0.9, 0.4}-{0.3}-
 *     out   -{0.9}------{}----    threshold(0.5)
 *
 * One for one, in order: a picture in which nothing passes gives an empty list.
 *
 * @example
 * faces$.pipe(threshold({ min: 0.6 }))
 */
export const threshold = defineOperator({
  name: 'threshold',
  summary: 'Keeps the detections that score at least so much.',
  input: detectionsPort,
  output: detectionsPort,
  options,
  main: 'min',
  example: { min: 0.6 },
  each:
    ({ min }) =>
    (detections) => ({ ...detections, found: detections.found.filter(({ score }) => score >= min) }),
})

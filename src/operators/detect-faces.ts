import { z } from 'zod'
import { defineOperator } from '../core/define.js'
import { detectionsPort, picturePort } from '../core/ports.js'
import type { BlazefaceInput } from '../vision/blazeface.js'
import { detectorOf } from './detector-model.js'
import { memoWords, modelWords } from './model-options.js'

const options = z.strictObject({
  minScore: z.number().min(0).max(1).default(0.65).describe('lowest score, 0 to 1, of a face'),
  model: z.string().default('blazeface-256').describe('a model of the package, or a path of a BlazeFace .onnx'),
  ...modelWords,
  ...memoWords,
})

/**
 * Finds faces and their six keypoints with BlazeFace, in a worker thread.
 *
 *     in    -f-------f-----    pictures
 *     out   ----d-------d--    detections, in px of the source's frame, whatever was resized in between
 *
 * One for one, in order; one run at a time unless `concurrency` says otherwise, so put a `queue` before it. Completes after
 * the run in flight.
 * Keypoints: right eye, left eye, nose, mouth, right ear, left ear (the person's own right and left).
 *
 * @example
 * media('demo:demo.mp4').video$.pipe(queue('latest'), detectFaces({ minScore: 0.7 }))
 * @throws SaccadeError `model`, `missing`
 */
export const detectFaces = defineOperator({
  name: 'detect-faces',
  summary: 'Finds faces and their six keypoints with BlazeFace, in a worker thread.',
  input: picturePort,
  output: detectionsPort,
  options,
  changeable: ['minScore'],
  main: 'minScore',
  example: { minScore: 0.65 },
  ...detectorOf<z.output<typeof options>, undefined, BlazefaceInput>({
    what: 'faces',
    job: 'vision/blazeface',
    choose: () => ({ version: 'mediapipe-back-256', setup: undefined, sizePx: [256, 256] }),
    input: ({ minScore }) => ({ minScore }),
  }),
})

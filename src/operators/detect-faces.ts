import { z } from 'zod'
import { defineOperator } from '../core/define.js'
import { holdModel } from '../core/hold-model.js'
import type { JobInput } from '../core/inference.js'
import { type Detections, detectionsPort, picturePort } from '../core/ports.js'
import { remembering } from './detector-model.js'
import { memoWords, modelWords } from './model-options.js'

const options = z.strictObject({
  minScore: z.number().min(0).max(1).default(0.65).describe('lowest score, 0 to 1, of a face'),
  model: z.string().default('blazeface-256').describe('a model of the package, or a path of a BlazeFace .onnx'),
  ...modelWords,
  ...memoWords,
})

const version = 'mediapipe-back-256'

type FaceInput = JobInput & { readonly minScore: number }

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
  reads: () => ({ picture: { formats: ['yuv420p', 'rgb24'], fitPx: [256, 256] } }),
  infers: true,
  work: (settings, context) => {
    const { run, by, open, close } = holdModel<FaceInput, Detections>(context, {
      ...settings,
      name: settings.model,
      version,
      job: 'vision/blazeface',
    })
    const { minScore } = settings
    const detect = remembering(
      async (picture) => ({ ...(await run({ picture, minScore })), by: by() }),
      settings,
      context,
    )
    return Object.assign(detect, { open, close })
  },
})

import { z } from 'zod'
import type { Adapters } from '../core/adapters.js'
import { defineOperator } from '../core/define.js'
import { detectionsPort, picturePort } from '../core/ports.js'
import type { OptionProblem } from '../core/stage.js'
import { size } from '../core/units.js'
import type { PoseInput, PoseSetup } from '../vision/movenet.js'
import { type ChosenModel, detectorOf, isProblem, modelOf } from './detector-model.js'
import { memoWords, modelWords } from './model-options.js'

const options = z.strictObject({
  minScore: z.number().min(0).max(1).default(0.3).describe('lowest score, 0 to 1, of a keypoint that counts'),
  model: z.string().default('movenet-lightning').describe('a model by its name, or the path of a MoveNet .onnx'),
  size: size().exactOptional().describe('of a file of your own that takes any size: width x height in px'),
  ...modelWords,
  ...memoWords,
})

function choose(settings: z.output<typeof options>, adapters: Adapters): ChosenModel<PoseSetup> | OptionProblem {
  const chosen = modelOf(settings, adapters)
  if (isProblem(chosen)) return chosen
  const { manifest, sizePx } = chosen
  if (manifest !== null && manifest.decoder !== 'movenet') {
    const remedy = 'write model: movenet-lightning, or the path of a MoveNet .onnx'
    return { option: 'model', text: `${settings.model} is no model of body poses`, remedy }
  }
  const picture = manifest?.inputs[0]?.picture ?? {}
  return { version: manifest?.version ?? 'unknown', setup: { picture, sizePx }, sizePx }
}

/**
 * Finds one person's 17 keypoints with MoveNet, in a worker thread.
 *
 *     in    -f-------f-----    pictures
 *     out   ----d-------d--    one person or none, in px of the source's frame
 *
 * One for one, in order; one run at a time unless `concurrency` says otherwise, so put a `queue` before it. Completes after
 * the run in flight.
 * Keypoints: nose, then left and right (the person's own) eye, ear, shoulder, elbow, wrist, hip, knee, ankle; all are given, each
 * with its score in `keypointScores`. Four must score `minScore`; the box is around those that do, the score is their mean.
 *
 * @example
 * media('demo:demo.mp4').video$.pipe(queue('latest'), detectPose({ minScore: 0.3 }))
 * @throws SaccadeError `missing` where the model is not on this machine; `model` where it does not fit; `config`
 */
export const detectPose = defineOperator({
  name: 'detect-pose',
  summary: 'Finds one person’s 17 keypoints with MoveNet, in a worker thread.',
  input: picturePort,
  output: detectionsPort,
  options,
  main: 'minScore',
  example: { minScore: 0.3 },
  ...detectorOf<z.output<typeof options>, PoseSetup, PoseInput>({
    what: 'poses',
    job: 'vision/movenet',
    choose,
    input: ({ minScore }) => ({ minScore }),
  }),
})

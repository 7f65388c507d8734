import type { SharedPixels } from '../core/frame.js'
import type { FitJob } from '../core/inference.js'
import type { Detection, Detections } from '../core/ports.js'
import { blankPicture } from './blank-picture.js'
import { findOutput } from './box-decoder.js'
import { letterboxGeometry } from './letterbox-geometry.js'
import { noNumbers } from './no-numbers.js'
import { fitPicture, type PictureInput } from './picture-tensor.js'

/** What is told of a model of poses beyond its file. */
export type PoseSetup = PictureInput

/** A picture to find a person in. */
export type PoseInput = {
  readonly picture: SharedPixels
  /** The least score, 0 to 1, of a keypoint that counts. */
  readonly minScore: number
}

const keypoints = 17
/** A person has this many keypoints that score enough; with fewer, furniture has poses too. */
const leastSeen = 4

/** `tf.image.resize_with_pad`, as TensorFlow's own guide to MoveNet prepares a picture. */
const usual = { fit: 'middle', order: 'rgb', range: [0, 255], border: 0, resize: 'linear' } as const

/**
 * Finds the pose of one person with MoveNet (single pose): 17 keypoints with their scores, in the source's pixels (S7).
 *
 * The model gives y, x and score of each keypoint, as shares of its picture: [1, 1, 17, 3]. The box is that around the
 * keypoints that score enough, the score their mean.
 */
export const fitJob: FitJob<PoseSetup, PoseInput, Detections> = (setup, model) => {
  const picture = fitPicture(model, setup, usual)
  if (typeof picture === 'string') return [picture]
  const output = findOutput(model.outputs, [1, 1, keypoints, 3], 'that is y, x and score of 17 keypoints')
  if (typeof output === 'string') return [output]
  const { way } = picture
  return {
    inputs: [picture.spec],
    outputs: [output],
    example: () => ({ picture: blankPicture(way.widthPx, way.heightPx), minScore: 1 }),
    prepare: (input) => picture.write(input.picture),
    finish: (outputs, { picture: from, minScore }) => {
      const values = Array.from(outputs[output.name]?.data ?? [], Number)
      if (values.length !== 3 * keypoints || !values.every(Number.isFinite)) throw noNumbers(model.name, output.name)
      const { scaleX, scaleY, offsetXPx, offsetYPx, sourceWidthPx, sourceHeightPx } = letterboxGeometry(from, way)
      const value = (k: number, part: number): number => values[3 * k + part] ?? 0
      const keypointsPx = Array.from(
        { length: keypoints },
        (_, k) =>
          [
            (value(k, 1) * way.widthPx - offsetXPx) * scaleX,
            (value(k, 0) * way.heightPx - offsetYPx) * scaleY,
          ] as const,
      )
      const keypointScores = Array.from({ length: keypoints }, (_, k) => value(k, 2))
      const person = personOf(keypointsPx, keypointScores, minScore)
      return { sizePx: [sourceWidthPx, sourceHeightPx], found: person === null ? [] : [person] }
    },
  }
}

function personOf(
  keypointsPx: Detection['keypointsPx'],
  keypointScores: readonly number[],
  minScore: number,
): Detection | null {
  const seen = keypointsPx.filter((_, k) => (keypointScores[k] ?? 0) >= minScore)
  if (seen.length < leastSeen) return null
  const xs = seen.map(([x]) => x)
  const ys = seen.map(([, y]) => y)
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  const scores = keypointScores.filter((score) => score >= minScore)
  return {
    label: 'person',
    score: scores.reduce((sum, score) => sum + score, 0) / scores.length,
    boxPx: [left, top, Math.max(...xs) - left, Math.max(...ys) - top],
    keypointsPx,
    keypointScores,
  }
}

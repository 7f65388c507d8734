import type { FrameGeometry, SharedPixels } from '../core/frame.js'
import type { InferenceJob, TensorLike, TensorSpec } from '../core/inference.js'
import type { Detection, Detections } from '../core/ports.js'
import { blankPicture } from './blank-picture.js'
import { blazefaceAnchors } from './blazeface-anchors.js'
import { letterboxGeometry } from './letterbox-geometry.js'
import { createLetterbox, type LetterboxWay } from './letterbox.js'
import { noNumbers } from './no-numbers.js'
import { suppressNonMaxima } from './non-maximum-suppression.js'

/** A picture to find faces in. */
export type BlazefaceInput = {
  readonly picture: SharedPixels
  /** The least score of a face, between 0 and 1. Grass and leaves give up to 0.5. */
  readonly minScore: number
}

const sizePx = 256
const way: LetterboxWay = {
  widthPx: sizePx,
  heightPx: sizePx,
  fit: 'middle',
  layout: 'nhwc',
  order: 'rgb',
  range: [-1, 1],
  border: 0, // as MediaPipe's face detector has it (BORDER_ZERO)
  resize: 'mean',
}
const valuesPerAnchor = 16
const grids = [
  { logits: 'Identity:0', values: 'Identity_2:0', firstAnchor: 0, anchors: 512 },
  { logits: 'Identity_1:0', values: 'Identity_3:0', firstAnchor: 512, anchors: 384 },
] as const
const answers = grids.flatMap(({ logits, values, anchors }): readonly TensorSpec[] => [
  { name: logits, type: 'float32', dims: [1, anchors, 1] },
  { name: values, type: 'float32', dims: [1, anchors, valuesPerAnchor] },
])
const keypoints = 6
const minIou = 0.3

/**
 * Finds faces with MediaPipe's BlazeFace (back camera, 256×256): boxes and six keypoints in the source's pixels (S7).
 *
 * Keypoints: right eye, left eye, nose tip, mouth, right ear, left ear; right is the person's own. A face whose middle lies
 * outside of the picture is not reported. Faces narrower than about 5 % of the picture's longer side are beyond the model.
 */
export const job: InferenceJob<BlazefaceInput, Detections> = createJob()

function createJob(): InferenceJob<BlazefaceInput, Detections> {
  const letterbox = createLetterbox(way)
  return {
    inputs: [{ name: 'input:0', type: 'float32', dims: [1, sizePx, sizePx, 3] }],
    outputs: answers,
    example: () => ({ picture: blankPicture(sizePx, 144), minScore: 1 }),
    prepare: ({ picture }) => ({
      'input:0': { type: 'float32', dims: [1, sizePx, sizePx, 3], data: letterbox(picture) },
    }),
    finish: (outputs, { picture, minScore }) => {
      const geometry = letterboxGeometry(picture, way)
      const found: Detection[] = []
      for (const { logits, values, firstAnchor } of grids) {
        const read = decode(reals(outputs[logits]), reals(outputs[values]), firstAnchor, minScore, geometry, found)
        if (!read) throw noNumbers('blazeface', `${logits} or ${values}`)
      }
      return {
        sizePx: [geometry.sourceWidthPx, geometry.sourceHeightPx],
        found: suppressNonMaxima(found, minIou).filter((face) => isInside(face, geometry)),
      }
    },
  }
}

/**
 * Adds the anchors from `firstAnchor` on whose score is enough, as detections that may overlap.
 *
 * @returns false where a number that had to be looked at is none: the model answers nonsense
 */
function decode(
  logits: Float32Array,
  values: Float32Array,
  firstAnchor: number,
  minScore: number,
  { scaleX, scaleY, offsetXPx, offsetYPx }: FrameGeometry,
  into: Detection[],
): boolean {
  // Comparing logits spares 896 exponentials, and exp overflows in float32 for confident negatives.
  const minLogit = Math.log(minScore / (1 - minScore))
  let numbers = 0
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? NaN
    numbers += logit
    if (!(logit >= minLogit)) continue
    const own = values.subarray(i * valuesPerAnchor, (i + 1) * valuesPerAnchor)
    for (const value of own) numbers += value
    const at = (k: number) => own[k] ?? NaN
    const anchor = (firstAnchor + i) * 2
    const x = (k: number) => ((blazefaceAnchors[anchor] ?? NaN) + at(k) - offsetXPx) * scaleX
    const y = (k: number) => ((blazefaceAnchors[anchor + 1] ?? NaN) + at(k) - offsetYPx) * scaleY
    const width = at(2) * scaleX
    const height = at(3) * scaleY
    into.push({
      label: 'face',
      score: 1 / (1 + Math.exp(-logit)),
      boxPx: [x(0) - width / 2, y(1) - height / 2, width, height],
      keypointsPx: Array.from({ length: keypoints }, (_, k) => [x(4 + 2 * k), y(5 + 2 * k)]),
    })
  }
  return Number.isFinite(numbers)
}

function isInside({ boxPx: [left, top, width, height] }: Detection, geometry: FrameGeometry): boolean {
  const x = left + width / 2
  const y = top + height / 2
  return x >= 0 && y >= 0 && x <= geometry.sourceWidthPx && y <= geometry.sourceHeightPx
}

function reals(tensor: TensorLike | undefined): Float32Array {
  return tensor?.data instanceof Float32Array ? tensor.data : new Float32Array(0)
}

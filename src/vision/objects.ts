import type { SharedPixels } from '../core/frame.js'
import type { FitJob, TensorLike } from '../core/inference.js'
import type { Detection, Detections } from '../core/ports.js'
import { blankPicture } from './blank-picture.js'
import type { FitBoxDecoder } from './box-decoder.js'
import { Candidates } from './candidates.js'
import { letterboxGeometry } from './letterbox-geometry.js'
import { fitNmsInside } from './nms-inside.js'
import { noNumbers } from './no-numbers.js'
import { winnersOf } from './non-maximum-suppression.js'
import { fitPicture, type PictureInput } from './picture-tensor.js'
import { fitYolov8 } from './yolov8.js'
import { fitYolox } from './yolox.js'

/** How raw output is read. */
export type BoxDecoderName = 'yolox' | 'yolov8' | 'nms-inside'

/** What is told of a detector of boxes beyond its file. */
export type ObjectsSetup = PictureInput & { readonly decoder: BoxDecoderName; readonly labels: readonly string[] }

/** A picture to find things in. */
export type ObjectsInput = {
  readonly picture: SharedPixels
  /** The least score, 0 to 1. */
  readonly minScore: number
  /** Of two things of a label that overlap more than this (intersection over union), the better one is left. */
  readonly maxOverlap: number
  /** Labels that are asked for; none means all. */
  readonly only: readonly string[]
}

/** More than so many things are no result any more: the best are given. */
const mostFound = 300

const yoloPicture = { fit: 'middle', order: 'rgb', range: [0, 1], border: 114, resize: 'linear' } as const

/** Each decoder, and how its models have their pictures unless their manifest says otherwise. */
const decoders = {
  yolox: { fit: fitYolox, usual: { ...yoloPicture, fit: 'corner', order: 'bgr', range: [0, 255] } },
  yolov8: { fit: fitYolov8, usual: yoloPicture },
  'nms-inside': { fit: fitNmsInside, usual: yoloPicture },
} as const satisfies Readonly<Record<BoxDecoderName, { readonly fit: FitBoxDecoder; readonly usual: object }>>

/** Finds things of many kinds with a detector of boxes: boxes in the source's pixels (S7), best first, at most 300. */
export const fitJob: FitJob<ObjectsSetup, ObjectsInput, Detections> = (setup, model) => {
  const { labels } = setup
  const { fit, usual } = decoders[setup.decoder]
  const picture = fitPicture(model, setup, usual)
  if (typeof picture === 'string') return [picture]
  const decoder = fit(model.outputs, picture.way, labels.length)
  if (typeof decoder === 'string') return [decoder]
  const { way } = picture
  const { name } = decoder.output
  const candidates = new Candidates()
  const wanted = new Uint8Array(labels.length)
  return {
    inputs: [picture.spec],
    outputs: [decoder.output],
    example: () => ({ picture: blankPicture(way.widthPx, way.heightPx), minScore: 1, maxOverlap: 0.5, only: [] }),
    prepare: (input) => picture.write(input.picture),
    finish: (outputs, { picture: from, minScore, maxOverlap, only }) => {
      wanted.fill(only.length === 0 ? 1 : 0)
      for (const label of only) wanted[labels.indexOf(label)] = 1
      candidates.clear()
      if (!decoder.read(reals(outputs[name]), minScore, wanted, candidates)) throw noNumbers(model.name, name)
      const { scaleX, scaleY, offsetXPx, offsetYPx, ...source } = letterboxGeometry(from, way)
      const { winners } = winnersOf(candidates, maxOverlap, mostFound)
      const found = winners.map((winner): Detection => {
        const [x = 0, y = 0, width = 0, height = 0] = candidates.boxesPx.subarray(4 * winner, 4 * winner + 4)
        return {
          label: labels[candidates.classes[winner] ?? 0] ?? '',
          score: candidates.scores[winner] ?? 0,
          boxPx: [(x - offsetXPx) * scaleX, (y - offsetYPx) * scaleY, width * scaleX, height * scaleY],
          keypointsPx: [],
        }
      })
      return { sizePx: [source.sourceWidthPx, source.sourceHeightPx], found }
    },
  }
}

function reals(tensor: TensorLike | undefined): Float32Array {
  return tensor?.data instanceof Float32Array ? tensor.data : new Float32Array(0)
}

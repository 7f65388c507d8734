import { misfits } from '../../adapters/onnx-fit.js'
import type { Tensors } from '../../adapters/onnx-bare-run.js'
import { job as silero } from '../../audio/silero.js'
import { createPixelMemory, type SharedPixels } from '../../core/frame.js'
import type { InferenceJob, ModelFacts } from '../../core/inference.js'
import type { ModelManifest, PictureWay } from '../../core/model-manifest.js'
import type { Detection } from '../../core/ports.js'
import { createRandom } from '../../core/random.js'
import type { SizePx } from '../../core/units.js'
import { job as blazeface } from '../../vision/blazeface.js'
import { blankPicture } from '../../vision/blank-picture.js'
import { cocoLabels } from '../../vision/coco-labels.js'
import { fitJob as fitPose } from '../../vision/movenet.js'
import { fitJob as fitObjects } from '../../vision/objects.js'

export type DecoderName = ModelManifest['decoder']

/** What a stage does around a model, on this thread: pictures into tensors, tensors into what was found. */
export type PictureJob = {
  /** Tensors that are used again for the next picture. */
  readonly prepare: (picture: SharedPixels) => Tensors
  readonly find: (outputs: Tensors, picture: SharedPixels) => readonly Detection[]
  /** In px, what a picture of the model's own size would be. */
  readonly sizePx: SizePx
}

/** What is told of a model beyond its file. */
export type StageFacts = {
  readonly decoder: DecoderName
  readonly labels: readonly string[]
  readonly picture: PictureWay
  readonly sizePx: SizePx | null
}

/** The least scores that the stages have unless told otherwise. */
const minScores = { blazeface: 0.65, movenet: 0.3, yolox: 0.35, yolov8: 0.35, 'nms-inside': 0.35 } as const
const maxOverlap = 0.45

/** What a manifest says of its model's stage; labels that it does not name are numbered. */
export function stageFactsOf({ decoder, labels, inputs }: ModelManifest, sizePx: SizePx | null): StageFacts {
  const names = labels === 'coco-80' ? cocoLabels : (labels ?? [])
  return { decoder, labels: names, picture: inputs[0]?.picture ?? {}, sizePx }
}

/** The job of the stage that a model of pictures is for, or what does not fit. */
export function pictureJobOf(
  { decoder, labels, picture, sizePx }: StageFacts,
  model: ModelFacts,
): PictureJob | readonly string[] {
  if (decoder === 'silero') return ['it takes sound, not pictures']
  const minScore = minScores[decoder]
  if (decoder === 'blazeface') {
    const problems = misfitsOf(blazeface, model)
    return problems.length > 0 ? problems : pictureJob(blazeface, (from) => ({ picture: from, minScore }))
  }
  if (decoder === 'movenet') {
    const job = fitPose({ picture, sizePx }, model)
    return 'prepare' in job ? pictureJob(job, (from) => ({ picture: from, minScore })) : job
  }
  const job = fitObjects({ decoder, labels, picture, sizePx }, model)
  return 'prepare' in job ? pictureJob(job, (from) => ({ picture: from, minScore, maxOverlap, only: [] })) : job
}

/** What keeps a model from a stage that has one shape of models only. */
export function misfitsOf(job: Pick<InferenceJob<never, unknown>, 'inputs' | 'outputs'>, { inputs, outputs }: ModelFacts): readonly string[] {
  const found = (tensors: ModelFacts['inputs']) =>
    tensors.map(({ name, type, dims }) => ({
      name,
      isTensor: true as const,
      type,
      shape: dims.map((size) => size ?? -1),
    }))
  return misfits(job, { inputMetadata: found(inputs), outputMetadata: found(outputs) })
}

/** The tensors of one window of sound with Silero: the same noise each time. */
export function soundTensors(): Tensors {
  const next = createRandom(1, 'sound')
  const noise = (length: number): Float32Array => Float32Array.from({ length }, () => (next() - 0.5) / 5)
  return silero.prepare({ samples: noise(512), context: noise(64), state: new Float32Array(256) })
}

/** A picture of noise, the same each time: black would be quicker for some models than a camera is. */
export function noisePicture([widthPx, heightPx]: SizePx): SharedPixels {
  const blank = blankPicture(widthPx, heightPx)
  const next = createRandom(1, 'picture')
  const { bytes } = createPixelMemory(blank.buffer.byteLength - Int32Array.BYTES_PER_ELEMENT)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(256 * next())
  return { ...blank, buffer: bytes.buffer }
}

function pictureJob<In>(
  job: InferenceJob<In, { readonly found: readonly Detection[] }>,
  inputOf: (picture: SharedPixels) => In,
): PictureJob {
  const [, ...dims] = job.inputs[0]?.dims ?? []
  const [height = 0, width = 0] = dims[0] === 3 ? dims.slice(1) : dims
  return {
    prepare: (picture) => job.prepare(inputOf(picture)),
    find: (outputs, picture) => job.finish(outputs, inputOf(picture)).found,
    sizePx: [width ?? 0, height ?? 0],
  }
}

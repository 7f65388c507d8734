import { job as silero } from '../../audio/silero.js'
import type { ModelFacts, ModelTensor } from '../../core/inference.js'
import type { SizePx } from '../../core/units.js'
import { job as blazeface } from '../../vision/blazeface.js'
import { type DecoderName, misfitsOf, pictureJobOf } from './stage-job.js'

/** A decoder that could read a model's output; how many labels that would be, where the shape tells. */
export type Suit = { readonly decoder: DecoderName; readonly labels: number | null }

/** What stands for the size of a model that takes any. */
const anySizePx: SizePx = [640, 640]
const stridesPx = [8, 16, 32]
const mostLabels = 10_000

/**
 * The decoders that a model's shapes fit, as far as shapes can tell: none, one, or several that only its maker can choose from.
 * What they tell of it is what the stages themselves would check.
 */
export function suitsOf(model: ModelFacts): readonly Suit[] {
  const fixed: readonly Suit[] = [
    ...(misfitsOf(blazeface, model).length === 0 ? [{ decoder: 'blazeface', labels: 1 } as const] : []),
    ...(misfitsOf(silero, model).length === 0 ? [{ decoder: 'silero', labels: null } as const] : []),
    ...(fits(model, { decoder: 'movenet', labels: null }) ? [{ decoder: 'movenet', labels: null } as const] : []),
  ]
  if (fixed.length > 0) return fixed
  return model.outputs.flatMap((output) => guesses(output, model)).filter((suit) => fits(model, suit))
}

/** What three sizes of an output could mean. */
function guesses({ dims }: ModelTensor, { inputs }: ModelFacts): readonly Suit[] {
  const [, rows, columns] = dims
  if (dims.length !== 3) return []
  if (columns === 6) return [{ decoder: 'nms-inside', labels: null }, ...yolox(columns)]
  const anchors = anchorsOf(inputs[0])
  const isYolov8 = (columns ?? null) === null || (anchors === null ? (columns ?? 0) > (rows ?? 0) : columns === anchors)
  const yolov8: readonly Suit[] = isYolov8 && count(rows, 4) ? [{ decoder: 'yolov8', labels: (rows ?? 0) - 4 }] : []
  return [...yolov8, ...yolox(columns)]
}

function yolox(columns: number | null | undefined): readonly Suit[] {
  return count(columns, 5) ? [{ decoder: 'yolox', labels: (columns ?? 0) - 5 }] : []
}

function count(size: number | null | undefined, besides: number): boolean {
  return size !== null && size !== undefined && size > besides && size - besides <= mostLabels
}

/** The cells of strides 8, 16 and 32 in a picture of a fixed size. */
function anchorsOf(input: ModelTensor | undefined): number | null {
  const [, ...sizes] = input?.dims ?? []
  const [height, width] = sizes[0] === 3 ? sizes.slice(1) : sizes
  if (typeof height !== 'number' || typeof width !== 'number') return null
  return stridesPx.reduce((sum, stride) => sum + Math.floor(width / stride) * Math.floor(height / stride), 0)
}

function fits(model: ModelFacts, { decoder, labels }: Suit): boolean {
  const names = Array.from({ length: labels ?? 1 }, (_, k) => String(k))
  return 'prepare' in pictureJobOf({ decoder, labels: names, picture: {}, sizePx: anySizePx }, model)
}

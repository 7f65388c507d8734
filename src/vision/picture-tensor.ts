import type { SharedPixels } from '../core/frame.js'
import type { ModelFacts, TensorLike, TensorSpec } from '../core/inference.js'
import type { PictureWay } from '../core/model-manifest.js'
import { createLetterbox, type LetterboxWay } from './letterbox.js'

/** What a model is told of its input, where its file leaves that open. */
export type PictureInput = {
  /** How a picture is written; what is left out is as `usual` says. */
  readonly picture: PictureWay
  /** Width and height, where the model takes any. */
  readonly sizePx: readonly [widthPx: number, heightPx: number] | null
}

/** The input of a model that takes one picture: its tensor, how pictures lie in it, and how one is written into it. */
export type PictureTensor = {
  readonly spec: TensorSpec
  readonly way: LetterboxWay
  /** One pass into memory that is used again. */
  readonly write: (picture: SharedPixels) => Readonly<Record<string, TensorLike>>
}

/**
 * Fits a picture to the one input of a model, by the names and sizes that its file tells; or says what does not fit.
 *
 * @param usual how the decoder's models have their pictures
 */
export function fitPicture(
  { inputs }: ModelFacts,
  { picture, sizePx }: PictureInput,
  usual: Omit<LetterboxWay, 'widthPx' | 'heightPx' | 'layout'>,
): PictureTensor | string {
  const [input, ...more] = inputs
  if (input === undefined || more.length > 0)
    return `it must have one input, a picture: it has ${inputs.map(({ name }) => name).join(', ') || 'none'}`
  const { name, type, dims } = input
  const is = `${type} [${dims.map((size) => String(size ?? '?')).join(', ')}]`
  if (type !== 'float32' && type !== 'int32' && type !== 'uint8')
    return `input ${name} must be float32, int32 or uint8: it is ${is}`
  const layout = picture.layout ?? (dims[1] === 3 || dims[3] !== 3 ? 'nchw' : 'nhwc')
  const [colours, height, width] = layout === 'nchw' ? [dims[1], dims[2], dims[3]] : [dims[3], dims[1], dims[2]]
  if (dims.length !== 4 || (dims[0] ?? 1) !== 1 || (colours ?? 3) !== 3)
    return `input ${name} must be one picture of three colours, [1, 3, h, w] or [1, h, w, 3]: it is ${is}`
  const [widthPx, heightPx] = [width ?? sizePx?.[0], height ?? sizePx?.[1]]
  if (widthPx === undefined || heightPx === undefined)
    return `input ${name} takes pictures of any size (${is}): say which by size: 640x640`
  const way: LetterboxWay = {
    widthPx,
    heightPx,
    layout,
    fit: picture.fit ?? usual.fit,
    order: picture.order ?? usual.order,
    range: picture.range ?? usual.range,
    border: picture.border ?? usual.border,
    resize: picture.resize ?? usual.resize,
  }
  const whole = layout === 'nchw' ? [1, 3, heightPx, widthPx] : [1, heightPx, widthPx, 3]
  const spec: TensorSpec = { name, type, dims: whole }
  const letterbox = createLetterbox(way)
  if (type === 'float32')
    return { spec, way, write: (from) => ({ [name]: { type, dims: whole, data: letterbox(from) } }) }
  const levels = type === 'int32' ? new Int32Array(3 * widthPx * heightPx) : new Uint8Array(3 * widthPx * heightPx)
  return {
    spec,
    way,
    write: (from) => {
      round(letterbox(from), levels)
      return { [name]: { type, dims: whole, data: levels } }
    },
  }
}

function round(values: Float32Array, to: Int32Array | Uint8Array): void {
  for (let i = 0; i < values.length; i++) to[i] = Math.floor((values[i] ?? 0) + 0.5)
}

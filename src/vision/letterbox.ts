import type { SharedPixels } from '../core/frame.js'
import { bandsOf } from './bands.js'
import { fullLevels, type Range } from './colours.js'
import { Kernel } from './kernel.js'
import { letterboxArea, type LetterboxTarget } from './letterbox-geometry.js'
import { planesOf, type Resampler } from './plane.js'
import { resample, type Resize } from './resample.js'
import { type RowWriter, writeColours, writeLevels } from './row-writers.js'

/** How a model wants its picture. */
export type LetterboxWay = LetterboxTarget & {
  /** NHWC: the colours of a pixel side by side. NCHW: a plane for each. */
  readonly layout: 'nhwc' | 'nchw'
  readonly order: 'rgb' | 'bgr'
  /** What black and white become. */
  readonly range: Range
  /** What lies around the picture: a level of 0 to 255. */
  readonly border: number
  readonly resize: Resize
}

/**
 * Fits a picture into the tensor's memory. The array is the same each time, unless a picture of another shape needs more memory:
 * then the tensor lies elsewhere, in a new array.
 */
export type Letterbox = (picture: SharedPixels) => Float32Array<ArrayBuffer>

/**
 * Memory of a tensor of three colours that pictures of any shape are fitted into, by the kernel, whose memory it lies in.
 *
 * yuv420p is read as BT.601 of limited range, chroma by its nearest sample: what FFmpeg makes of a file without a tag, so that
 * both formats give nearly the same tensor. A picture that has the right size already is copied. Tables are made when the shape
 * changes.
 */
export function createLetterbox(way: LetterboxWay): Letterbox {
  let made: Letterbox | null = null
  // At the first picture: a job is made where its module is imported, be it only to be asked for the names of its tensors.
  return (picture) => (made ??= letterboxOf(way))(picture)
}

function letterboxOf(way: LetterboxWay): Letterbox {
  const kernel = new Kernel()
  const { gain, bias } = fullLevels(way.range)
  const count = way.widthPx * way.heightPx * 3
  const tensorAt = kernel.take(count * Float32Array.BYTES_PER_ELEMENT)
  const { used } = kernel
  let tensor = new Float32Array(kernel.buffer, tensorAt, count)
  let paint: Painter | null = null
  let painted = ''
  return (picture) => {
    const shape = `${picture.format} ${String(picture.widthPx)}x${String(picture.heightPx)}`
    if (paint === null || shape !== painted) {
      // Its tables are overwritten, also where the new ones find no room.
      paint = null
      kernel.takeBack(used)
      paint = painterOf(kernel, picture, way, tensorAt)
      painted = shape
      if (tensor.buffer !== kernel.buffer) tensor = new Float32Array(kernel.buffer, tensorAt, count)
      tensor.fill(way.border * gain + bias)
    }
    paint(new Uint8Array(picture.buffer, picture.byteOffset))
    return tensor
  }
}

type Painter = (bytes: Uint8Array) => void

function painterOf(kernel: Kernel, picture: SharedPixels, way: LetterboxWay, tensorAt: number): Painter {
  const { format } = picture
  const area = letterboxArea(picture, way)
  const resamplers = planesOf(format, picture.widthPx, picture.heightPx).map((plane, i) => {
    // Chroma: the nearest sample, or the mean of those behind a pixel.
    const resize = format === 'yuv420p' && i > 0 ? 'blocks' : way.resize
    return resample(kernel, plane, area.widthPx, area.heightPx, resize)
  })
  const write = writerOf(kernel, resamplers, way, area.widthPx)
  const bands = bandsOf(kernel, resamplers, area.heightPx)
  const memory = new Uint8Array(kernel.buffer)
  const pixelNumbers = way.layout === 'nhwc' ? 3 : 1
  const numberBytes = Float32Array.BYTES_PER_ELEMENT
  const start = tensorAt + (area.topPx * way.widthPx + area.leftPx) * pixelNumbers * numberBytes
  const stride = way.widthPx * pixelNumbers * numberBytes
  return (bytes) => {
    for (const { fromRow, toRow, copies } of bands) {
      for (const { fromByte, toByte, at } of copies) memory.set(bytes.subarray(fromByte, toByte), at)
      for (let y = fromRow; y < toRow; y++) {
        for (let i = 0; i < resamplers.length; i++) resamplers[i]?.make(y, copies[i]?.base ?? 0)
        write(start + y * stride)
      }
    }
  }
}

function writerOf(kernel: Kernel, resamplers: readonly Resampler[], way: LetterboxWay, widthPx: number): RowWriter {
  const [first, second, third] = resamplers
  if (first === undefined) throw new Error('a picture without planes')
  if (second === undefined || third === undefined) return writeLevels(kernel, first.rows, way, widthPx)
  return writeColours(kernel, [first.rows[0], second.rows[0], third.rows[0]], way, widthPx)
}

import type { SharedPixels } from '../core/frame.js'
import { blockMean } from './block-mean.js'
import { fullLevels, grayRowToRgb, limitedLevels, type Range, yuvRowToRgb } from './colour-rows.js'
import { letterboxArea, type LetterboxTarget } from './letterbox-geometry.js'
import { type Colours, interleaved, type RowWriter } from './plane.js'
import { resamplePlane, type Resize } from './resample-plane.js'
import { yuvCopy } from './yuv-copy.js'

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

/** Fits a picture into the tensor's memory; the same array each time. */
export type Letterbox = (picture: SharedPixels) => Float32Array

const shapesKept = 8

/**
 * Memory of a tensor of three colours that pictures of any shape are fitted into, in one pass.
 *
 * yuv420p is read as BT.601 of limited range, chroma by its nearest sample: what FFmpeg makes of a file without a tag, so that
 * both formats give nearly the same tensor. A picture that has the right size already is copied. Tables are made once for a
 * shape.
 */
export function createLetterbox(way: LetterboxWay): Letterbox {
  const tensor = new Float32Array(way.widthPx * way.heightPx * 3)
  const { gain, bias } = fullLevels(way.range)
  const colours = coloursOf(way)
  const painters = new Map<string, RowWriter>()
  let painted = ''
  return (picture) => {
    const area = letterboxArea(picture, way)
    const shape = `${picture.format} ${String(picture.widthPx)}x${String(picture.heightPx)}`
    let paint = painters.get(shape)
    if (paint === undefined) {
      if (painters.size === shapesKept) painters.clear()
      paint = rowPainter(picture, area.widthPx, area.heightPx, way, colours)
      painters.set(shape, paint)
    }
    if (shape !== painted) tensor.fill(way.border * gain + bias)
    painted = shape
    const bytes = new Uint8Array(picture.buffer)
    for (let y = 0; y < area.heightPx; y++) {
      const start = ((area.topPx + y) * way.widthPx + area.leftPx) * colours.step
      paint(bytes, picture.byteOffset, y, tensor, start)
    }
    return tensor
  }
}

function coloursOf({ layout, order, widthPx, heightPx }: LetterboxWay): Colours {
  if (layout === 'nhwc' && order === 'rgb') return interleaved
  const apart = layout === 'nhwc' ? 1 : widthPx * heightPx
  const [red, blue] = order === 'rgb' ? [0, 2 * apart] : [2 * apart, 0]
  return { step: layout === 'nhwc' ? 3 : 1, red, green: apart, blue }
}

function rowPainter(
  { format, widthPx, heightPx }: SharedPixels,
  toWidthPx: number,
  toHeightPx: number,
  { range, resize }: LetterboxWay,
  colours: Colours,
): RowWriter {
  const full = fullLevels(range)
  if (format === 'rgb24')
    return resamplePlane({ widthPx, heightPx, channels: 3 }, toWidthPx, toHeightPx, full, resize, colours)
  if (format === 'yuv420p') return yuvPainter(widthPx, heightPx, toWidthPx, toHeightPx, range, resize, colours)
  const grayOf = resamplePlane({ widthPx, heightPx, channels: 1 }, toWidthPx, toHeightPx, full, resize)
  const gray = new Float32Array(toWidthPx)
  return (bytes, base, y, tensor, start) => {
    grayOf(bytes, base, y, gray, 0)
    grayRowToRgb(gray, colours, tensor, start)
  }
}

function yuvPainter(
  widthPx: number,
  heightPx: number,
  toWidthPx: number,
  toHeightPx: number,
  range: Range,
  resize: Resize,
  colours: Colours,
): RowWriter {
  if (widthPx === toWidthPx && heightPx === toHeightPx) return yuvCopy(widthPx, heightPx, range, colours)
  const half = { widthPx: Math.ceil(widthPx / 2), heightPx: Math.ceil(heightPx / 2), channels: 1 as const }
  const levels = limitedLevels(range)
  const lumaOf = resamplePlane({ widthPx, heightPx, channels: 1 }, toWidthPx, toHeightPx, levels.luma, resize)
  const chromaOf = blockMean(half, toWidthPx, toHeightPx, levels.chroma)
  const write = yuvRowToRgb(range, colours)
  const luma = new Float32Array(toWidthPx)
  const cb = new Float32Array(toWidthPx)
  const cr = new Float32Array(toWidthPx)
  const lumaBytes = widthPx * heightPx
  const chromaBytes = half.widthPx * half.heightPx
  return (bytes, base, y, tensor, start) => {
    lumaOf(bytes, base, y, luma, 0)
    chromaOf(bytes, base + lumaBytes, y, cb, 0)
    chromaOf(bytes, base + lumaBytes + chromaBytes, y, cr, 0)
    write(luma, cb, cr, tensor, start)
  }
}

import type { SharedPixels } from '../core/frame.js'
import { blockMean } from './block-mean.js'
import { grayRowToRgb, limitedChroma, limitedLuma, yuvRowToRgb } from './colour-rows.js'
import { letterboxArea } from './letterbox-geometry.js'
import type { RowWriter } from './plane.js'
import { resamplePlane } from './resample-plane.js'
import { yuvCopy } from './yuv-copy.js'

/** Fits a picture into the square; the same array each time. */
export type Letterbox = (picture: SharedPixels) => Float32Array

const shapesKept = 8
const full = { gain: 1 / 127.5, bias: -1 }

/**
 * A square [size, size, 3] that pictures of any shape are fitted into: NHWC, RGB, v/127.5 − 1.
 *
 * The border is black (−1), as MediaPipe's face detector has it (BORDER_ZERO). yuv420p is read as BT.601 of limited range,
 * chroma by its nearest sample: what FFmpeg makes of a file without a tag, so that both formats give nearly the same square.
 * A picture that has the right size already is copied. Tables are made once for a shape.
 */
export function createLetterbox(sizePx: number): Letterbox {
  const square = new Float32Array(sizePx * sizePx * 3)
  const painters = new Map<string, RowWriter>()
  let painted = ''
  return (picture) => {
    const area = letterboxArea(picture, sizePx)
    const shape = `${picture.format} ${String(picture.widthPx)}x${String(picture.heightPx)}`
    let paint = painters.get(shape)
    if (paint === undefined) {
      if (painters.size === shapesKept) painters.clear()
      paint = rowPainter(picture, area.widthPx, area.heightPx)
      painters.set(shape, paint)
    }
    if (shape !== painted) square.fill(-1)
    painted = shape
    const bytes = new Uint8Array(picture.buffer)
    for (let y = 0; y < area.heightPx; y++) {
      paint(bytes, picture.byteOffset, y, square, ((area.topPx + y) * sizePx + area.leftPx) * 3)
    }
    return square
  }
}

function rowPainter(picture: SharedPixels, toWidthPx: number, toHeightPx: number): RowWriter {
  const { format, widthPx, heightPx } = picture
  if (format === 'rgb24') return resamplePlane({ widthPx, heightPx, channels: 3 }, toWidthPx, toHeightPx, full)
  if (format === 'yuv420p') return yuvPainter(widthPx, heightPx, toWidthPx, toHeightPx)
  const grayOf = resamplePlane({ widthPx, heightPx, channels: 1 }, toWidthPx, toHeightPx, full)
  const gray = new Float32Array(toWidthPx)
  return (bytes, base, y, square, start) => {
    grayOf(bytes, base, y, gray, 0)
    grayRowToRgb(gray, square, start)
  }
}

function yuvPainter(widthPx: number, heightPx: number, toWidthPx: number, toHeightPx: number): RowWriter {
  if (widthPx === toWidthPx && heightPx === toHeightPx) return yuvCopy(widthPx, heightPx)
  const half = { widthPx: Math.ceil(widthPx / 2), heightPx: Math.ceil(heightPx / 2), channels: 1 as const }
  const lumaOf = resamplePlane({ widthPx, heightPx, channels: 1 }, toWidthPx, toHeightPx, limitedLuma)
  const chromaOf = blockMean(half, toWidthPx, toHeightPx, limitedChroma)
  const luma = new Float32Array(toWidthPx)
  const cb = new Float32Array(toWidthPx)
  const cr = new Float32Array(toWidthPx)
  const lumaBytes = widthPx * heightPx
  const chromaBytes = half.widthPx * half.heightPx
  return (bytes, base, y, square, start) => {
    lumaOf(bytes, base, y, luma, 0)
    chromaOf(bytes, base + lumaBytes, y, cb, 0)
    chromaOf(bytes, base + lumaBytes + chromaBytes, y, cr, 0)
    yuvRowToRgb(luma, cb, cr, square, start)
  }
}

import type { SharedPixels } from '../../src/core/frame.js'
import { letterboxArea } from '../../src/vision/letterbox-geometry.js'
import type { LetterboxWay } from '../../src/vision/letterbox.js'

/** One channel of a plane: the byte of each of its pixels. */
type Channel = {
  readonly widthPx: number
  readonly heightPx: number
  readonly at: (x: number, y: number) => number
}
type Resized = (x: number, y: number) => number

/** What a letterbox has to give, pixel by pixel and in no hurry: levels of 0 to 255 first, colours and range after. */
export function letterboxReference(picture: SharedPixels, way: LetterboxWay): number[] {
  const area = letterboxArea(picture, way)
  const [low, high] = way.range
  const levelOf = coloursOf(picture, way, area.widthPx, area.heightPx)
  const tensor: number[] = []
  for (let y = 0; y < way.heightPx; y++) {
    for (let x = 0; x < way.widthPx; x++) {
      const [u, v] = [x - area.leftPx, y - area.topPx]
      const inside = u >= 0 && v >= 0 && u < area.widthPx && v < area.heightPx
      const levels = inside ? levelOf(u, v) : [way.border, way.border, way.border]
      const ordered = way.order === 'rgb' ? levels : [...levels].reverse()
      ordered.forEach((level, k) => {
        const pixel = y * way.widthPx + x
        const place = way.layout === 'nhwc' ? pixel * 3 + k : k * way.widthPx * way.heightPx + pixel
        tensor[place] = low + (level / 255) * (high - low)
      })
    }
  }
  return tensor
}

/** Red, green and blue of each pixel of the area. */
function coloursOf(
  { buffer, byteOffset, format, widthPx, heightPx }: SharedPixels,
  { resize }: LetterboxWay,
  toWidthPx: number,
  toHeightPx: number,
): (x: number, y: number) => readonly number[] {
  const bytes = new Uint8Array(buffer, byteOffset)
  const channel = (from: number, step: number, width: number, height: number): Channel => ({
    widthPx: width,
    heightPx: height,
    at: (x, y) => bytes[from + (y * width + x) * step] ?? NaN,
  })
  const to = [toWidthPx, toHeightPx] as const
  const same = widthPx === toWidthPx && heightPx === toHeightPx
  const halves = widthPx >= 2 * toWidthPx || heightPx >= 2 * toHeightPx
  const usual = same || (halves && resize === 'mean') ? mean : linear
  if (format === 'gray') {
    const gray = usual(channel(0, 1, widthPx, heightPx), ...to)
    return (x, y) => [gray(x, y), gray(x, y), gray(x, y)]
  }
  if (format === 'rgb24') {
    const ofBytes = usual === linear && resize === 'linear' ? linearOfBytes : usual
    const rgb = [0, 1, 2].map((k) => ofBytes(channel(k, 3, widthPx, heightPx), ...to))
    return (x, y) => rgb.map((one) => one(x, y))
  }
  const [halfWidth, halfHeight] = [Math.ceil(widthPx / 2), Math.ceil(heightPx / 2)]
  const luma = usual(channel(0, 1, widthPx, heightPx), ...to)
  const cb = mean(channel(widthPx * heightPx, 1, halfWidth, halfHeight), ...to)
  const cr = mean(channel(widthPx * heightPx + halfWidth * halfHeight, 1, halfWidth, halfHeight), ...to)
  return (x, y) => {
    const level = ((luma(x, y) - 16) * 255) / 219
    const [blue, red] = [((cb(x, y) - 128) * 255) / 224, ((cr(x, y) - 128) * 255) / 224]
    const cut = (value: number) => Math.max(0, Math.min(255, value))
    return [cut(level + 1.402 * red), cut(level - 0.344136 * blue - 0.714136 * red), cut(level + 1.772 * blue)]
  }
}

/** Means of whole blocks; enlarged, the pixel that lies there. */
function mean({ widthPx, heightPx, at }: Channel, toWidthPx: number, toHeightPx: number): Resized {
  const edge = (i: number, from: number, to: number) => (from < to ? Math.floor : Math.round)((i * from) / to)
  const block = (i: number, from: number, to: number): readonly number[] => {
    const first = edge(i, from, to)
    return Array.from({ length: Math.max(1, edge(i + 1, from, to) - first) }, (_, k) => first + k)
  }
  return (x, y) => {
    const [columns, rows] = [block(x, widthPx, toWidthPx), block(y, heightPx, toHeightPx)]
    const sum = rows.reduce((all, v) => all + columns.reduce((row, u) => row + at(u, v), 0), 0)
    return sum / (columns.length * rows.length)
  }
}

/** Between four neighbours, centres on the half. */
function linear({ widthPx, heightPx, at }: Channel, toWidthPx: number, toHeightPx: number): Resized {
  const place = (i: number, from: number, to: number) => Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5))
  return (x, y) => {
    const [u, v] = [place(x, widthPx, toWidthPx), place(y, heightPx, toHeightPx)]
    const row = (w: number) => at(Math.floor(u), w) * (1 - (u % 1)) + at(Math.ceil(u), w) * (u % 1)
    return row(Math.floor(v)) * (1 - (v % 1)) + row(Math.ceil(v)) * (v % 1)
  }
}

/** As OpenCV does it to bytes: whole numbers of 1/2048, across first, each product cut off. */
function linearOfBytes({ widthPx, heightPx, at }: Channel, toWidthPx: number, toHeightPx: number): Resized {
  const between = (i: number, from: number, to: number) => {
    const place = Math.fround((i + 0.5) * (from / to) - 0.5)
    const share = Math.fround(place - Math.floor(place))
    const cut = (pixel: number) => Math.min(from - 1, Math.max(0, pixel))
    return {
      ...{ first: cut(Math.floor(place)), second: cut(Math.floor(place) + 1) },
      ...{ rest: Math.round((1 - share) * 2048), share: Math.round(share * 2048) },
    }
  }
  return (x, y) => {
    const [across, down] = [between(x, widthPx, toWidthPx), between(y, heightPx, toHeightPx)]
    const row = (v: number) => (at(across.first, v) * across.rest + at(across.second, v) * across.share) >> 4
    return (((row(down.first) * down.rest) >> 16) + ((row(down.second) * down.share) >> 16) + 2) >> 2
  }
}

import type { Colours, Levels, Plane, RowWriter } from './plane.js'

/** Weights are whole numbers of 1/2048. */
const one = 2048

/**
 * Resizes a plane of three channels between four neighbours as OpenCV does it to bytes (INTER_LINEAR), bit for bit: in whole
 * numbers, across first, each product cut off. It comes out an eighth of a level darker than true rounding, and models that
 * were trained and measured with it notice: up to 0.005 of score.
 */
export function bilinearBytes(
  from: Plane,
  toWidthPx: number,
  toHeightPx: number,
  { gain, bias }: Levels,
  { step, red, green, blue }: Colours,
): RowWriter {
  const columns = neighbours(from.widthPx, toWidthPx)
  const rows = neighbours(from.heightPx, toHeightPx)
  const stride = from.widthPx * 3
  const upper = new Int32Array(toWidthPx * 3)
  const lower = new Int32Array(toWidthPx * 3)
  const valueOf = Float32Array.from({ length: 256 }, (_, byte) => byte * gain + bias)
  return (bytes, base, y, to, start) => {
    mixAcross(bytes, base + (rows.first[y] ?? 0) * stride, columns, upper)
    mixAcross(bytes, base + (rows.second[y] ?? 0) * stride, columns, lower)
    const b = rows.share[y] ?? 0
    const a = rows.rest[y] ?? 0
    for (let i = 0, o = start; i < upper.length; i += 3, o += step) {
      to[o + red] = valueOf[blend(upper[i] ?? 0, lower[i] ?? 0, a, b)] ?? 0
      to[o + green] = valueOf[blend(upper[i + 1] ?? 0, lower[i + 1] ?? 0, a, b)] ?? 0
      to[o + blue] = valueOf[blend(upper[i + 2] ?? 0, lower[i + 2] ?? 0, a, b)] ?? 0
    }
  }
}

/** The two pixels that each output pixel lies between, and their weights. */
type Neighbours = {
  readonly first: Int32Array
  readonly second: Int32Array
  readonly share: Int32Array
  readonly rest: Int32Array
}

function neighbours(from: number, to: number): Neighbours {
  const scale = from / to
  // Single precision, as there: a weight that rounds the other way is a level here and there. At the edges both are the same pixel.
  const position = (i: number) => Math.fround((i + 0.5) * scale - 0.5)
  const share = (i: number) => Math.fround(position(i) - Math.floor(position(i)))
  const pixel = (at: number) => Math.min(from - 1, Math.max(0, at))
  return {
    first: Int32Array.from({ length: to }, (_, i) => pixel(Math.floor(position(i)))),
    second: Int32Array.from({ length: to }, (_, i) => pixel(Math.floor(position(i)) + 1)),
    share: Int32Array.from({ length: to }, (_, i) => Math.round(share(i) * one)),
    rest: Int32Array.from({ length: to }, (_, i) => Math.round((1 - share(i)) * one)),
  }
}

function mixAcross(
  bytes: Uint8Array,
  start: number,
  { first, second, share, rest }: Neighbours,
  mixed: Int32Array,
): void {
  for (let x = 0, o = 0; x < first.length; x++, o += 3) {
    const i = start + (first[x] ?? 0) * 3
    const j = start + (second[x] ?? 0) * 3
    const a = rest[x] ?? 0
    const b = share[x] ?? 0
    mixed[o] = ((bytes[i] ?? 0) * a + (bytes[j] ?? 0) * b) >> 4
    mixed[o + 1] = ((bytes[i + 1] ?? 0) * a + (bytes[j + 1] ?? 0) * b) >> 4
    mixed[o + 2] = ((bytes[i + 2] ?? 0) * a + (bytes[j + 2] ?? 0) * b) >> 4
  }
}

function blend(upper: number, lower: number, a: number, b: number): number {
  return ((Math.imul(upper, a) >> 16) + (Math.imul(lower, b) >> 16) + 2) >> 2
}

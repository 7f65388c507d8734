import { type Colours, interleaved, type Levels, type Plane, type RowWriter } from './plane.js'

/**
 * Shrinks a plane by the mean of the block of pixels behind each output pixel, so that none is skipped.
 *
 * The blocks tile the plane with edges on whole pixels: cheaper than weighted edges, and off by half a source pixel at most.
 * Enlarged, it repeats the nearest pixel.
 */
export function blockMean(
  from: Plane,
  toWidthPx: number,
  toHeightPx: number,
  levels: Levels,
  colours: Colours = interleaved,
): RowWriter {
  const columns = blocks(from.widthPx, toWidthPx)
  const rows = blocks(from.heightPx, toHeightPx)
  const stride = from.widthPx * from.channels
  const sums = new Int32Array(stride)
  const meanOf = from.channels === 3 ? meanOfThree : meanOfOne
  return (bytes, base, y, to, start) => {
    const top = rows.first[y] ?? 0
    const count = rows.count[y] ?? 1
    sumRows(bytes, base + top * stride, count, sums)
    meanOf(sums, columns, levels.gain / count, levels.bias, to, start, colours)
  }
}

type Blocks = { readonly first: Int32Array; readonly count: Int32Array }

function blocks(from: number, to: number): Blocks {
  const edge = (i: number) => (from < to ? Math.floor((i * from) / to) : Math.round((i * from) / to))
  const first = Int32Array.from({ length: to }, (_, i) => edge(i))
  const count = Int32Array.from({ length: to }, (_, i) => Math.max(1, edge(i + 1) - edge(i)))
  return { first, count }
}

function sumRows(bytes: Uint8Array, start: number, count: number, sums: Int32Array): void {
  const stride = sums.length
  if (count === 1) {
    for (let i = 0; i < stride; i++) sums[i] = bytes[start + i] ?? 0
    return
  }
  const second = start + stride
  for (let i = 0; i < stride; i++) sums[i] = (bytes[start + i] ?? 0) + (bytes[second + i] ?? 0)
  for (let row = second + stride; row < start + count * stride; row += stride) {
    for (let i = 0; i < stride; i++) sums[i] = (sums[i] ?? 0) + (bytes[row + i] ?? 0)
  }
}

function meanOfOne(
  sums: Int32Array,
  { first, count }: Blocks,
  gain: number,
  bias: number,
  to: Float32Array,
  start: number,
): void {
  for (let x = 0; x < first.length; x++) {
    let i = first[x] ?? 0
    const n = count[x] ?? 1
    const end = i + n
    let sum = sums[i] ?? 0
    while (++i < end) sum += sums[i] ?? 0
    to[start + x] = (sum * gain) / n + bias
  }
}

function meanOfThree(
  sums: Int32Array,
  { first, count }: Blocks,
  gain: number,
  bias: number,
  to: Float32Array,
  start: number,
  { step, red, green, blue }: Colours,
): void {
  for (let x = 0, o = start; x < first.length; x++, o += step) {
    let i = (first[x] ?? 0) * 3
    const n = count[x] ?? 1
    const end = i + n * 3
    let r = sums[i] ?? 0
    let g = sums[i + 1] ?? 0
    let b = sums[i + 2] ?? 0
    while ((i += 3) < end) {
      r += sums[i] ?? 0
      g += sums[i + 1] ?? 0
      b += sums[i + 2] ?? 0
    }
    const share = gain / n
    to[o + red] = r * share + bias
    to[o + green] = g * share + bias
    to[o + blue] = b * share + bias
  }
}

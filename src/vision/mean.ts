import type { Kernel } from './kernel.js'
import { numberRows, type Plane, type Resample } from './plane.js'

const numberBytes = Float32Array.BYTES_PER_ELEMENT

/**
 * Shrinks a plane by the mean of the block of pixels behind each output pixel, so that none is skipped.
 *
 * The blocks tile the plane with edges on whole pixels: cheaper than weighted edges, and off by half a source pixel at most.
 * Enlarged, it repeats the nearest pixel; at its own size it is a copy.
 */
export const mean: Resample = (kernel, plane, toWidthPx, toHeightPx) => {
  const { firsts, ends } = blocks(plane.heightPx, toHeightPx)
  const rows = numberRows(kernel, plane.channels, toWidthPx)
  const stride = plane.widthPx * plane.channels
  const repeats = plane.heightPx <= toHeightPx ? copyOf(kernel, plane, toWidthPx, rows) : null
  const shrink = repeats === null ? meanOf(kernel, plane, toWidthPx, rows) : null
  return {
    plane,
    firsts,
    ends,
    rows,
    make: (y, base) => {
      const first = firsts[y] ?? 0
      // Enlarged, many a row is the one before.
      if (y > 0 && first === firsts[y - 1]) return
      repeats?.(base + first * stride)
      shrink?.(base + first * stride, (ends[y] ?? 0) - first)
    },
  }
}

type Rows = readonly [number, number, number]

/** How a single row is taken over where no column is left out; null where one is. */
function copyOf(
  kernel: Kernel,
  { widthPx, channels }: Plane,
  toWidthPx: number,
  rows: Rows,
): ((from: number) => void) | null {
  const { plain, parted, doubled, picked } = kernel.rows
  if (channels === 3) {
    if (widthPx !== toWidthPx) return null
    return (from) => {
      parted(from, ...rows, toWidthPx)
    }
  }
  if (widthPx > toWidthPx) return null
  if (widthPx === toWidthPx)
    return (from) => {
      plain(from, rows[0], toWidthPx)
    }
  // As chroma lies: each twice.
  if (widthPx === Math.ceil(toWidthPx / 2))
    return (from) => {
      doubled(from, rows[0], toWidthPx)
    }
  const places = kernel.table(blocks(widthPx, toWidthPx).firsts)
  return (from) => {
    picked(from, places, rows[0], toWidthPx)
  }
}

function meanOf(
  kernel: Kernel,
  { widthPx, channels }: Plane,
  toWidthPx: number,
  rows: Rows,
): (from: number, count: number) => void {
  const { sumRows, meanOfOne, meanOfThree } = kernel.rows
  const { firsts, ends } = blocks(widthPx, toWidthPx)
  const stride = widthPx * channels
  const bounds = Int32Array.from({ length: 2 * toWidthPx }, (_, i) => (i % 2 === 0 ? firsts : ends)[i >> 1] ?? 0)
  const places = kernel.table(bounds.map((pixel) => pixel * channels * numberBytes))
  const shares = kernel.table(Float32Array.from(firsts, (first, x) => 1 / ((ends[x] ?? 0) - first)))
  const sums = kernel.take(stride * numberBytes)
  return (from, count) => {
    sumRows(from, stride, count, sums, stride)
    if (channels === 1) meanOfOne(sums, places, shares, 1 / count, rows[0], toWidthPx)
    else meanOfThree(sums, places, shares, 1 / count, ...rows, toWidthPx)
  }
}

/** Each block's first pixel, and the pixel after its last. */
function blocks(from: number, to: number): { readonly firsts: Int32Array; readonly ends: Int32Array } {
  const edge = (i: number) => (from < to ? Math.floor((i * from) / to) : Math.round((i * from) / to))
  const firsts = Int32Array.from({ length: to }, (_, i) => edge(i))
  return { firsts, ends: firsts.map((first, i) => Math.max(first + 1, edge(i + 1))) }
}

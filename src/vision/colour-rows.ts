import type { Colours, Levels } from './plane.js'

/** What black and white become in a tensor. */
export type Range = readonly [low: number, high: number]

/** A byte of full range, 0 to 255. */
export function fullLevels([low, high]: Range): Levels {
  return { gain: (high - low) / 255, bias: low }
}

/** Limited range: luma runs from 16 to 235, chroma 112 to either side of 128 (BT.601-7, §2.5). Chroma is 0 where there is none. */
export function limitedLevels([low, high]: Range): { readonly luma: Levels; readonly chroma: Levels } {
  const half = (high - low) / 2
  return {
    luma: { gain: half / 109.5, bias: half * (-16 / 109.5 - 1) + (low + high) / 2 },
    chroma: { gain: half / 112, bias: half * (-128 / 112) },
  }
}

/** Writes a row of luma and two of chroma, of limited levels, as pixels. */
export type ColourWriter = (
  luma: Float32Array,
  cb: Float32Array,
  cr: Float32Array,
  to: Float32Array,
  start: number,
) => void

/**
 * A row of luma and chroma as a row of colours, cut off at the ends of the range.
 *
 * ITU-R BT.601-7 §2.5: R = Y + 1.402 Cr, B = Y + 1.772 Cb, G what is left of Y.
 */
export function yuvRowToRgb([low, high]: Range, { step, red, green, blue }: Colours): ColourWriter {
  return (luma, cb, cr, to, start) => {
    for (let x = 0, o = start; x < luma.length; x++, o += step) {
      const y = luma[x] ?? 0
      const u = cb[x] ?? 0
      const v = cr[x] ?? 0
      to[o + red] = clip(y + 1.402 * v, low, high)
      to[o + green] = clip(y - 0.344136 * u - 0.714136 * v, low, high)
      to[o + blue] = clip(y + 1.772 * u, low, high)
    }
  }
}

/** A row of gray as a row of colours. */
export function grayRowToRgb(
  luma: Float32Array,
  { step, red, green, blue }: Colours,
  to: Float32Array,
  start: number,
): void {
  for (let x = 0, o = start; x < luma.length; x++, o += step) {
    const value = luma[x] ?? 0
    to[o + red] = value
    to[o + green] = value
    to[o + blue] = value
  }
}

/** Cuts a value off at both ends. Without branches: real pictures would mispredict them. */
export function clip(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value))
}

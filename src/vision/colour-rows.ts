/** Limited range to −1..1: luma runs from 16 to 235, chroma 112 to either side of 128 (BT.601-7, §2.5). */
export const limitedLuma = { gain: 1 / 109.5, bias: -16 / 109.5 - 1 }
export const limitedChroma = { gain: 1 / 112, bias: -128 / 112 }

/**
 * A row of luma and chroma as a row of RGB, all in −1..1, cut off at the ends.
 *
 * ITU-R BT.601-7 §2.5: R = Y + 1.402 Cr, B = Y + 1.772 Cb, G what is left of Y. Luma comes as (v − 16)/109.5 − 1 and chroma
 * as (v − 128)/112: the limited range.
 */
export function yuvRowToRgb(
  luma: Float32Array,
  cb: Float32Array,
  cr: Float32Array,
  to: Float32Array,
  start: number,
): void {
  for (let x = 0, o = start; x < luma.length; x++, o += 3) {
    const y = luma[x] ?? 0
    const u = cb[x] ?? 0
    const v = cr[x] ?? 0
    to[o] = clip(y + 1.402 * v)
    to[o + 1] = clip(y - 0.344136 * u - 0.714136 * v)
    to[o + 2] = clip(y + 1.772 * u)
  }
}

/** A row of gray as a row of RGB. */
export function grayRowToRgb(luma: Float32Array, to: Float32Array, start: number): void {
  for (let x = 0, o = start; x < luma.length; x++, o += 3) {
    const value = luma[x] ?? 0
    to[o] = value
    to[o + 1] = value
    to[o + 2] = value
  }
}

/** Cuts a value off at −1 and 1. Without branches: real pictures would mispredict them. */
export function clip(value: number): number {
  return Math.max(-1, Math.min(1, value))
}

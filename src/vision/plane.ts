/** A plane of interleaved bytes, rows without padding. */
export type Plane = { readonly widthPx: number; readonly heightPx: number; readonly channels: 1 | 3 }

/** What becomes of a byte's value v: v · gain + bias. */
export type Levels = { readonly gain: number; readonly bias: number }

/** Where a pixel's colours are written: the first pixel's at these places, each next pixel `step` further on. */
export type Colours = { readonly step: number; readonly red: number; readonly green: number; readonly blue: number }

/** Red, green and blue side by side, pixel by pixel. */
export const interleaved: Colours = { step: 3, red: 0, green: 1, blue: 2 }

/**
 * Writes row `y` of the resized plane, which starts at byte `base`, into `to` from `start` on.
 * Holds scratch of its own: one call at a time.
 */
export type RowWriter = (bytes: Uint8Array, base: number, y: number, to: Float32Array, start: number) => void

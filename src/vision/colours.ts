/** What black and white become in a tensor. */
export type Range = readonly [low: number, high: number]

/** What becomes of a byte's value v: v · gain + bias. */
export type Levels = { readonly gain: number; readonly bias: number }

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

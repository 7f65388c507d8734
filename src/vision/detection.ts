/** One thing found in a picture, in the source's pixels (S7). */
export type Detection = {
  readonly label: string
  /** 0 to 1. */
  readonly score: number
  /** Left, top, width and height; may reach past the picture's edge. */
  readonly boxPx: readonly [x: number, y: number, width: number, height: number]
  readonly keypointsPx: readonly (readonly [x: number, y: number])[]
}

/** What a detector found in one picture, best first. */
export type Detections = {
  /** Width and height of the source's picture, which the boxes are measured in. */
  readonly sizePx: readonly [width: number, height: number]
  readonly found: readonly Detection[]
}

import type { FrameGeometry, SharedPixels } from '../core/frame.js'

/** Where a picture lies in a square, in whole pixels of the square. */
export type LetterboxArea = {
  readonly leftPx: number
  readonly topPx: number
  readonly widthPx: number
  readonly heightPx: number
}

/** The largest area of a picture's shape that fits into a square, in its middle; at least one pixel each way. */
export function letterboxArea(
  { widthPx, heightPx }: Pick<SharedPixels, 'widthPx' | 'heightPx'>,
  sizePx: number,
): LetterboxArea {
  const fit = Math.min(sizePx / widthPx, sizePx / heightPx)
  const width = Math.max(1, Math.round(widthPx * fit))
  const height = Math.max(1, Math.round(heightPx * fit))
  return { leftPx: (sizePx - width) >> 1, topPx: (sizePx - height) >> 1, widthPx: width, heightPx: height }
}

/**
 * How the letterboxed square lies in the source's frame (S7): source px = (square px − offset) · scale.
 *
 * Two steps in one: square → frame is frame px = (square px − left) · shrink, and frame → source is what the frame says of itself.
 */
export function letterboxGeometry(
  picture: Pick<SharedPixels, 'widthPx' | 'heightPx' | 'geometry'>,
  sizePx: number,
): FrameGeometry {
  const { widthPx, heightPx, geometry } = picture
  const area = letterboxArea(picture, sizePx)
  const shrinkX = widthPx / area.widthPx
  const shrinkY = heightPx / area.heightPx
  return {
    sourceWidthPx: geometry.sourceWidthPx,
    sourceHeightPx: geometry.sourceHeightPx,
    scaleX: shrinkX * geometry.scaleX,
    scaleY: shrinkY * geometry.scaleY,
    offsetXPx: area.leftPx + geometry.offsetXPx / shrinkX,
    offsetYPx: area.topPx + geometry.offsetYPx / shrinkY,
  }
}

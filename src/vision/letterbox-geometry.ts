import type { FrameGeometry, SharedPixels } from '../core/frame.js'

/**
 * The size of a model's picture, and how another picture is fitted into it.
 *
 * `middle`: its shape kept, in the middle. `corner`: its shape kept, cut off to whole pixels, in the left top corner (as YOLOX
 * has it). `stretch`: over all of it.
 */
export type LetterboxTarget = {
  readonly widthPx: number
  readonly heightPx: number
  readonly fit: 'middle' | 'corner' | 'stretch'
}

/** Where a picture lies in the target, in whole pixels of the target. */
export type LetterboxArea = {
  readonly leftPx: number
  readonly topPx: number
  readonly widthPx: number
  readonly heightPx: number
}

/** What rounding of a quotient may take off a whole number. */
const roundingPx = 1e-6

/** The largest area of a picture's shape that fits into the target; at least one pixel each way. */
export function letterboxArea(
  { widthPx, heightPx }: Pick<SharedPixels, 'widthPx' | 'heightPx'>,
  target: LetterboxTarget,
): LetterboxArea {
  if (target.fit === 'stretch') return { leftPx: 0, topPx: 0, widthPx: target.widthPx, heightPx: target.heightPx }
  const fit = Math.min(target.widthPx / widthPx, target.heightPx / heightPx)
  const whole = (px: number) => Math.max(1, target.fit === 'corner' ? Math.floor(px + roundingPx) : Math.round(px))
  const width = whole(widthPx * fit)
  const height = whole(heightPx * fit)
  if (target.fit === 'corner') return { leftPx: 0, topPx: 0, widthPx: width, heightPx: height }
  return {
    leftPx: (target.widthPx - width) >> 1,
    topPx: (target.heightPx - height) >> 1,
    widthPx: width,
    heightPx: height,
  }
}

/**
 * How the letterboxed picture lies in the source's frame (S7): source px = (target px − offset) · scale.
 *
 * Two steps in one: target → frame is frame px = (target px − left) · shrink, and frame → source is what the frame says of itself.
 */
export function letterboxGeometry(
  picture: Pick<SharedPixels, 'widthPx' | 'heightPx' | 'geometry'>,
  target: LetterboxTarget,
): FrameGeometry {
  const { widthPx, heightPx, geometry } = picture
  const area = letterboxArea(picture, target)
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

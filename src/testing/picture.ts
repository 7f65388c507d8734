import { bytesOf, type Frame, type FrameGeometry, type PixelFormat } from '../core/frame.js'
import type { FramePool, PictureShape } from '../core/pool.js'

/**
 * A picture as a value of a drawing: what its frame shows follows from its seed. A frame itself would be lent only once;
 * whoever gives a picture leases it anew, for the length of `next` (S6).
 */
export class Picture implements PictureShape {
  readonly format: PixelFormat
  readonly widthPx: number
  readonly heightPx: number
  readonly geometry: FrameGeometry
  readonly seed: number

  constructor(shape: PictureShape, seed: number) {
    this.format = shape.format
    this.widthPx = shape.widthPx
    this.heightPx = shape.heightPx
    this.geometry = shape.geometry
    this.seed = seed
  }

  /** A frame of the pool that shows it; its first share is the caller's. */
  lease(pool: FramePool): Frame {
    const frame = pool.lease(this)
    frame.bytes.set(this.pixels())
    return frame
  }

  pixels(): Uint8Array {
    const bytes = new Uint8Array(bytesOf(this.format, this.widthPx, this.heightPx))
    for (let index = 0; index < bytes.length; index++) bytes[index] = this.seed * 37 + index * (this.seed + 3)
    return bytes
  }
}

/**
 * A small picture for a drawing, gray unless told otherwise; the size of its source is its own unless told otherwise.
 *
 * @example
 * hot('-a|', { a: picture(4, 4) })
 */
export function picture(
  widthPx: number,
  heightPx: number,
  facts: { readonly format?: PixelFormat; readonly geometry?: FrameGeometry; readonly seed?: number } = {},
): Picture {
  const own = { sourceWidthPx: widthPx, sourceHeightPx: heightPx, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
  const { format = 'gray', geometry = own, seed = 1 } = facts
  return new Picture({ format, widthPx, heightPx, geometry }, seed)
}

import { bytesOf, createPixelMemory, type SharedPixels } from '../core/frame.js'

/** A picture with nothing on it, for the first run of a model. */
export function blankPicture(widthPx: number, heightPx: number): SharedPixels {
  return {
    buffer: createPixelMemory(bytesOf('yuv420p', widthPx, heightPx)).bytes.buffer,
    byteOffset: 0,
    generation: 0,
    format: 'yuv420p',
    widthPx,
    heightPx,
    geometry: { sourceWidthPx: widthPx, sourceHeightPx: heightPx, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 },
  }
}

import fc from 'fast-check'
import { bytesOf, createPixelMemory } from '../../src/core/frame.js'
import type { FrameGeometry, PixelFormat, SharedPixels } from '../../src/core/frame.js'

export const anyFormat = fc.constantFrom<PixelFormat>('rgb24', 'yuv420p', 'gray')

/** A frame that is the source itself. */
export function asSource(widthPx: number, heightPx: number): FrameGeometry {
  return { sourceWidthPx: widthPx, sourceHeightPx: heightPx, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
}

/** A picture whose byte i is `byteAt(i)`; it lies off the start of its buffer, so that whoever forgets the offset is found out. */
export function picture(
  format: PixelFormat,
  widthPx: number,
  heightPx: number,
  byteAt: (index: number) => number,
  geometry: FrameGeometry = asSource(widthPx, heightPx),
): SharedPixels {
  const byteOffset = 5
  const size = bytesOf(format, widthPx, heightPx)
  const { buffer } = createPixelMemory(byteOffset + size).bytes
  new Uint8Array(buffer, byteOffset).set(Uint8Array.from({ length: size }, (_, i) => byteAt(i)))
  return { buffer, byteOffset, generation: 0, format, widthPx, heightPx, geometry }
}

/** Noise that is the same for the same seed (mulberry32). */
export function noise(seed: number): (index: number) => number {
  return (index) => {
    let t = (seed + index * 0x6d2b79f5) | 0
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) & 255
  }
}

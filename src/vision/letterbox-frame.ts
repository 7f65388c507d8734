import type { Frame } from '../core/frame.js'
import type { FramePool } from '../core/pool.js'

/** One plane of a picture: `channels` bytes a pixel, rows without gaps. */
type BytePlane = {
  readonly bytes: Uint8Array
  readonly widthPx: number
  readonly heightPx: number
  readonly channels: number
}
type Place = { readonly xPx: number; readonly yPx: number; readonly widthPx: number; readonly heightPx: number }

const even = (px: number): number => Math.max(2, Math.round(px / 2) * 2)

/** Averages the pixels of the source that fall on each pixel of the target (box filter); copies where sizes agree. */
function placePlane(source: BytePlane, target: BytePlane, place: Place): void {
  const { channels } = source
  for (let y = 0; y < place.heightPx; y++) {
    const row = ((place.yPx + y) * target.widthPx + place.xPx) * channels
    const top = Math.floor((y * source.heightPx) / place.heightPx)
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * source.heightPx) / place.heightPx))
    if (place.widthPx === source.widthPx && bottom === top + 1) {
      const from = top * source.widthPx * channels
      target.bytes.set(source.bytes.subarray(from, from + source.widthPx * channels), row)
      continue
    }
    for (let x = 0; x < place.widthPx; x++) {
      const left = Math.floor((x * source.widthPx) / place.widthPx)
      const right = Math.max(left + 1, Math.floor(((x + 1) * source.widthPx) / place.widthPx))
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0
        for (let v = top; v < bottom; v++) {
          for (let u = left; u < right; u++) sum += source.bytes[(v * source.widthPx + u) * channels + channel] ?? 0
        }
        target.bytes[row + x * channels + channel] = Math.round(sum / ((bottom - top) * (right - left)))
      }
    }
  }
}

function planesOf(frame: Frame): readonly BytePlane[] {
  const { bytes, format, widthPx, heightPx } = frame
  if (format !== 'yuv420p') return [{ bytes, widthPx, heightPx, channels: format === 'rgb24' ? 3 : 1 }]
  const [halfWidth, halfHeight] = [Math.ceil(widthPx / 2), Math.ceil(heightPx / 2)]
  const [luma, chroma] = [widthPx * heightPx, halfWidth * halfHeight]
  const plane = (from: number): BytePlane => ({
    bytes: bytes.subarray(from, from + chroma),
    widthPx: halfWidth,
    heightPx: halfHeight,
    channels: 1,
  })
  return [{ bytes: bytes.subarray(0, luma), widthPx, heightPx, channels: 1 }, plane(luma), plane(luma + chroma)]
}

/**
 * A frame fitted into a size with black borders, in the middle, its shape kept, never enlarged. The geometry leads back
 * to the source's pixels. The caller owes the new frame one `release()`.
 */
export function letterboxFrame(frame: Frame, [widthPx, heightPx]: readonly [number, number], pool: FramePool): Frame {
  const shrink = Math.min(1, widthPx / frame.widthPx, heightPx / frame.heightPx)
  const width = Math.min(even(frame.widthPx * shrink), widthPx)
  const height = Math.min(even(frame.heightPx * shrink), heightPx)
  const xPx = Math.floor((widthPx - width) / 4) * 2
  const yPx = Math.floor((heightPx - height) / 4) * 2
  const [acrossX, acrossY] = [frame.widthPx / width, frame.heightPx / height]
  const { geometry, format } = frame
  // Read before anything is leased: a stale frame throws here, and nobody would give the new one back.
  const sources = planesOf(frame)
  const boxed = pool.lease({
    format,
    widthPx,
    heightPx,
    geometry: {
      ...geometry,
      scaleX: geometry.scaleX * acrossX,
      scaleY: geometry.scaleY * acrossY,
      offsetXPx: xPx + geometry.offsetXPx / acrossX,
      offsetYPx: yPx + geometry.offsetYPx / acrossY,
    },
  })
  const targets = planesOf(boxed)
  for (const [index, source] of sources.entries()) {
    const target = targets[index]
    if (target === undefined) continue
    const part = index === 0 ? 1 : 2
    target.bytes.fill(format === 'yuv420p' ? (index === 0 ? 16 : 128) : 0)
    placePlane(source, target, {
      xPx: xPx / part,
      yPx: yPx / part,
      widthPx: Math.ceil(width / part),
      heightPx: Math.ceil(height / part),
    })
  }
  return boxed
}

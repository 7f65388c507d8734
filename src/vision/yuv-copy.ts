import { clip, limitedChroma, limitedLuma } from './colour-rows.js'
import type { RowWriter } from './plane.js'

/** The row of a yuv420p picture as RGB at its own size, in one pass: what the general way gives, three times as fast. */
export function yuvCopy(widthPx: number, heightPx: number): RowWriter {
  const halfWidth = Math.ceil(widthPx / 2)
  const lumaBytes = widthPx * heightPx
  const chromaBytes = halfWidth * Math.ceil(heightPx / 2)
  const lumaOf = Float32Array.from({ length: 256 }, (_, byte) => byte * limitedLuma.gain + limitedLuma.bias)
  const chromaOf = Float32Array.from({ length: 256 }, (_, byte) => byte * limitedChroma.gain + limitedChroma.bias)
  return (bytes, base, y, to, start) => {
    let luma = base + y * widthPx
    let cb = base + lumaBytes + (y >> 1) * halfWidth
    let cr = cb + chromaBytes
    const end = start + widthPx * 3
    for (let o = start; o < end; o += 6, luma += 2) {
      const u = chromaOf[bytes[cb++] ?? 0] ?? 0
      const v = chromaOf[bytes[cr++] ?? 0] ?? 0
      const red = 1.402 * v
      const green = -0.344136 * u - 0.714136 * v
      const blue = 1.772 * u
      const first = lumaOf[bytes[luma] ?? 0] ?? 0
      to[o] = clip(first + red)
      to[o + 1] = clip(first + green)
      to[o + 2] = clip(first + blue)
      if (o + 3 === end) return
      const second = lumaOf[bytes[luma + 1] ?? 0] ?? 0
      to[o + 3] = clip(second + red)
      to[o + 4] = clip(second + green)
      to[o + 5] = clip(second + blue)
    }
  }
}

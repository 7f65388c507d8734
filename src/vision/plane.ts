import type { PixelFormat } from '../core/frame.js'
import type { Kernel } from './kernel.js'

/** A plane of interleaved bytes, rows without padding. */
export type Plane = {
  readonly widthPx: number
  readonly heightPx: number
  readonly channels: 1 | 3
  /** Where it begins in its picture. */
  readonly fromByte: number
}

/** The planes that a picture lies in; of yuv420p luma, Cb and Cr. */
export function planesOf(format: PixelFormat, widthPx: number, heightPx: number): readonly Plane[] {
  if (format !== 'yuv420p') return [{ widthPx, heightPx, channels: format === 'rgb24' ? 3 : 1, fromByte: 0 }]
  const luma = widthPx * heightPx
  const half = { widthPx: Math.ceil(widthPx / 2), heightPx: Math.ceil(heightPx / 2), channels: 1 as const }
  return [
    { widthPx, heightPx, channels: 1, fromByte: 0 },
    { ...half, fromByte: luma },
    { ...half, fromByte: luma + half.widthPx * half.heightPx },
  ]
}

/** Makes the rows of a resized plane as numbers of 0 to 255, one after the other from the top. */
export type Resampler = {
  readonly plane: Plane
  /** For each row that is made: the first row of the plane that it needs, and the row after the last one. */
  readonly firsts: Int32Array
  readonly ends: Int32Array
  /** Where the row of each channel is left; of one channel three times the same. */
  readonly rows: readonly [number, number, number]
  /** Makes row y. `base` is where the plane's row 0 lies or would lie; rows that y needs are there. */
  readonly make: (y: number, base: number) => void
}

/** The resampler of a plane, with tables and rows of its own in the kernel's memory. */
export type Resample = (kernel: Kernel, plane: Plane, toWidthPx: number, toHeightPx: number) => Resampler

/** Room for rows of numbers; of one channel three times the same. */
export function numberRows(kernel: Kernel, channels: 1 | 3, widthPx: number): readonly [number, number, number] {
  const take = (): number => kernel.take(widthPx * Float32Array.BYTES_PER_ELEMENT)
  const a = take()
  return channels === 1 ? [a, a, a] : [a, take(), take()]
}

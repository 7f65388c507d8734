import { fullLevels, limitedLevels, type Range } from './colours.js'
import type { Kernel } from './kernel.js'

/** Writes the rows that lie ready into the tensor, from this address on. */
export type RowWriter = (to: number) => void

type Way = {
  readonly widthPx: number
  readonly heightPx: number
  readonly layout: 'nhwc' | 'nchw'
  readonly order: 'rgb' | 'bgr'
  readonly range: Range
}
type Rows = readonly [number, number, number]

const reversed = ([a, b, c]: Rows): Rows => [c, b, a]

/** Rows of red, green and blue. */
export function writeLevels({ rows: calls }: Kernel, rgb: Rows, way: Way, widthPx: number): RowWriter {
  const { gain, bias } = fullLevels(way.range)
  const rows = way.order === 'rgb' ? rgb : reversed(rgb)
  const planeBytes = planeBytesOf(way)
  if (way.layout === 'nhwc')
    return (to) => {
      calls.levelsToPixels(...rows, gain, bias, to, widthPx)
    }
  return (to) => {
    for (let i = 0; i < 3; i++) calls.levelsToPlanes(rows[i] ?? 0, gain, bias, to + i * planeBytes, widthPx)
  }
}

/**
 * Rows of luma, Cb and Cr, of limited range, cut off at the ends of the range.
 *
 * ITU-R BT.601-7 §2.5: R = Y + 1.402 Cr, B = Y + 1.772 Cb, G what is left of Y.
 */
export function writeColours(kernel: Kernel, [y, cb, cr]: Rows, way: Way, widthPx: number): RowWriter {
  const { rows: calls } = kernel
  const { luma, chroma } = limitedLevels(way.range)
  const ofCr = { row: cr, own: 1.402, green: -0.714136 }
  const ofCb = { row: cb, own: 1.772, green: -0.344136 }
  const [p, q] = way.order === 'rgb' ? [ofCr, ofCb] : [ofCb, ofCr]
  const biasOf = (gain: number): number => luma.bias + gain * chroma.bias
  const colours = kernel.table(
    Float32Array.of(
      luma.gain,
      ...[p.own * chroma.gain, biasOf(p.own)],
      ...[p.green * chroma.gain, q.green * chroma.gain, biasOf(p.green + q.green)],
      ...[q.own * chroma.gain, biasOf(q.own)],
      ...way.range,
    ),
  )
  const planeBytes = planeBytesOf(way)
  if (way.layout === 'nhwc')
    return (to) => {
      calls.coloursToPixels(y, p.row, q.row, colours, to, widthPx)
    }
  return (to) => {
    calls.coloursToPlanes(y, p.row, q.row, colours, to, to + planeBytes, to + 2 * planeBytes, widthPx)
  }
}

function planeBytesOf({ widthPx, heightPx }: Way): number {
  return widthPx * heightPx * Float32Array.BYTES_PER_ELEMENT
}

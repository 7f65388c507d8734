import { type Colours, interleaved, type Levels, type Plane, type RowWriter } from './plane.js'

/** Resizes a plane between the four neighbours of each output pixel; pixel centres lie on the half, as OpenCV's INTER_LINEAR. */
export function bilinear(
  from: Plane,
  toWidthPx: number,
  toHeightPx: number,
  { gain, bias }: Levels,
  colours: Colours = interleaved,
): RowWriter {
  const columns = neighbours(from.widthPx, toWidthPx)
  const rows = neighbours(from.heightPx, toHeightPx)
  const stride = from.widthPx * from.channels
  const mixed = new Float32Array(stride)
  return (bytes, base, y, to, start) => {
    const share = (rows.share[y] ?? 0) * gain
    const first = base + (rows.first[y] ?? 0) * stride
    const second = base + (rows.second[y] ?? 0) * stride
    mixRows(bytes, first, second, gain - share, share, bias, mixed)
    if (from.channels === 3) mixThree(mixed, columns, to, start, colours)
    else mixOne(mixed, columns, to, start)
  }
}

/** The two pixels that each output pixel lies between, and the share of the second. */
type Neighbours = { readonly first: Int32Array; readonly second: Int32Array; readonly share: Float32Array }

function neighbours(from: number, to: number): Neighbours {
  const position = (i: number) => Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5))
  return {
    first: Int32Array.from({ length: to }, (_, i) => Math.floor(position(i))),
    second: Int32Array.from({ length: to }, (_, i) => Math.ceil(position(i))),
    share: Float32Array.from({ length: to }, (_, i) => position(i) % 1),
  }
}

function mixRows(
  bytes: Uint8Array,
  first: number,
  second: number,
  firstGain: number,
  secondGain: number,
  bias: number,
  mixed: Float32Array,
): void {
  for (let i = 0; i < mixed.length; i++) {
    mixed[i] = (bytes[first + i] ?? 0) * firstGain + (bytes[second + i] ?? 0) * secondGain + bias
  }
}

function mixOne(mixed: Float32Array, { first, second, share }: Neighbours, to: Float32Array, start: number): void {
  for (let x = 0; x < first.length; x++) {
    const a = mixed[first[x] ?? 0] ?? 0
    to[start + x] = a + ((mixed[second[x] ?? 0] ?? 0) - a) * (share[x] ?? 0)
  }
}

function mixThree(
  mixed: Float32Array,
  { first, second, share }: Neighbours,
  to: Float32Array,
  start: number,
  { step, red, green, blue }: Colours,
): void {
  for (let x = 0, o = start; x < first.length; x++, o += step) {
    const i = (first[x] ?? 0) * 3
    const j = (second[x] ?? 0) * 3
    const s = share[x] ?? 0
    const r = mixed[i] ?? 0
    const g = mixed[i + 1] ?? 0
    const b = mixed[i + 2] ?? 0
    to[o + red] = r + ((mixed[j] ?? 0) - r) * s
    to[o + green] = g + ((mixed[j + 1] ?? 0) - g) * s
    to[o + blue] = b + ((mixed[j + 2] ?? 0) - b) * s
  }
}

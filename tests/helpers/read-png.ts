import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'

/** A picture of RGB, eight bits a colour, without interlacing, as its bytes (PNG, ISO/IEC 15948). */
export function readPng(path: URL): {
  readonly widthPx: number
  readonly heightPx: number
  readonly bytes: Uint8Array
} {
  const file = readFileSync(path)
  const [widthPx, heightPx] = [file.readUInt32BE(16), file.readUInt32BE(20)]
  if (file.readUInt8(24) !== 8 || file.readUInt8(25) !== 2 || file.readUInt8(28) !== 0)
    throw new Error(`${path.pathname} is no plain RGB`)
  const packed: Buffer[] = []
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT')
      packed.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)))
  }
  return { widthPx, heightPx, bytes: unfilter(inflateSync(Buffer.concat(packed)), widthPx * 3, heightPx) }
}

/** Each row has a byte that says how it was written as a difference to what is left of it and above it. */
function unfilter(rows: Buffer, stride: number, heightPx: number): Uint8Array {
  const bytes = new Uint8Array(stride * heightPx)
  for (let y = 0; y < heightPx; y++) {
    const kind = rows[y * (stride + 1)] ?? 0
    for (let x = 0; x < stride; x++) {
      const left = x < 3 ? 0 : (bytes[y * stride + x - 3] ?? 0)
      const above = y === 0 ? 0 : (bytes[(y - 1) * stride + x] ?? 0)
      const corner = x < 3 || y === 0 ? 0 : (bytes[(y - 1) * stride + x - 3] ?? 0)
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][kind] ?? 0
      bytes[y * stride + x] = (rows[y * (stride + 1) + 1 + x] ?? 0) + guess
    }
  }
  return bytes
}

function paeth(left: number, above: number, corner: number): number {
  const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)]
  if (a <= b && a <= c) return left
  return b <= c ? above : corner
}

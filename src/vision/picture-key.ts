import { bytesOf, readCurrent, type SharedPixels } from '../core/frame.js'

/**
 * The content of a picture in a few letters: the same for two pictures of the same bytes, size and place in the source's
 * frame, another for any other (two mixtures of 32 bits by MurmurHash3's steps: one in 2⁶⁴ by chance, not against malice).
 *
 * @throws SaccadeError `stale-frame`
 */
export function pictureKey(pixels: SharedPixels): string {
  return readCurrent(pixels, ({ buffer, byteOffset, format, widthPx, heightPx, geometry }) => {
    const { sourceWidthPx, sourceHeightPx, scaleX, scaleY, offsetXPx, offsetYPx } = geometry
    const place = [sourceWidthPx, sourceHeightPx, scaleX, scaleY, offsetXPx, offsetYPx]
    const mixed = mix(buffer, byteOffset, bytesOf(format, widthPx, heightPx))
    return [format, widthPx, heightPx, ...place, mixed].join(' ')
  })
}

function mix(buffer: SharedArrayBuffer, byteOffset: number, byteCount: number): string {
  // Pixels lie at the beginning of their memory; elsewhere words could not be read in place.
  const words = byteOffset % 4 === 0 ? new Int32Array(buffer, byteOffset, byteCount >> 2) : new Int32Array(0)
  let a = 0x9747b28c
  let b = 0x3c6ef372
  for (const word of words) {
    let k = Math.imul(word, 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    a ^= Math.imul(k, 0x1b873593)
    a = (a << 13) | (a >>> 19)
    a = (Math.imul(a, 5) + 0xe6546b64) | 0
    b = Math.imul(b ^ word, 0x85ebca6b)
    b ^= b >>> 15
  }
  const rest = new Uint8Array(buffer, byteOffset + words.byteLength, byteCount - words.byteLength)
  for (const byte of rest) {
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b ^ byte, 0x85ebca6b)
    b ^= b >>> 13
  }
  return `${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`
}

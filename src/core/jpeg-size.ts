/**
 * The size that a JPEG says it has, in px, without decoding it; null where the bytes are no JPEG.
 * So that a small file cannot ask for much memory. Segments by ITU T.81, B.1 and B.2.
 */
export function jpegSize(bytes: Uint8Array): readonly [widthPx: number, heightPx: number] | null {
  const at = (index: number): number => bytes[index] ?? 0
  if (at(0) !== 0xff || at(1) !== 0xd8) return null
  let next = 2
  while (next + 9 < bytes.byteLength) {
    if (at(next) !== 0xff) return null
    const marker = at(next + 1)
    // Any number of 0xff may stand before a marker.
    if (marker === 0xff) {
      next++
      continue
    }
    // A start of frame: all of SOF0 to SOF15 but DHT, JPG and DAC.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const [heightPx, widthPx] = [(at(next + 5) << 8) | at(next + 6), (at(next + 7) << 8) | at(next + 8)]
      return widthPx === 0 || heightPx === 0 ? null : [widthPx, heightPx]
    }
    const length = (at(next + 2) << 8) | at(next + 3)
    // The scan begins, or a segment that cannot be: no frame was told before it.
    if (marker === 0xda || marker === 0xd9 || length < 2) return null
    next += 2 + length
  }
  return null
}

/**
 * Writes a picture of rgb24 as yuv420p: BT.601, limited range, chroma as the mean of each 2×2 pixels, as FFmpeg gives it.
 */
export function yuvFromRgb(rgb: Uint8Array, widthPx: number, heightPx: number, yuv: Uint8Array): void {
  const halfWidth = Math.ceil(widthPx / 2)
  const halfHeight = Math.ceil(heightPx / 2)
  const cb = widthPx * heightPx
  const cr = cb + halfWidth * halfHeight
  for (let i = 0, at = 0; i < cb; i++, at += 3)
    yuv[i] = 16.5 + 0.256788 * (rgb[at] ?? 0) + 0.504129 * (rgb[at + 1] ?? 0) + 0.097906 * (rgb[at + 2] ?? 0)
  for (let y = 0; y < halfHeight; y++) {
    const top = y * 2 * widthPx * 3
    const bottom = y * 2 + 1 < heightPx ? top + widthPx * 3 : top
    for (let x = 0; x < halfWidth; x++) {
      const left = x * 6
      const right = x * 2 + 1 < widthPx ? left + 3 : left
      const mean = (channel: number): number =>
        ((rgb[top + left + channel] ?? 0) +
          (rgb[top + right + channel] ?? 0) +
          (rgb[bottom + left + channel] ?? 0) +
          (rgb[bottom + right + channel] ?? 0)) /
        4
      const [r, g, b] = [mean(0), mean(1), mean(2)]
      const i = y * halfWidth + x
      yuv[cb + i] = 128.5 - 0.148223 * r - 0.290993 * g + 0.439216 * b
      yuv[cr + i] = 128.5 + 0.439216 * r - 0.367788 * g - 0.071427 * b
    }
  }
}

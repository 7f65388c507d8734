import { bytesOf, Frame } from './frame.js'

/** How much memory a packet's value keeps while it waits: a picture, sound, or raw bytes; 0 for what is small. */
export function bytesOfValue(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  if (value instanceof Frame) return bytesOf(value.format, value.widthPx, value.heightPx)
  if ('samples' in value && ArrayBuffer.isView(value.samples)) return value.samples.byteLength
  const isRaw = ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer
  return isRaw ? value.byteLength : 0
}

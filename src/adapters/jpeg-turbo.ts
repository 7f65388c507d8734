import type * as JpegTurbo from '@julusian/jpeg-turbo'
import { createRequire } from 'node:module'
import type { DecodeJpeg, EncodeJpeg } from '../core/adapters.js'
import { bytesOf } from '../core/frame.js'
import { loadOptional } from './optional.js'
import { yuvFromRgb } from './yuv-from-rgb.js'

const load = (): Promise<typeof JpegTurbo> =>
  loadOptional('@julusian/jpeg-turbo', () =>
    Promise.resolve(createRequire(import.meta.url)('@julusian/jpeg-turbo') as typeof JpegTurbo),
  )

/** Encoders at work at once seldom are more: the qualities that viewers take. */
const mostSpare = 4
const noRoom = { before: 0, behind: 0 } as const

/** libjpeg-turbo, in a thread of the library's own. It takes pixels of rgb24 only, where they lie. */
export async function jpegEncoder(): Promise<EncodeJpeg> {
  const turbo = await load()
  // The library wants room for the worst case, a megabyte: memory that was used before costs no page faults.
  let spare: Buffer[] = []
  let size = { width: 0, height: 0, subsampling: turbo.SAMP_420 }
  let most = 0
  return async ({ bytes, widthPx, heightPx }, quality, { before, behind } = noRoom) => {
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (size.width !== widthPx || size.height !== heightPx) {
      size = { ...size, width: widthPx, height: heightPx }
      most = turbo.bufferSize(size)
      spare = []
    }
    const scratch = spare.pop() ?? Buffer.allocUnsafeSlow(most)
    const jpeg = await turbo.compress(raw, scratch, { ...size, format: turbo.FORMAT_RGB, quality })
    const message = Buffer.allocUnsafeSlow(before + jpeg.byteLength + behind)
    message.set(jpeg, before)
    if (spare.length < mostSpare && scratch.byteLength === most) spare.push(scratch)
    return message
  }
}

/** The way back: from a JPEG into the frame, in the same threads. The library gives no planes of chroma: those are made of RGB. */
export async function jpegDecoder(): Promise<DecodeJpeg> {
  const turbo = await load()
  return async (jpeg, frame) => {
    const { format, widthPx, heightPx, bytes } = frame
    const source = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength)
    const inPlace = format !== 'yuv420p'
    const pixels = inPlace
      ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : Buffer.allocUnsafeSlow(bytesOf('rgb24', widthPx, heightPx))
    const wanted = { format: format === 'gray' ? turbo.FORMAT_GRAY : turbo.FORMAT_RGB }
    const { width, height } = await turbo.decompress(source, pixels, wanted)
    if (width !== widthPx || height !== heightPx) throw new Error('the JPEG has another size than its frame')
    if (!inPlace) yuvFromRgb(pixels, widthPx, heightPx, bytes)
  }
}

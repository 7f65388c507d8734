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

/** libjpeg-turbo, in a thread of the library's own. It takes pixels of rgb24 only, where they lie. */
export async function jpegEncoder(): Promise<EncodeJpeg> {
  const turbo = await load()
  // The library wants room for the worst case, a megabyte: memory that was used before costs no page faults.
  let spare: Buffer[] = []
  return async ({ bytes, widthPx, heightPx }, quality, headBytes = 0) => {
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const size = { width: widthPx, height: heightPx, subsampling: turbo.SAMP_420 }
    const room = turbo.bufferSize(size)
    const scratch = spare.pop() ?? Buffer.allocUnsafeSlow(room)
    // Of pictures that became larger or smaller, the old is forgotten.
    const fits = scratch.byteLength === room ? scratch : Buffer.allocUnsafeSlow(room)
    if (fits !== scratch) spare = []
    const jpeg = await turbo.compress(raw, fits, { ...size, format: turbo.FORMAT_RGB, quality })
    const message = Buffer.allocUnsafeSlow(headBytes + jpeg.byteLength)
    message.set(jpeg, headBytes)
    if (spare.length < mostSpare) spare.push(fits)
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

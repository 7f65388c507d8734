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

/** libjpeg-turbo, in a thread of the library's own. */
export async function jpegEncoder(): Promise<EncodeJpeg> {
  const turbo = await load()
  return (picture, quality) => {
    const { bytes, widthPx, heightPx } = picture
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const options = { format: turbo.FORMAT_RGB, width: widthPx, height: heightPx, quality, subsampling: turbo.SAMP_420 }
    return turbo.compress(raw, options)
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

import type * as JpegTurbo from '@julusian/jpeg-turbo'
import { createRequire } from 'node:module'
import type { EncodeJpeg } from '../core/adapters.js'
import { loadOptional } from './optional.js'

/** libjpeg-turbo, in a thread of the library's own. */
export async function jpegEncoder(): Promise<EncodeJpeg> {
  const turbo = await loadOptional('@julusian/jpeg-turbo', () =>
    Promise.resolve(createRequire(import.meta.url)('@julusian/jpeg-turbo') as typeof JpegTurbo),
  )
  return (picture, quality) => {
    const { bytes, widthPx, heightPx } = picture
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const options = { format: turbo.FORMAT_RGB, width: widthPx, height: heightPx, quality, subsampling: turbo.SAMP_420 }
    return turbo.compress(raw, options)
  }
}

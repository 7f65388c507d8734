import type * as JpegTurbo from '@julusian/jpeg-turbo'
import { createRequire } from 'node:module'
import type { EncodeJpeg } from '../core/adapters.js'
import { loadOptional } from './optional.js'

/** Encoders at work at once seldom are more: the qualities that viewers take. */
const mostSpare = 4

/** libjpeg-turbo, in a thread of the library's own. It takes pixels of rgb24 only, where they lie. */
export async function jpegEncoder(): Promise<EncodeJpeg> {
  const turbo = await loadOptional('@julusian/jpeg-turbo', () =>
    Promise.resolve(createRequire(import.meta.url)('@julusian/jpeg-turbo') as typeof JpegTurbo),
  )
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
    const message = new Uint8Array(headBytes + jpeg.byteLength)
    message.set(jpeg, headBytes)
    if (spare.length < mostSpare) spare.push(fits)
    return message
  }
}

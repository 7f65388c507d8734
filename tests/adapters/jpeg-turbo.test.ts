import { describe, expect, test } from 'vitest'
import { jpegDecoder, jpegEncoder } from '../../src/adapters/jpeg-turbo.js'
import type { Frame, PixelFormat } from '../../src/core/frame.js'
import { jpegSize } from '../../src/core/jpeg-size.js'
import { createPool } from '../../src/core/pool.js'

const [widthPx, heightPx] = [64, 48]

/** Red on the left, blue on the right; JPEG keeps such areas nearly as they are. */
function halves(): Uint8Array {
  const rgb = new Uint8Array(widthPx * heightPx * 3)
  for (let i = 0; i < widthPx * heightPx; i++) rgb.set(i % widthPx < widthPx / 2 ? [200, 30, 40] : [20, 60, 180], i * 3)
  return rgb
}

async function encoded(): Promise<Uint8Array> {
  return (await jpegEncoder())({ bytes: halves(), widthPx, heightPx }, 90)
}

function lease(format: PixelFormat, width = widthPx): Frame {
  const geometry = { sourceWidthPx: width, sourceHeightPx: heightPx, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
  return createPool().lease({ format, widthPx: width, heightPx, geometry })
}

async function decoded(format: PixelFormat): Promise<Uint8Array> {
  const frame = lease(format)
  await (
    await jpegDecoder()
  )(await encoded(), frame)
  const bytes = Uint8Array.from(frame.bytes)
  frame.release()
  return bytes
}

const near = (bytes: Uint8Array, at: number, expected: readonly number[]): void => {
  for (const [i, value] of expected.entries()) expect(Math.abs((bytes[at + i] ?? NaN) - value)).toBeLessThan(6)
}
/** In the middle of the left half, and of the right. */
const [left, right] = [24 * widthPx + 16, 24 * widthPx + 48]

describe('the decoder', () => {
  test('gives rgb24', async () => {
    const rgb = await decoded('rgb24')
    near(rgb, left * 3, [200, 30, 40])
    near(rgb, right * 3, [20, 60, 180])
  })

  test('gives gray: luma in full range', async () => {
    const gray = await decoded('gray')
    near(gray, left, [0.299 * 200 + 0.587 * 30 + 0.114 * 40])
    near(gray, right, [0.299 * 20 + 0.587 * 60 + 0.114 * 180])
  })

  test('gives yuv420p: BT.601 in limited range, as FFmpeg does', async () => {
    const yuv = await decoded('yuv420p')
    const luma = (r: number, g: number, b: number): number => 16 + (219 / 255) * (0.299 * r + 0.587 * g + 0.114 * b)
    near(yuv, left, [luma(200, 30, 40)])
    near(yuv, right, [luma(20, 60, 180)])
    const chroma = widthPx * heightPx
    const quarter = chroma / 4
    const [l, r] = [12 * 32 + 8, 12 * 32 + 24]
    near(yuv, chroma + l, [128 - 0.148 * 200 - 0.291 * 30 + 0.439 * 40])
    near(yuv, chroma + r, [128 - 0.148 * 20 - 0.291 * 60 + 0.439 * 180])
    near(yuv, chroma + quarter + l, [128 + 0.439 * 200 - 0.368 * 30 - 0.071 * 40])
    near(yuv, chroma + quarter + r, [128 + 0.439 * 20 - 0.368 * 60 - 0.071 * 180])
  })

  test('what the encoder writes has the size that is read off it', async () => {
    expect(jpegSize(await encoded())).toEqual([widthPx, heightPx])
  })

  test.each([0, 2, 40, 0.5, 0.98])('rejects a JPEG that breaks off (%d)', async (cut) => {
    const jpeg = await encoded()
    const frame = lease('rgb24')
    const short = jpeg.subarray(0, cut >= 2 || cut === 0 ? cut : Math.floor(jpeg.length * cut))
    await expect((await jpegDecoder())(short, frame)).rejects.toThrow()
    frame.release()
  })

  test('rejects one of another size, also where it would have room', async () => {
    const frame = lease('rgb24', widthPx * 2)
    await expect((await jpegDecoder())(await encoded(), frame)).rejects.toThrow(/another size/)
    frame.release()
  })
})

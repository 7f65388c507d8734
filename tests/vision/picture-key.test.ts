import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, type SharedPixels } from '../../src/core/frame.js'
import { createPool } from '../../src/core/pool.js'
import { pictureKey } from '../../src/vision/picture-key.js'
import { runs } from '../helpers/runs.js'
import { anyFormat, asSource } from './pictures.js'

const anySize = fc.integer({ min: 1, max: 40 })

test('law: pictures of the same content have the same key; any other byte, size, format or place is another', () => {
  fc.assert(
    fc.property(anyFormat, anySize, anySize, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (...drawn) => {
      const [format, widthPx, heightPx, seed, at, by] = drawn
      const pool = createPool()
      const geometry = asSource(widthPx, heightPx)
      const shares: (() => void)[] = []
      const made = (change: (bytes: Uint8Array) => void = () => undefined): SharedPixels => {
        const frame = pool.lease({ format, widthPx, heightPx, geometry })
        for (let i = 0; i < frame.bytes.length; i++) frame.bytes[i] = (i * 31 + seed) & 255
        change(frame.bytes)
        shares.push(() => {
          frame.release()
        })
        return frame.pixels
      }
      const one = made()
      const key = pictureKey(one)
      expect(pictureKey(made())).toBe(key)
      const place = at % bytesOf(format, widthPx, heightPx)
      const other = made((bytes) => {
        bytes[place] = ((bytes[place] ?? 0) + by) & 255
      })
      expect(pictureKey(other)).not.toBe(key)
      expect(pictureKey({ ...one, geometry: { ...geometry, offsetXPx: 1 } })).not.toBe(key)
      if (widthPx !== heightPx) expect(pictureKey({ ...one, widthPx: heightPx, heightPx: widthPx })).not.toBe(key)
      for (const giveBack of shares) giveBack()
    }),
    { numRuns: runs(300) },
  )
})

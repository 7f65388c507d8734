import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOfValue } from '../../src/core/bytes-of-value.js'
import { createPool } from '../../src/core/pool.js'
import { shapeOf } from './births.js'

test('law: a picture counts the bytes it lies in, also when it was given back', () => {
  const side = fc.integer({ min: 1, max: 20 })
  fc.assert(
    fc.property(side, side, fc.constantFrom('gray', 'rgb24', 'yuv420p'), (widthPx, heightPx, format) => {
      const frame = createPool().lease(shapeOf(widthPx, heightPx, format))
      const { length } = frame.bytes
      expect(bytesOfValue(frame)).toBe(length)
      frame.release()
      expect(bytesOfValue(frame)).toBe(length)
    }),
  )
})

test.each([
  ['sound', { sampleRateHz: 16_000, samples: new Float32Array(320) }, 1280],
  ['a view', new Float64Array(new ArrayBuffer(80), 8, 3), 24],
  ['a buffer', new ArrayBuffer(7), 7],
  ['shared memory', new SharedArrayBuffer(9), 9],
  ['detections', { sizePx: [1, 1], found: [] }, 0],
  ['samples that are none', { samples: [1, 2] }, 0],
  ['a number', 5, 0],
  ['nothing', null, 0],
  ['a word', 'word', 0],
])('%s', (_, value, bytes) => {
  expect(bytesOfValue(value)).toBe(bytes)
})

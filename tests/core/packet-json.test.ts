import { expect, test } from 'vitest'
import { packetJson } from '../../src/core/packet-json.js'
import { createPool } from '../../src/core/pool.js'
import { packetOf, shapeOf } from './births.js'

test('what is binary is told by its size, in a list too', () => {
  const frame = createPool().lease(shapeOf(4, 2))
  const sound = { sampleRateHz: 16_000, samples: new Float32Array(320) }
  const told = (value: unknown): unknown => JSON.parse(JSON.stringify(packetJson('tap', packetOf(value), 0).value))
  const frameTold = { format: 'gray', sizePx: [4, 2], bytes: 8 }
  const soundTold = { sampleRateHz: 16_000, bytes: 1280 }
  expect(told(sound)).toEqual(soundTold)
  expect(told([sound, [frame], { x: 1 }, 2])).toEqual([soundTold, [frameTold], { x: 1 }, 2])
  frame.release()
})

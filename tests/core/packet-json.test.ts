import { expect, test } from 'vitest'
import { packetJson } from '../../src/core/packet-json.js'
import { createPool } from '../../src/core/pool.js'
import { packetOf, shapeOf } from './births.js'

const sound = { sampleRateHz: 16_000, samples: new Float32Array(320) }
const told = { sampleRateHz: 16_000, bytes: 1280 }

test.each([
  ['sound', sound, told],
  ['sound that is joined', { face: { found: [1] }, sound }, { face: { found: [1] }, sound: told }],
  ['a window of it', { face: null, sound: [sound, sound] }, { face: null, sound: [told, told] }],
  ['a list of lists of it', [sound, [sound], { x: 1 }, 2], [told, [told], { x: 1 }, 2]],
  ['a word', 'a', 'a'],
])('%s is told by its size', (_, value, json) => {
  expect(packetJson('x', packetOf(value), 0).value).toEqual(json)
})

test('a frame tells its size, also where it is joined', () => {
  const frame = createPool().lease(shapeOf(4, 2))
  const { value } = packetJson('x', packetOf({ frame }), 0)
  expect(JSON.parse(JSON.stringify(value))).toEqual({ frame: { format: 'gray', sizePx: [4, 2], bytes: 8 } })
  frame.release()
})

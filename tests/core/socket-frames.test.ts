import fc from 'fast-check'
import { expect, test } from 'vitest'
import { messageRoom } from '../../src/core/hub.js'
import { frameMessage, roomBefore, roomBehind } from '../../src/core/socket-frames.js'
import { runs } from '../helpers/runs.js'
import { readFrames } from '../helpers/socket-frames.js'

const anyLength = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 65_530, max: 65_540 }),
  fc.integer({ min: 70_000, max: 300_000 }),
)

test('law: the message comes out as it went in, whatever lies around it; behind it the ping, where one is asked for', () => {
  fc.assert(
    fc.property(anyLength, fc.maxSafeNat(), fc.nat(40), fc.nat(255), (bytes, ping, offset, dirt) => {
      const memory = new Uint8Array(offset + roomBefore + bytes + roomBehind + 5).fill(dirt)
      const room = memory.subarray(offset, memory.byteLength - 5)
      for (let at = 0; at < bytes; at++) room[roomBefore + at] = (at * 31) & 255
      const message = room.slice(roomBefore, roomBefore + bytes)
      const framed = frameMessage(room, ping)
      expect(framed.bytes).toBe(bytes)
      expect(framed.ping).toBe(ping)
      const [alone, asking] = [readFrames(framed.alone), readFrames(framed.asking)]
      expect(Buffer.compare(alone.message, message)).toBe(0)
      expect(alone.ping).toBeNull()
      expect(Buffer.compare(asking.message, message)).toBe(0)
      expect(asking.ping).toBe(String(ping))
      // What lies around the room is not touched.
      expect(memory.subarray(0, offset).every((byte) => byte === dirt)).toBe(true)
      expect(memory.subarray(-5).every((byte) => byte === dirt)).toBe(true)
    }),
    { numRuns: runs(200) },
  )
})

test('a picture has its room: what frames it, the header, and a ping with any number', () => {
  expect(messageRoom).toEqual({ before: roomBefore + 32, behind: 2 + String(Number.MAX_SAFE_INTEGER).length })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCameraMessage } from '../../src/core/camera-messages.js'
import {
  cameraHeaderBytes,
  type CameraHeader,
  fitInto,
  readCameraHeader,
  writeCameraHeader,
} from '../../src/core/camera-wire.js'
import { runs } from '../helpers/runs.js'

const u32 = fc.integer({ min: 0, max: 0xffffffff })
const anyHeader: fc.Arbitrary<CameraHeader> = fc.record({
  kind: fc.constantFrom('video', 'audio'),
  stamp: fc.constantFrom('captured', 'arrived'),
  seq: u32,
  capturedAtMs: fc.double({ noDefaultInfinity: true, noNaN: true }),
  sourceWidthPx: u32,
  sourceHeightPx: u32,
})

const written = (header: CameraHeader, before = 0): Uint8Array => {
  const bytes = new Uint8Array(before + cameraHeaderBytes)
  writeCameraHeader(header, new DataView(bytes.buffer, before))
  return bytes.subarray(before)
}

describe('the header', () => {
  test('law: what was written is read, wherever the bytes lie', () => {
    fc.assert(
      fc.property(anyHeader, fc.nat(9), (header, before) => {
        expect(readCameraHeader(written(header, before))).toEqual(header)
      }),
      { numRuns: runs(500) },
    )
  })

  test('law: any bytes are read or refused with a reason, and what is read holds finite numbers', () => {
    const header = fc.uint8Array({ maxLength: 40 })
    const nearly = fc
      .tuple(anyHeader, fc.nat(cameraHeaderBytes - 1), fc.nat(255))
      .map(([from, at, byte]) => written(from).with(at, byte))
    fc.assert(
      fc.property(fc.oneof(header, nearly), (bytes) => {
        const read = readCameraHeader(bytes)
        if ('refused' in read) expect(read.refused).not.toBe('')
        else {
          expect(Number.isFinite(read.capturedAtMs)).toBe(true)
          expect(written(read).subarray(4)).toEqual(bytes.subarray(4, cameraHeaderBytes))
        }
      }),
      { numRuns: runs(1000) },
    )
  })

  test.each([
    ['too short', new Uint8Array(23), 'a header has 24 bytes: found 23'],
    ['another version', written(headerOf({})).with(0, 2), 'version 2 is not spoken here: 1 is'],
    ['another kind', written(headerOf({})).with(1, 3), 'there is no kind 3'],
    ['another stamp', written(headerOf({})).with(2, 0), 'there is no stamp 0'],
    ['no time', written(headerOf({ capturedAtMs: NaN })), 'the capture time is no number'],
    ['endless time', written(headerOf({ capturedAtMs: -Infinity })), 'the capture time is no number'],
  ])('%s is refused', (_, bytes, refused) => {
    expect(readCameraHeader(bytes)).toEqual({ refused })
  })

  test('lies as it is told: little endian, each figure in its place', () => {
    const bytes = written(headerOf({ kind: 'audio', seq: 0x01020304, capturedAtMs: 1.5, sourceWidthPx: 16_000 }))
    expect([...bytes]).toEqual([1, 2, 1, 0, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x80, 0x3e, 0, 0, 0xd0, 2, 0, 0])
  })
})

function headerOf(some: Partial<CameraHeader>): CameraHeader {
  const usual = { kind: 'video', stamp: 'captured', seq: 0, capturedAtMs: 0 } as const
  return { ...usual, sourceWidthPx: 1280, sourceHeightPx: 720, ...some }
}

describe('messages', () => {
  test('law: any text is a message or null', () => {
    const texts = fc.oneof(fc.string(), fc.json())
    fc.assert(
      fc.property(texts, (text) => {
        expect(readCameraMessage(text)).toBeNull()
      }),
      { numRuns: runs(500) },
    )
  })

  const hello = { type: 'hello', version: 1, id: 'a1b2c3d4', label: 'Chrome', video: true, audio: false }

  test('a hello and a time are read', () => {
    expect(readCameraMessage(JSON.stringify(hello))).toEqual(hello)
    const time = { type: 'time', serverMs: 1, clientMs: 2 }
    expect(readCameraMessage(JSON.stringify(time))).toEqual(time)
  })

  test('a label holds nothing that a terminal would obey', () => {
    const label = ' Chr\u001b[31mome\u202e\n'
    expect(readCameraMessage(JSON.stringify({ ...hello, label }))).toMatchObject({ label: 'Chr[31mome' })
  })

  test.each([
    { ...hello, version: 2 },
    { ...hello, id: 'short' },
    { ...hello, label: 'x'.repeat(121) },
    { ...hello, more: 1 },
    { type: 'time', serverMs: 1, clientMs: null },
    { type: 'want' },
  ])('refuses %j', (message) => {
    expect(readCameraMessage(JSON.stringify(message))).toBeNull()
  })
})

describe('fitInto', () => {
  test('law: even, inside the box, never larger, and of the shape, as far as 2 px allow', () => {
    const px = fc.integer({ min: 2, max: 4000 })
    fc.assert(
      fc.property(px, px, px, px, (width, height, boxWidth, boxHeight) => {
        const [w, h] = fitInto([width, height], [boxWidth, boxHeight])
        expect([w % 2, h % 2]).toEqual([0, 0])
        expect(w).toBeGreaterThanOrEqual(2)
        expect(h).toBeGreaterThanOrEqual(2)
        expect(w).toBeLessThanOrEqual(boxWidth)
        expect(h).toBeLessThanOrEqual(boxHeight)
        const shrink = Math.min(1, boxWidth / width, boxHeight / height)
        expect(Math.abs(w - width * shrink)).toBeLessThanOrEqual(2)
        expect(Math.abs(h - height * shrink)).toBeLessThanOrEqual(2)
      }),
      { numRuns: runs(500) },
    )
  })

  test('a picture of 1280×720 fits into 640×640 as 640×360', () => {
    expect(fitInto([1280, 720], [640, 640])).toEqual([640, 360])
  })
})

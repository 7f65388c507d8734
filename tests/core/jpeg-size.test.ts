import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jpegSize } from '../../src/core/jpeg-size.js'
import { runs } from '../helpers/runs.js'

const u16 = (value: number): number[] => [value >> 8, value & 255]
const segment = (marker: number, body: readonly number[]): number[] => [0xff, marker, ...u16(body.length + 2), ...body]
const frame = (marker: number, widthPx: number, heightPx: number): number[] =>
  segment(marker, [8, ...u16(heightPx), ...u16(widthPx), 3, 1, 0x22, 0])

const px = fc.integer({ min: 1, max: 0xffff })
const anySegment = fc
  .tuple(fc.constantFrom(0xc4, 0xc8, 0xcc, 0xdb, 0xe0, 0xe1, 0xfe), fc.array(fc.nat(255), { maxLength: 30 }))
  .map(([marker, body]) => segment(marker, body))
const starts = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]

describe('jpegSize', () => {
  test('law: the size is found behind any segments, also such as look like one, and with fill bytes', () => {
    fc.assert(
      fc.property(
        fc.array(anySegment, { maxLength: 5 }),
        fc.constantFrom(...starts),
        px,
        px,
        fc.nat(3),
        (segments, start, width, height, fill) => {
          const filled = Array.from({ length: fill }, () => 0xff)
          const bytes = [0xff, 0xd8, ...segments.flat(), ...filled, ...frame(start, width, height)]
          expect(jpegSize(Uint8Array.from(bytes))).toEqual([width, height])
        },
      ),
      { numRuns: runs(300) },
    )
  })

  test('law: of any bytes it says a size or null, and comes to an end', () => {
    const start = fc.constantFrom([], [0xff, 0xd8])
    fc.assert(
      fc.property(
        start,
        fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0xff, 0xc0, 0)), { maxLength: 200 }),
        (a, b) => {
          const size = jpegSize(Uint8Array.from([...a, ...b]))
          if (size !== null) for (const side of size) expect(side).toBeGreaterThan(0)
          if (a.length === 0 && b[0] !== 0xff) expect(size).toBeNull()
        },
      ),
      { numRuns: runs(1000) },
    )
  })

  test.each([
    ['an empty picture', [0xff, 0xd8, ...frame(0xc0, 0, 10)]],
    ['a scan before its frame', [0xff, 0xd8, ...segment(0xda, [1, 1, 0, 0, 63, 0]), ...frame(0xc0, 10, 10)]],
    ['a segment without length', [0xff, 0xd8, 0xff, 0xe0, 0, 1, ...frame(0xc0, 10, 10)]],
    ['a PNG', [0x89, 0x50, 0x4e, 0x47, ...frame(0xc0, 10, 10)]],
    ['one that ends in its frame', [0xff, 0xd8, ...frame(0xc0, 10, 10).slice(0, 8)]],
  ])('%s has none', (_, bytes) => {
    expect(jpegSize(Uint8Array.from(bytes))).toBeNull()
  })
})

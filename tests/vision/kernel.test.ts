import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SharedPixels } from '../../src/core/frame.js'
import { createLetterbox, type LetterboxWay } from '../../src/vision/letterbox.js'
import { letterboxReference } from './letterbox-reference.js'
import { anyFormat, noise, picture } from './pictures.js'

const target = fc.integer({ min: 1, max: 40 })
const anyWay: fc.Arbitrary<LetterboxWay> = fc.record({
  widthPx: target,
  heightPx: target,
  fit: fc.constantFrom('middle', 'corner', 'stretch'),
  layout: fc.constantFrom('nhwc', 'nchw'),
  order: fc.constantFrom('rgb', 'bgr'),
  range: fc.oneof(
    fc.constantFrom<LetterboxWay['range']>([-1, 1], [0, 1], [0, 255]),
    fc.tuple(fc.integer({ min: -9, max: 0 }), fc.integer({ min: 1, max: 300 })),
  ),
  border: fc.integer({ min: 0, max: 255 }),
  resize: fc.constantFrom('linear', 'mean'),
})
/** Around the target's size, twice and half of it, where the ways of resizing change; and anything else. */
const sideNear = (px: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.constant(px),
    fc.integer({ min: Math.max(1, px - 2), max: px + 2 }),
    fc.integer({ min: Math.max(1, 2 * px - 2), max: 2 * px + 2 }),
    fc.integer({ min: Math.max(1, px >> 1), max: (px >> 1) + 2 }),
    fc.integer({ min: 1, max: 130 }),
  )
/** Two pictures of a shape, one after the other. */
const anyTwo = (way: LetterboxWay): fc.Arbitrary<readonly SharedPixels[]> =>
  fc
    .tuple(anyFormat, sideNear(way.widthPx), sideNear(way.heightPx), fc.integer())
    .map(([format, width, height, seed]) => [seed, ~seed].map((one) => picture(format, width, height, noise(one))))
const anyCase = anyWay.chain((way) => fc.tuple(fc.constant(way), fc.array(anyTwo(way), { minLength: 1, maxLength: 3 })))

/** Where the two are apart by more than what single precision takes off, of levels of 0 to 255. */
function apart(found: Float32Array, picture: SharedPixels, way: LetterboxWay): readonly number[] {
  const mostApart = 1e-6 * 255 * Math.max(...way.range.map(Math.abs), way.range[1] - way.range[0])
  return letterboxReference(picture, way).flatMap((value, i) =>
    Math.abs((found[i] ?? NaN) - value) < mostApart ? [] : [i],
  )
}

describe('the kernel', () => {
  test('law: whatever shape comes after whatever other, each tensor is what the plain way makes of it', () => {
    fc.assert(
      fc.property(anyCase, ([way, shapes]) => {
        const letterbox = createLetterbox(way)
        for (const one of shapes.flat()) expect(apart(letterbox(one), one, way)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('law: levels that OpenCV would make are whole, and the very same', () => {
    const whole = anyWay.map((way): LetterboxWay => ({ ...way, range: [0, 255], resize: 'linear' }))
    fc.assert(
      fc.property(whole, sideNear(20), sideNear(20), fc.integer(), (way, width, height, seed) => {
        const one = picture('rgb24', width, height, noise(seed))
        expect([...createLetterbox(way)(one)]).toEqual(letterboxReference(one, way).map(Math.fround))
      }),
    )
  })

  test('pictures that do not fit into one band, and means of hundreds of rows', () => {
    const way: LetterboxWay = {
      ...{ widthPx: 24, heightPx: 9, fit: 'stretch', layout: 'nchw', order: 'bgr' },
      ...{ range: [0, 1], border: 0, resize: 'mean' },
    }
    const letterbox = createLetterbox(way)
    for (const format of ['rgb24', 'yuv420p', 'gray'] as const) {
      for (const [width, height] of [
        [601, 451],
        [30, 5003],
        [20011, 11],
      ] as const) {
        const one = picture(format, width, height, noise(width))
        expect(apart(letterbox(one), one, way)).toEqual([])
      }
    }
  })

  test('the tensor lies in the same array while its memory is enough, and in a new one where it is not', () => {
    const way: LetterboxWay = {
      ...{ widthPx: 32, heightPx: 32, fit: 'middle', layout: 'nhwc', order: 'rgb' },
      ...{ range: [0, 1], border: 0, resize: 'linear' },
    }
    const letterbox = createLetterbox(way)
    const small = picture('rgb24', 32, 18, noise(1))
    const first = letterbox(small)
    expect(letterbox(small)).toBe(first)
    expect(letterbox(picture('gray', 9, 9, noise(2)))).toBe(first)
    const wide = letterbox(picture('rgb24', 40_000, 20, noise(3)))
    expect(wide === first).toBe(false)
    // Whoever kept the old one notices.
    expect(first).toHaveLength(0)
    expect(letterbox(small)).toBe(wide)
  })

  test('what is carried is what its sources give', () => {
    const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))
    const made = execFileSync(process.execPath, [path('scripts/kernel.mjs'), '--print'], { encoding: 'utf8' })
    expect(made === readFileSync(path('src/vision/kernel-bytes.ts'), 'utf8'), 'run node scripts/kernel.mjs').toBe(true)
  })
})

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { letterboxArea, letterboxGeometry } from '../../src/vision/letterbox-geometry.js'
import { createLetterbox, type LetterboxWay } from '../../src/vision/letterbox.js'
import { anyFormat, noise, picture } from './pictures.js'
import { runs } from '../helpers/runs.js'

const size = 32
/** As BlazeFace has it. */
const wayOf = (sizePx: number): LetterboxWay => ({
  widthPx: sizePx,
  heightPx: sizePx,
  fit: 'middle',
  layout: 'nhwc',
  order: 'rgb',
  range: [-1, 1],
  border: 0,
  resize: 'mean',
})
/** Often the square's own size: such pictures are copied. */
const side = fc.oneof(fc.constant(size), fc.integer({ min: 1, max: size }), fc.integer({ min: 1, max: 150 }))
const seed = fc.integer()

/** Where the picture lies in the square: calls back with the place in the picture's area, or null on the border. */
function eachPixel(square: Float32Array, visit: (rgb: readonly number[], place: { x: number; y: number }) => void) {
  for (let i = 0; i < size * size; i++) {
    visit([...square.subarray(i * 3, i * 3 + 3)], { x: i % size, y: Math.floor(i / size) })
  }
}

describe('letterbox', () => {
  test('law: outside of the area is black, inside nothing is left of what was there before', () => {
    fc.assert(
      fc.property(side, side, side, side, anyFormat, (width, height, width2, height2, format) => {
        const letterbox = createLetterbox(wayOf(size))
        letterbox(picture('gray', width2, height2, () => 200))
        const square = letterbox(picture(format, width, height, () => 128))
        const area = letterboxArea({ widthPx: width, heightPx: height }, wayOf(size))
        const inside = format === 'yuv420p' ? (128 - 16) / 109.5 - 1 : 128 / 127.5 - 1
        eachPixel(square, (rgb, { x, y }) => {
          const left = x - area.leftPx
          const top = y - area.topPx
          const within = left >= 0 && top >= 0 && left < area.widthPx && top < area.heightPx
          for (const value of rgb) expect(value).toBeCloseTo(within ? inside : -1, 5)
        })
      }),
      { numRuns: runs(80) },
    )
  })

  test('law: a picture of the right size is copied, value by value', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: size }), seed, fc.boolean(), (short, from, upright) => {
        const [width, height] = upright ? [short, size] : [size, short]
        const byteAt = noise(from)
        const square = createLetterbox(wayOf(size))(picture('rgb24', width, height, byteAt))
        const { leftPx, topPx } = letterboxArea({ widthPx: width, heightPx: height }, wayOf(size))
        for (let i = 0; i < width * height * 3; i++) {
          const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)]
          const found = square[((topPx + y) * size + leftPx + x) * 3 + (i % 3)]
          expect(found).toBeCloseTo(byteAt(i) / 127.5 - 1, 5)
        }
      }),
      { numRuns: runs(30) },
    )
  })

  test('law: what lies at a source pixel is found where the geometry says, within a pixel', () => {
    const plain = fc.constantFrom<'rgb24' | 'gray'>('rgb24', 'gray')
    fc.assert(
      fc.property(side, side, plain, fc.boolean(), (width, height, format, across) => {
        const channels = format === 'gray' ? 1 : 3
        const step = 255 / Math.max(width, height)
        const ramp = (i: number) => {
          const pixel = Math.floor(i / channels)
          return Math.round((across ? pixel % width : Math.floor(pixel / width)) * step)
        }
        const shape = picture(format, width, height, ramp)
        const square = createLetterbox(wayOf(size))(shape)
        const area = letterboxArea(shape, wayOf(size))
        const { scaleX, scaleY, offsetXPx, offsetYPx } = letterboxGeometry(shape, wayOf(size))
        for (let y = area.topPx; y < area.topPx + area.heightPx; y++) {
          for (let x = area.leftPx; x < area.leftPx + area.widthPx; x++) {
            const source = across ? (x + 0.5 - offsetXPx) * scaleX : (y + 0.5 - offsetYPx) * scaleY
            const found = (((square[(y * size + x) * 3 + 1] ?? NaN) + 1) * 127.5) / step
            expect(Math.abs(found - (source - 0.5))).toBeLessThanOrEqual(1 + 1 / step)
          }
        }
      }),
      { numRuns: runs(60) },
    )
  })

  test('law: no pixel is skipped and none counts twice: the mean stays, where the shrinking is whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), seed, (times, from) => {
        const byteAt = noise(from)
        const from2 = size * times
        const square = createLetterbox(wayOf(size))(picture('gray', from2, from2, byteAt))
        const before = Array.from({ length: from2 ** 2 }, (_, i) => byteAt(i) / 127.5 - 1)
        expect(mean([...square])).toBeCloseTo(mean(before), 4)
      }),
      { numRuns: runs(10) },
    )
  })

  test('law: resizing makes no value that was not between its neighbours', () => {
    fc.assert(
      fc.property(side, side, fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), (w, h, a, b) => {
        const square = createLetterbox(wayOf(size))(picture('rgb24', w, h, (i) => (noise(1)(i) > 127 ? a : b)))
        const area = letterboxArea({ widthPx: w, heightPx: h }, wayOf(size))
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((byte) => byte / 127.5 - 1) as [number, number]
        eachPixel(square, (rgb, { x, y }) => {
          if (x < area.leftPx || y < area.topPx || x >= area.leftPx + area.widthPx || y >= area.topPx + area.heightPx)
            return
          for (const value of rgb) {
            expect(value).toBeGreaterThanOrEqual(low - 1e-5)
            expect(value).toBeLessThanOrEqual(high + 1e-5)
          }
        })
      }),
      { numRuns: runs(30) },
    )
  })

  test('law: yuv420p gives the colours of BT.601, limited range, at its own size and resized', () => {
    const channel = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(channel, channel, channel, fc.constantFrom(1, 2, 3), (r, g, b, times) => {
        const luma = 16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255
        const cb = 128 + (-37.797 * r - 74.203 * g + 112 * b) / 255
        const cr = 128 + (112 * r - 93.786 * g - 18.214 * b) / 255
        const width = size * times
        const pixels = width * width
        const byteAt = (i: number) => Math.round(i < pixels ? luma : i < pixels * 1.25 ? cb : cr)
        const square = createLetterbox(wayOf(size))(picture('yuv420p', width, width, byteAt))
        eachPixel(square, (rgb) => {
          ;[r, g, b].forEach((byte, k) => {
            expect(Math.abs(((rgb[k] ?? NaN) + 1) * 127.5 - byte)).toBeLessThanOrEqual(2)
          })
        })
      }),
      { numRuns: runs(30) },
    )
  })

  test('law: at its own size, chroma belongs to the four pixels around it, at odd sizes too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: size }), seed, (height, from) => {
        const odd = size - 1
        const byteAt = noise(from)
        const square = createLetterbox(wayOf(odd))(picture('yuv420p', odd, Math.min(height, odd), byteAt))
        const tall = Math.min(height, odd)
        const { topPx } = letterboxArea({ widthPx: odd, heightPx: tall }, wayOf(odd))
        const half = Math.ceil(odd / 2)
        for (let y = 0; y < tall; y++) {
          for (let x = 0; x < odd; x++) {
            const luma = (byteAt(y * odd + x) - 16) / 109.5 - 1
            const chroma = (y >> 1) * half + (x >> 1)
            const cr = (byteAt(odd * tall + half * Math.ceil(tall / 2) + chroma) - 128) / 112
            const red = Math.max(-1, Math.min(1, luma + 1.402 * cr))
            expect(square[((topPx + y) * odd + x) * 3]).toBeCloseTo(red, 4)
          }
        }
      }),
      { numRuns: runs(20) },
    )
  })

  test('a square tells nothing of a picture that is gone: shapes may change from call to call', () => {
    const letterbox = createLetterbox(wayOf(size))
    const wide = picture('rgb24', 64, 20, noise(3))
    const alone = [...createLetterbox(wayOf(size))(wide)]
    for (let width = 1; width < 12; width++) letterbox(picture('gray', width, 9, () => 255))
    expect([...letterbox(wide)]).toEqual(alone)
  })
})

describe('letterbox, as each model has it', () => {
  const layout = fc.constantFrom<'nhwc' | 'nchw'>('nhwc', 'nchw')
  const order = fc.constantFrom<'rgb' | 'bgr'>('rgb', 'bgr')
  const fit = fc.constantFrom<LetterboxWay['fit']>('middle', 'corner', 'stretch')
  const range = fc.constantFrom<LetterboxWay['range']>([-1, 1], [0, 1], [0, 255])
  const resize = fc.constantFrom<LetterboxWay['resize']>('linear', 'mean')
  const target = fc.integer({ min: 4, max: 24 })
  const anyWay: fc.Arbitrary<LetterboxWay> = fc.record({
    widthPx: target,
    heightPx: target,
    fit,
    layout,
    order,
    range,
    border: fc.constantFrom(0, 114, 255),
    resize,
  })
  /** Of random bytes, and few sizes, so that each way meets copies, shrinking and enlarging. */
  const anySide = fc.oneof(target, fc.integer({ min: 1, max: 70 }))

  test('law: every layout, order and range holds the same picture, and the border around it', () => {
    fc.assert(
      fc.property(anyWay, anySide, anySide, anyFormat, seed, (way, width, height, format, from) => {
        const shape = picture(format, width, height, noise(from))
        const tensor = createLetterbox(way)(shape)
        const plain = createLetterbox({ ...way, layout: 'nhwc', order: 'rgb', range: [0, 255] })(shape)
        const [low, high] = way.range
        const pixels = way.widthPx * way.heightPx
        const wrong: number[] = []
        plain.forEach((level, i) => {
          const [pixel, colour] = [Math.floor(i / 3), way.order === 'rgb' ? i % 3 : 2 - (i % 3)]
          const found = tensor[way.layout === 'nhwc' ? pixel * 3 + colour : colour * pixels + pixel] ?? NaN
          if (!(Math.abs((found - low) / (high - low) - level / 255) < 1e-5)) wrong.push(i)
        })
        expect(wrong).toEqual([])
        const area = letterboxArea(shape, way)
        for (let pixel = 0; pixel < pixels; pixel++) {
          const [x, y] = [(pixel % way.widthPx) - area.leftPx, Math.floor(pixel / way.widthPx) - area.topPx]
          const inside = x >= 0 && y >= 0 && x < area.widthPx && y < area.heightPx
          if (!inside && plain[3 * pixel] !== way.border) wrong.push(pixel)
        }
        expect(wrong).toEqual([])
      }),
    )
  })

  test('law: each fit keeps what it promises: shape and middle, shape and corner, or all of the target', () => {
    fc.assert(
      fc.property(anyWay, side, side, (way, widthPx, heightPx) => {
        const area = letterboxArea({ widthPx, heightPx }, way)
        const restX = way.widthPx - area.widthPx
        const restY = way.heightPx - area.heightPx
        expect(Math.min(restX, restY)).toBe(0)
        expect([area.leftPx, area.topPx]).toEqual(way.fit === 'middle' ? [restX >> 1, restY >> 1] : [0, 0])
        if (way.fit === 'stretch') expect([restX, restY]).toEqual([0, 0])
        else {
          const shrink = Math.min(way.widthPx / widthPx, way.heightPx / heightPx)
          for (const [is, exact] of [
            [area.widthPx, Math.max(1, widthPx * shrink)],
            [area.heightPx, Math.max(1, heightPx * shrink)],
          ] as const) {
            if (way.fit === 'middle') expect(Math.abs(is - exact)).toBeLessThanOrEqual(0.5)
            else expect([is <= exact + 1e-5, is > exact - 1]).toEqual([true, true])
          }
        }
      }),
    )
  })

  const resized = z
    .object({
      cases: z.array(
        z.object({
          seed: z.number(),
          from: z.tuple([z.number(), z.number()]),
          to: z.tuple([z.number(), z.number()]),
          base64: z.string(),
        }),
      ),
    })
    .parse(JSON.parse(readFileSync(new URL('../data/golden/resized.json', import.meta.url), 'utf8')))

  test.each(resized.cases)(
    '$from to $to is OpenCV’s INTER_LINEAR of bytes, bit for bit',
    ({ seed: from, from: [w, h], to, base64 }) => {
      const way: LetterboxWay = {
        ...wayOf(32),
        widthPx: to[0],
        heightPx: to[1],
        fit: 'stretch',
        range: [0, 255],
        resize: 'linear',
      }
      const square = createLetterbox(way)(picture('rgb24', w, h, noise(from)))
      expect([...square]).toEqual([...Buffer.from(base64, 'base64')])
    },
  )
})

describe('letterboxGeometry', () => {
  const scale = fc.double({ min: 0.2, max: 8, noNaN: true })
  const offset = fc.double({ min: -50, max: 50, noNaN: true })

  test('law: it is the frame’s own geometry after the way from the square to the frame', () => {
    fc.assert(
      fc.property(side, side, scale, scale, offset, offset, (w, h, scaleX, scaleY, offsetXPx, offsetYPx) => {
        const own = { sourceWidthPx: 1280, sourceHeightPx: 720, scaleX, scaleY, offsetXPx, offsetYPx }
        const area = letterboxArea({ widthPx: w, heightPx: h }, wayOf(size))
        const whole = letterboxGeometry({ widthPx: w, heightPx: h, geometry: own }, wayOf(size))
        for (const share of [0, 0.3, 1]) {
          const squareX = area.leftPx + share * area.widthPx
          const squareY = area.topPx + share * area.heightPx
          expect((squareX - whole.offsetXPx) * whole.scaleX).toBeCloseTo((share * w - offsetXPx) * scaleX, 6)
          expect((squareY - whole.offsetYPx) * whole.scaleY).toBeCloseTo((share * h - offsetYPx) * scaleY, 6)
        }
      }),
    )
  })

  test('law: the area touches two sides, stays inside, and keeps the shape within half a pixel', () => {
    fc.assert(
      fc.property(side, side, (widthPx, heightPx) => {
        const area = letterboxArea({ widthPx, heightPx }, wayOf(size))
        expect(Math.max(area.widthPx, area.heightPx)).toBe(size)
        expect(Math.min(area.leftPx, area.topPx)).toBe(0)
        expect(area.leftPx + area.widthPx).toBeLessThanOrEqual(size)
        expect(area.topPx + area.heightPx).toBeLessThanOrEqual(size)
        const fit = size / Math.max(widthPx, heightPx)
        expect(Math.abs(area.widthPx - Math.max(1, widthPx * fit))).toBeLessThanOrEqual(0.5)
        expect(Math.abs(area.heightPx - Math.max(1, heightPx * fit))).toBeLessThanOrEqual(0.5)
      }),
    )
  })

  test('1280×720 in 256 lies 56 px from the top, five source pixels to one', () => {
    const geometry = letterboxGeometry(
      picture('gray', 640, 360, () => 0, {
        ...picture('gray', 1, 1, () => 0).geometry,
        sourceWidthPx: 1280,
        sourceHeightPx: 720,
        scaleX: 2,
        scaleY: 2,
      }),
      wayOf(256),
    )
    expect(geometry).toEqual({
      sourceWidthPx: 1280,
      sourceHeightPx: 720,
      scaleX: 5,
      scaleY: 5,
      offsetXPx: 0,
      offsetYPx: 56,
    })
  })
})

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

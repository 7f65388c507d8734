import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { follow, type Followed, lookErrorDeg, quantileOf } from './follow.js'

type Truth = {
  readonly fps: number
  readonly faceCentrePx: readonly (readonly [number, number])[]
  readonly speech: readonly { readonly fromS: number; readonly toS: number }[]
}

const truth = JSON.parse(readFileSync(new URL('../../media/demo.truth.json', import.meta.url), 'utf8')) as Truth
const sizePx = [1280, 720] as const

/** Where the face is at a time, between two frames by the straight line. */
function faceAt(atMs: number): readonly [number, number] {
  const at = (atMs / 1000) * truth.fps
  const [a, b] = [
    truth.faceCentrePx[Math.floor(at)],
    truth.faceCentrePx[Math.min(Math.floor(at) + 1, truth.faceCentrePx.length - 1)],
  ]
  if (a === undefined || b === undefined) throw new RangeError(`no truth at ${String(atMs)} ms`)
  const share = at - Math.floor(at)
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]
}

describe('the demo clip, on the virtual clock, with the real decoder and models', () => {
  let seen: Followed
  beforeAll(async () => {
    seen = await follow('demo:demo.mp4', 12_000)
  })

  test('at least 99 % of the captured frames are processed', () => {
    expect(seen.captured).toBeGreaterThanOrEqual(359)
    expect(seen.faces.length / seen.captured).toBeGreaterThanOrEqual(0.99)
  })

  test('the face is found in at least 99 % of them, its centre within 16 px of the truth at p95', () => {
    const found = seen.faces.filter(({ value }) => value.found.length > 0)
    expect(found.length / seen.faces.length).toBeGreaterThanOrEqual(0.99)
    const offPx = found.flatMap(({ value, capturedAtMs }) => {
      const [face] = value.found
      if (face === undefined) return []
      const [x, y, width, height] = face.boxPx
      const [trueX, trueY] = faceAt(capturedAtMs)
      return [Math.hypot(x + width / 2 - trueX, y + height / 2 - trueY)]
    })
    console.log(
      `face centre off by p50 ${quantileOf(offPx, 0.5).toFixed(1)} px, p95 ${quantileOf(offPx, 0.95).toFixed(1)} px`,
    )
    expect(quantileOf(offPx, 0.95)).toBeLessThanOrEqual(16)
    const extra = found.filter(({ value }) => value.found.length > 1).length
    expect(extra / seen.faces.length).toBeLessThanOrEqual(0.04)
  })

  test('speech overlaps the truth with an IoU of at least 0.8', () => {
    const steps = Array.from({ length: 1200 }, (_, k) => k * 10 + 5)
    const spoken = (atMs: number): boolean =>
      truth.speech.some(({ fromS, toS }) => atMs >= fromS * 1000 && atMs < toS * 1000)
    const heard = new Set(
      seen.voices.flatMap(({ value, capturedAtMs }) => (value.speaking ? [Math.floor(capturedAtMs / 20)] : [])),
    )
    const both = steps.filter((atMs) => spoken(atMs) && heard.has(Math.floor(atMs / 20))).length
    const either = steps.filter((atMs) => spoken(atMs) || heard.has(Math.floor(atMs / 20))).length
    console.log(`speech IoU ${(both / either).toFixed(3)}`)
    expect(both / either).toBeGreaterThanOrEqual(0.8)
  })

  test('the simulated head looks within 3° of the face at p95 after the first second', () => {
    const late = seen.head.filter(({ capturedAtMs }) => capturedAtMs >= 1000 && capturedAtMs < 11_960)
    expect(late.length).toBeGreaterThanOrEqual(49 * 10)
    const offDeg = late.map(({ value, capturedAtMs }) => lookErrorDeg(value.pose, faceAt(capturedAtMs), sizePx))
    console.log(
      `head looks past the face by p50 ${quantileOf(offDeg, 0.5).toFixed(2)}°, p95 ${quantileOf(offDeg, 0.95).toFixed(2)}°`,
    )
    expect(quantileOf(offDeg, 0.95)).toBeLessThanOrEqual(3)
  })
})

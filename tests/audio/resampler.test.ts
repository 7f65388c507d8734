import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createResampler } from '../../src/audio/resampler.js'
import { runs } from '../helpers/runs.js'

const tone = (hz: number, rateHz: number, count: number, lateMs = 0): Float32Array =>
  Float32Array.from({ length: count }, (_, n) => Math.sin(2 * Math.PI * hz * (n / rateHz - lateMs / 1000)) / 2)

/** Decibels of what is left of `a` without `b`, against `b`. */
const errorDb = (a: Float32Array, b: Float32Array): number => {
  const power = (samples: Float32Array): number => samples.reduce((sum, one) => sum + one * one, 0)
  return 10 * Math.log10(power(a.map((one, n) => one - (b[n] ?? 0))) / power(b))
}

const rates = [
  [16_000, 8000],
  [48_000, 8000],
  [44_100, 8000],
  [44_100, 48_000],
  [11_025, 12_000],
] as const

describe('createResampler', () => {
  test('law: it gives the same however the sound is cut', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...rates, [8000, 8000] as const),
        fc.array(fc.float32Array({ min: -1, max: 1, noNaN: true, maxLength: 90 }), { maxLength: 8 }),
        ([fromHz, toHz], chunks) => {
          const inPieces = createResampler(fromHz, toHz)
          const whole = Float32Array.from(chunks.flatMap((chunk) => [...chunk]))
          const pieces = chunks.flatMap((chunk) => [...inPieces.take(chunk)])
          expect(Float32Array.from(pieces)).toEqual(createResampler(fromHz, toHz).take(whole))
          expect(pieces).toHaveLength(Math.ceil((whole.length * toHz) / fromHz))
        },
      ),
    )
  })

  test.each(rates)('law: from %i to %i Hz, what both can hold passes, as late as it says', (fromHz, toHz) => {
    const highest = Math.floor(0.425 * Math.min(fromHz, toHz))
    fc.assert(
      fc.property(fc.integer({ min: 100, max: highest }), (hz) => {
        const resampler = createResampler(fromHz, toHz)
        const out = resampler.take(tone(hz, fromHz, fromHz / 5))
        const expected = tone(hz, toHz, out.length, resampler.delayMs)
        // After the beginning, at which the tone sets in all at once.
        expect(errorDb(out.subarray(64), expected.subarray(64))).toBeLessThan(-60)
      }),
      { numRuns: runs(30) },
    )
  })

  test.each([16_000, 44_100, 48_000])(
    'law: from %i Hz, what lies above 4.6 kHz does not come back as another tone',
    (fromHz) => {
      fc.assert(
        fc.property(fc.integer({ min: 4600, max: fromHz / 2 }), (hz) => {
          const out = createResampler(fromHz, 8000).take(tone(hz, fromHz, fromHz / 5))
          const loudest = out.subarray(64).reduce((most, one) => Math.max(most, Math.abs(one)), 0)
          expect(20 * Math.log10(loudest / 0.5 + 1e-9)).toBeLessThan(-65)
        }),
        { numRuns: runs(30) },
      )
    },
  )

  test('to the rate that it has, nothing happens', () => {
    const samples = Float32Array.of(1, -1, 0.5)
    expect(createResampler(16_000, 16_000).take(samples)).toBe(samples)
  })

  test('after a minute it is still in time', () => {
    const resampler = createResampler(44_100, 8000)
    const second = new Float32Array(44_100)
    let count = 0
    for (let n = 0; n < 60; n++) count += resampler.take(second).length
    expect(count).toBe(60 * 8000)
  })
})

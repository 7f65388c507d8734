import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDecimator } from '../../src/audio/decimator.js'

const tone = (hz: number, rateHz: number, count: number, lateMs = 0): Float32Array =>
  Float32Array.from({ length: count }, (_, n) => Math.sin(2 * Math.PI * hz * (n / rateHz - lateMs / 1000)) / 2)

/** Decibels of what is left of `a` without `b`, against `b`. */
const errorDb = (a: Float32Array, b: Float32Array): number => {
  const power = (samples: Float32Array): number => samples.reduce((sum, one) => sum + one * one, 0)
  return 10 * Math.log10(power(a.map((one, n) => one - (b[n] ?? 0))) / power(b))
}

describe('createDecimator', () => {
  test('law: it gives the same however the sound is cut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.float32Array({ min: -1, max: 1, noNaN: true, maxLength: 90 }), { maxLength: 8 }),
        (factor, chunks) => {
          const inPieces = createDecimator(factor)
          const whole = Float32Array.from(chunks.flatMap((chunk) => [...chunk]))
          const pieces = chunks.flatMap((chunk) => [...inPieces.take(chunk)])
          expect(Float32Array.from(pieces)).toEqual(createDecimator(factor).take(whole))
          expect(pieces).toHaveLength(Math.ceil(whole.length / factor))
        },
      ),
    )
  })

  test.each([2, 3, 6])('law: by %i, what lies within 3.4 kHz passes, as late as it says', (factor) => {
    const rateHz = 8000 * factor
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 3400 }), (hz) => {
        const decimator = createDecimator(factor)
        const out = decimator.take(tone(hz, rateHz, rateHz / 5))
        const expected = tone(hz, 8000, out.length, (decimator.delaySamples * 1000) / rateHz)
        // After the beginning, at which the tone sets in all at once.
        expect(errorDb(out.subarray(64), expected.subarray(64))).toBeLessThan(-60)
      }),
      { numRuns: 40 },
    )
  })

  test.each([2, 3, 6])('law: by %i, what lies above 4.6 kHz does not come back as another tone', (factor) => {
    const rateHz = 8000 * factor
    fc.assert(
      fc.property(fc.integer({ min: 4600, max: rateHz / 2 }), (hz) => {
        const out = createDecimator(factor).take(tone(hz, rateHz, rateHz / 5))
        const loudest = out.subarray(64).reduce((most, one) => Math.max(most, Math.abs(one)), 0)
        expect(20 * Math.log10(loudest / 0.5 + 1e-9)).toBeLessThan(-65)
      }),
      { numRuns: 40 },
    )
  })

  test('by one, nothing happens; by a half, it is refused', () => {
    const samples = Float32Array.of(1, -1, 0.5)
    expect(createDecimator(1).take(samples)).toBe(samples)
    expect(() => createDecimator(1.5)).toThrow('the factor must be a whole number from 1: it is 1.5')
  })
})

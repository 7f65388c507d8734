import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pcm16 } from '../../src/audio/pcm16.js'

test('law: what was 16 bits comes out the same', () => {
  fc.assert(
    fc.property(fc.int16Array(), (pcm) => {
      expect(pcm16(Float32Array.from(pcm, (sample) => sample / 32_768))).toEqual(pcm)
    }),
  )
})

test('law: no sample is off by more than half a step, and what is too loud is clipped', () => {
  fc.assert(
    fc.property(fc.float32Array({ min: -2, max: 2, noNaN: true }), (samples) => {
      for (const [n, value] of pcm16(samples).entries()) {
        const exact = Math.max(-32_768, Math.min(32_767, (samples[n] ?? 0) * 32_768))
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(0.5)
      }
    }),
  )
})

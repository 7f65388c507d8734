import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { floorDbfs, levelOf } from '../../src/audio/level.js'

const sound = fc.float32Array({ min: -1, max: 1, noNaN: true, maxLength: 600 })

describe('levelOf', () => {
  test('law: the mean is never above the peak, and both lie between the floor and 0', () => {
    fc.assert(
      fc.property(sound, (samples) => {
        const { rmsDbfs, peakDbfs } = levelOf(samples)
        expect(rmsDbfs).toBeGreaterThanOrEqual(floorDbfs)
        expect(rmsDbfs).toBeLessThanOrEqual(peakDbfs + 1e-9)
        expect(peakDbfs).toBeLessThanOrEqual(0)
      }),
    )
  })

  test('law: half the amplitude is 6.02 dB less, the other sign is nothing', () => {
    fc.assert(
      fc.property(sound, (samples) => {
        const loud = levelOf(samples)
        fc.pre(loud.rmsDbfs > floorDbfs + 7)
        const half = levelOf(samples.map((sample) => sample / -2))
        expect(loud.rmsDbfs - half.rmsDbfs).toBeCloseTo(6.0206, 3)
        expect(loud.peakDbfs - half.peakDbfs).toBeCloseTo(6.0206, 3)
      }),
    )
  })

  test('a full sine is −3.01 dBFS, its peak 0; silence and nothing are the floor', () => {
    const sine = Float32Array.from({ length: 1600 }, (_, i) => Math.sin((2 * Math.PI * 100 * i) / 16_000))
    expect(levelOf(sine).rmsDbfs).toBeCloseTo(-3.0103, 3)
    expect(levelOf(sine).peakDbfs).toBeCloseTo(0, 5)
    const floor = { rmsDbfs: floorDbfs, peakDbfs: floorDbfs }
    expect(levelOf(new Float32Array(512))).toEqual(floor)
    expect(levelOf(new Float32Array(0))).toEqual(floor)
  })
})

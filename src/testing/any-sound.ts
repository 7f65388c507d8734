import type { Sound } from '../core/ports.js'
import { fc } from './fast-check.js'

/** A chunk of mono sound at 16 kHz, 20 ms unless told: silence, a tone, or noise that follows from its seed. */
export function anySound(samples = 320): fc.Arbitrary<Sound> {
  return fc
    .record({ kind: fc.constantFrom('silence', 'tone', 'noise'), seed: fc.integer({ min: 1, max: 1000 }) })
    .map(({ kind, seed }) => {
      const tone = (n: number): number => Math.sin((2 * Math.PI * (100 + seed) * n) / 16_000) / 2
      const noise = (n: number): number => ((Math.imul(n + 1, seed * 2_654_435_761) >>> 16) / 65_536 - 0.5) / 2
      const sample = { silence: () => 0, tone, noise }[kind]
      return { sampleRateHz: 16_000, samples: Float32Array.from({ length: samples }, (_, n) => sample(n)) }
    })
}

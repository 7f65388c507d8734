import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBackOff } from '../../src/core/back-off.js'
import { createRandom } from '../../src/core/random.js'
import { anyRestart } from './restarts.js'
import { runs } from '../helpers/runs.js'

/** Deaths of a stage: how long each life lasted. */
const anyLives = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5000 })), { minLength: 1, maxLength: 60 })

describe('createBackOff', () => {
  test('law: within its bounds, doubled in the middle, and never more than `most` lives in any window', () => {
    fc.assert(
      fc.property(anyRestart, anyLives, fc.integer(), (restart, livesMs, seed) => {
        const { afterMs, upToMs, most, withinMs } = restart
        const nextLife = createBackOff(restart, createRandom(seed, 'stage'))
        const begunMs: number[] = []
        let nowMs = 0
        for (const lifeMs of livesMs) {
          nowMs += lifeMs
          const within = begunMs.filter((atMs) => nowMs - atMs < withinMs).length
          const next = nextLife(nowMs)
          if (next === null) {
            expect(within).toBe(most)
            return
          }
          expect(next.nth).toBe(within + 1)
          expect(next.delayMs).toBeGreaterThanOrEqual(afterMs)
          expect(next.delayMs).toBeLessThanOrEqual(upToMs)
          const usualMs = Math.min(upToMs, afterMs * 2 ** within)
          expect(Math.abs(next.delayMs - usualMs)).toBeLessThanOrEqual(usualMs / 4)
          nowMs += next.delayMs
          begunMs.push(nowMs)
          for (const fromMs of begunMs)
            expect(begunMs.filter((atMs) => atMs >= fromMs && atMs - fromMs < withinMs).length).toBeLessThanOrEqual(
              most,
            )
        }
      }),
      { numRuns: runs(1000) },
    )
  })

  test('a stage that lived for the whole window begins at the least again', () => {
    const nextLife = createBackOff({ afterMs: 100, upToMs: 800, most: 3, withinMs: 10_000 }, () => 0.5)
    expect([0, 1000, 2000].map((nowMs) => nextLife(nowMs)?.delayMs)).toEqual([112.5, 200, 400])
    expect(nextLife(3000)).toBeNull()
    expect(nextLife(20_000)).toEqual({ delayMs: 112.5, nth: 1 })
  })
})

describe('createRandom', () => {
  test('law: the same seed and name give the same row, another name another, all from 0 to below 1 and evenly', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), fc.string(), (seed, name, other) => {
        const rowOf = (of: string): readonly number[] => Array.from({ length: 200 }, createRandom(seed, of))
        const row = rowOf(name)
        expect(rowOf(name)).toEqual(row)
        if (other !== name) expect(rowOf(other)).not.toEqual(row)
        for (const value of row) expect(value >= 0 && value < 1).toBe(true)
        const mean = row.reduce((sum, value) => sum + value, 0) / row.length
        expect(Math.abs(mean - 0.5)).toBeLessThan(0.15)
      }),
      { numRuns: runs(200) },
    )
  })
})

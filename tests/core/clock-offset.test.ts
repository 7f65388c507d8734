import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClockOffset } from '../../src/core/clock-offset.js'
import { runs } from '../helpers/runs.js'

/** A question: after how long it is asked, how long the ways there and back take. */
const anyQuestion = fc.record({
  afterMs: fc.double({ min: 0, max: 3000, noNaN: true }),
  thereMs: fc.double({ min: 0, max: 300, noNaN: true }),
  backMs: fc.double({ min: 0, max: 300, noNaN: true }),
})

describe('ClockOffset', () => {
  test('law: the true offset is never further off than the error says, whatever the ways took, while clocks drift', () => {
    fc.assert(
      fc.property(
        fc.array(anyQuestion, { minLength: 1, maxLength: 60 }),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: -50e-6, max: 50e-6, noNaN: true }),
        fc.double({ min: 0, max: 10_000, noNaN: true }),
        (questions, offsetMs, drift, laterMs) => {
          const theirs = (ours: number): number => ours * (1 - drift) - offsetMs
          const clock = new ClockOffset()
          let nowMs = 0
          for (const { afterMs, thereMs, backMs } of questions) {
            const sentMs = nowMs + afterMs
            nowMs = sentMs + thereMs + backMs
            clock.add(sentMs, nowMs, theirs(sentMs + thereMs))
          }
          nowMs += laterMs
          const known = clock.at(nowMs)
          const truly = nowMs - theirs(nowMs)
          expect(Math.abs((known?.offsetMs ?? NaN) - truly)).toBeLessThanOrEqual((known?.errorMs ?? NaN) + 1e-6)
        },
      ),
      { numRuns: runs(500) },
    )
  })

  test('nothing is known before the first answer', () => {
    expect(new ClockOffset().at(0)).toBeNull()
  })

  test('the best answer counts, until it is too old', () => {
    const clock = new ClockOffset()
    clock.add(0, 2, 101)
    clock.add(1000, 1010, 1104)
    expect(clock.at(1010)).toEqual({ offsetMs: -100, errorMs: 1 + 1010 * 50e-6 })
    expect(clock.at(100_000)?.errorMs).toBeCloseTo(1 + 100_000 * 50e-6, 9)
    clock.add(100_000, 100_004, 100_102)
    expect(clock.at(100_004)?.errorMs).toBeCloseTo(2 + 4 * 50e-6, 9)
  })

  test('a clock that jumped is known anew at once', () => {
    const clock = new ClockOffset()
    clock.add(0, 1, 100)
    clock.add(5000, 5020, 9000)
    expect(clock.at(5020)).toEqual({ offsetMs: 5010 - 9000, errorMs: 10 + 20 * 50e-6 })
  })
})

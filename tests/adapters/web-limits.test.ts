import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WebLimits } from '../../src/adapters/web-limits.js'
import { runs } from '../helpers/runs.js'

describe('limits for one address', () => {
  const gaps = fc.array(fc.record({ gapMs: fc.integer({ min: 0, max: 900 }), who: fc.constantFrom('a', 'b') }), {
    maxLength: 120,
  })

  test('law: in no span of time are there more tries than the burst and what grew back', () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }), (steps, burst, perSecond) => {
        let nowMs = 0
        const limits = new WebLimits({ most: 1, burst, perSecond, nowMs: () => nowMs })
        const taken = new Map<string, number[]>()
        for (const { gapMs, who } of steps) {
          nowMs += gapMs
          const may = limits.mayTry(who)
          // Who waited for one to grow back since its last try may try, whatever others did.
          const sinceMs = nowMs - (taken.get(who)?.at(-1) ?? -Infinity)
          if (sinceMs > 1000 / perSecond) expect(may).toBe(true)
          if (!may) continue
          limits.tried(who)
          taken.set(who, [...(taken.get(who) ?? []), nowMs])
        }
        for (const times of taken.values())
          times.forEach((fromMs, first) => {
            times.slice(first).forEach((toMs, count) => {
              expect(count + 1).toBeLessThanOrEqual(burst + ((toMs - fromMs) / 1000) * perSecond + 1e-6)
            })
          })
      }),
      { numRuns: runs(500) },
    )
  })

  test('law: never more open than may be, and each that leaves makes room for one', () => {
    const moves = fc.array(fc.record({ who: fc.constantFrom('a', 'b'), comes: fc.boolean() }), { maxLength: 100 })
    fc.assert(
      fc.property(moves, fc.integer({ min: 1, max: 4 }), (steps, most) => {
        const limits = new WebLimits({ most, burst: 1, perSecond: 1, nowMs: () => 0 })
        const open = { a: 0, b: 0 }
        for (const { who, comes } of steps) {
          if (comes) {
            const entered = limits.enters(who)
            expect(entered).toBe(open[who] < most)
            if (entered) open[who]++
          } else if (open[who] > 0) {
            limits.leaves(who)
            open[who]--
          }
        }
      }),
      { numRuns: runs(500) },
    )
  })

  test('very many addresses do not make it grow: the oldest are forgotten', () => {
    const limits = new WebLimits({ most: 1, burst: 1, perSecond: 0, nowMs: () => 0 })
    limits.tried('first')
    expect(limits.mayTry('first')).toBe(false)
    for (let k = 0; k < 1023; k++) limits.tried(String(k))
    expect(limits.mayTry('first')).toBe(false)
    limits.tried('one more')
    expect(limits.mayTry('first')).toBe(true)
    expect(limits.mayTry('one more')).toBe(false)
  })
})

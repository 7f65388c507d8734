import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Meter } from '../../src/core/meter.js'

const reasons = ['overflow', 'stale', 'rate', 'time', 'error', 'overtaken', 'shutdown', 'empty', 'equal'] as const
const anyMove = fc.oneof(
  fc.constant('took' as const),
  fc.constant('gave' as const),
  fc.constant('merged' as const),
  fc.constantFrom(...reasons),
)

describe('Meter', () => {
  test('law (E7): in = out + dropped + merged + held, after every move', () => {
    fc.assert(
      fc.property(fc.array(anyMove), (moves) => {
        const meter = new Meter('stage', 0)
        const counts = new Map<string, number>()
        let inside = 0
        for (const move of moves) {
          if (move !== 'took' && inside === 0) continue
          if (move === 'took') meter.took()
          else if (move === 'gave') meter.gave(1, 2, 0)
          else if (move === 'merged') meter.merged()
          else meter.dropped(move)
          inside += move === 'took' ? 1 : -1
          counts.set(move, (counts.get(move) ?? 0) + 1)
          const { in: taken, out, dropped, merged, held } = meter.read(0)
          expect([taken, out, merged, held]).toEqual([
            ...['took', 'gave', 'merged'].map((name) => counts.get(name) ?? 0),
            inside,
          ])
          for (const reason of reasons) expect(dropped[reason] ?? 0).toBe(counts.get(reason) ?? 0)
        }
      }),
    )
  })

  test('law: the rate is results a second over the last full second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 2, max: 5 }), (perSecond, seconds) => {
        const meter = new Meter('stage', 0)
        const periodMs = 1000 / perSecond
        for (let n = 1; n <= perSecond * seconds; n++) {
          meter.took()
          meter.gave(1, 1, n * periodMs)
        }
        const found = meter.read(seconds * 1000).perSecond
        expect(Math.abs(found - perSecond)).toBeLessThanOrEqual(0.1 + perSecond * 0.01)
        // The second that was under way ends, then one in which nothing came.
        meter.read((seconds + 2) * 1000)
        expect(meter.read((seconds + 4) * 1000).perSecond).toBe(0)
      }),
    )
  })

  test('its states: idle, running, completed; failed stays failed and says why', () => {
    const meter = new Meter('stage', 0)
    expect(meter.read(0)).toMatchObject({ state: 'idle', latencyMs: null, ageMs: null })
    meter.took()
    expect(meter.read(0).state).toBe('running')
    meter.gave(3, 7, 0)
    expect(meter.read(0)).toMatchObject({ latencyMs: { n: 1 }, ageMs: { n: 1 } })
    meter.completed()
    expect(meter.read(0).state).toBe('completed')
    expect(meter.read(0)).not.toHaveProperty('error')
    meter.failed(new Error('broke off'))
    meter.completed()
    expect(meter.read(0)).toMatchObject({ state: 'failed', error: 'broke off' })
  })
})

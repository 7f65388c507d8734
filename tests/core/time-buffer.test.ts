import fc from 'fast-check'
import { expect, test } from 'vitest'
import { latestIn, nearestIn, TimeBuffer } from '../../src/core/time-buffer.js'
import { runs } from '../helpers/runs.js'

type Kept = { readonly atMs: number; readonly nth: number }

const acts = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ is: fc.constant('insert' as const), atMs: fc.integer({ min: 0, max: 30 }) }) },
    { weight: 2, arbitrary: fc.record({ is: fc.constant('take' as const) }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('clear' as const), odd: fc.boolean() }) },
  ),
  { maxLength: 300 },
)

test('law: it is a sorted list: of equal times the first to arrive comes first, whatever was taken between', () => {
  fc.assert(
    fc.property(acts, fc.integer({ min: -1, max: 31 }), (all, askedMs) => {
      const buffer = new TimeBuffer<Kept>()
      let model: Kept[] = []
      for (const [nth, act] of all.entries()) {
        if (act.is === 'insert') {
          buffer.insert(act.atMs, { atMs: act.atMs, nth })
          model = [...model, { atMs: act.atMs, nth }].sort((a, b) => a.atMs - b.atMs || a.nth - b.nth)
        } else if (act.is === 'take') {
          if (model.length > 0) expect(buffer.takeFirst()).toEqual(model.shift())
          else expect(() => buffer.takeFirst()).toThrow(RangeError)
        } else {
          const isOut = ({ nth: one }: Kept): boolean => (one % 2 === 1) === act.odd
          expect(buffer.takeAll(isOut)).toEqual(model.filter(isOut))
          model = model.filter((kept) => !isOut(kept))
        }
        expect(buffer.length).toBe(model.length)
      }
      expect(model.map((_, place) => buffer.itemAt(place))).toEqual(model)
      expect(buffer.placeFrom(askedMs)).toBe(model.filter(({ atMs }) => atMs < askedMs).length)
      expect(buffer.placeAfter(askedMs)).toBe(model.filter(({ atMs }) => atMs <= askedMs).length)
      const before = model.filter(({ atMs }) => atMs <= askedMs)
      const latest = before.find(({ atMs }) => atMs === before.at(-1)?.atMs)
      expect(latestIn(buffer, askedMs)).toBe(latest === undefined ? -1 : model.indexOf(latest))
      const least = Math.min(...model.map(({ atMs }) => Math.abs(atMs - askedMs)))
      const nearest = model.find(({ atMs }) => Math.abs(atMs - askedMs) === least)
      expect(nearestIn(buffer, askedMs)).toBe(nearest === undefined ? -1 : model.indexOf(nearest))
    }),
    { numRuns: runs(1000) },
  )
})

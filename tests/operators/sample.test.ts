import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sample } from '../../src/operators/index.js'
import { createTicks } from '../../src/operators/sample.js'
import { virtualRun } from '../../src/testing/index.js'
import { runs } from '../helpers/runs.js'
import { agree, anyArrivals, anyEnding, lossesOf, type Model, play } from './arrivals.js'

/** Groups by tick; the last of each group is given, at the tick, or at the end if that comes first. */
const modelOf =
  (periodMs: number): Model =>
  (came, end) => {
    let from = 0
    return [...new Set(came.map(({ atMs }) => Math.ceil(atMs / periodMs)))].flatMap((tick) => {
      const untilLast = came.findLastIndex(({ atMs }) => Math.ceil(atMs / periodMs) === tick) + 1
      const group = came.slice(from, untilLast)
      from = untilLast
      const tickMs = tick * periodMs
      if (end.atMs <= tickMs && end.how !== 'complete') return []
      return [{ atMs: Math.min(tickMs, end.atMs), ids: [group.at(-1)?.id ?? -1], lost: lossesOf(group) }]
    })
  }

describe('sample', () => {
  test('law: it gives what a model of plain lists gives, whatever comes and however it ends', async () => {
    const anyRate = fc.constantFrom(1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100, 125)
    await fc.assert(
      fc.asyncProperty(anyArrivals, anyEnding, anyRate, fc.boolean(), async (arrivals, ending, rateHz, asFrames) => {
        const played = await play(() => sample(`${String(rateHz)}Hz`), arrivals, ending, asFrames)
        const expected = agree(played, arrivals, ending, modelOf(1000 / rateHz))
        const { state, given, heldAtRest } = played
        if (ending.how === 'complete' || ending.how === 'never') {
          expect(state).toMatchObject({ out: expected.length, held: 0 })
          expect(state.dropped).toEqual(state.in === given.length ? {} : { overtaken: state.in - given.length })
        }
        expect(heldAtRest, 'nothing waits for a tick that does not come').toBe(0)
      }),
      { numRuns: runs(1000) },
    )
  })

  test('law: all is given on the grid of the clock, at any rate; at no tick two of one stream', async () => {
    await fc.assert(
      fc.asyncProperty(anyArrivals, fc.double({ min: 0.5, max: 200, noNaN: true }), async (arrivals, rateHz) => {
        const { given } = await play(() => sample(`${String(rateHz)}Hz`), arrivals, never, false)
        const ticks = given.map(({ atMs, packet }) => {
          const tick = Math.round((atMs * rateHz) / 1000)
          expect(Math.abs(atMs - (tick * 1000) / rateHz)).toBeLessThan(1e-6)
          return `${packet.origin.name} ${String(tick)}`
        })
        expect(new Set(ticks).size).toBe(ticks.length)
      }),
      { numRuns: runs(200) },
    )
  })

  test('law: ticks do not drift, and one that was missed is not caught up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 100 }),
        fc.double({ min: 0.1, max: 300, noNaN: true }),
        (gapsMs, periodMs) => {
          const next = createTicks(periodMs)
          let nowMs = 0
          let before = -Infinity
          for (const gapMs of gapsMs) {
            nowMs += gapMs
            const tick = next(nowMs)
            expect(tick).toBeGreaterThan(before)
            expect(tick * periodMs).toBeGreaterThanOrEqual(nowMs - 1e-6)
            if (tick > before + 1) expect((tick - 1) * periodMs).toBeLessThan(nowMs + 1e-6)
            before = tick
          }
        },
      ),
      { numRuns: runs(1000) },
    )
  })

  test('the newest at each tick; on completion what waits', () =>
    virtualRun(({ hot, expectPackets }) => {
      expectPackets(hot('-a-b----c-----d-|').pipe(sample('20Hz'))).toBe('-----b----c----d|')
      expectPackets(hot('-a-b----c-----d|').pipe(sample('20Hz'))).toBe('-----b----c----(d|)')
    }))
})

const never = { how: 'never', atMs: Infinity, taken: 1 } as const

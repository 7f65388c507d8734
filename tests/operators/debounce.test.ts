import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { debounce } from '../../src/operators/index.js'
import { virtualRun } from '../../src/testing/index.js'
import { runs } from '../helpers/runs.js'
import { agree, anyArrivals, anyEnding, lossesOf, type Model, play } from './arrivals.js'

/** Each packet that nothing follows within the quiet time is given when that is over, or at the end if that comes first. */
const modelOf =
  (quietMs: number): Model =>
  (came, end) => {
    let from = 0
    return came.flatMap(({ id, atMs }, index) => {
      const next = came[index + 1]
      if (next !== undefined && next.atMs <= atMs + quietMs) return []
      const lost = lossesOf(came.slice(from, index + 1))
      from = index + 1
      if (end.atMs <= atMs + quietMs && end.how !== 'complete') return []
      return [{ atMs: Math.min(atMs + quietMs, end.atMs), ids: [id], lost }]
    })
  }

describe('debounce', () => {
  test('law: it gives what a model of plain lists gives, exactly when it was quiet, whatever comes and however it ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyArrivals,
        anyEnding,
        fc.integer({ min: 1, max: 300 }),
        fc.boolean(),
        async (arrivals, ending, quietMs, asFrames) => {
          const played = await play(() => debounce(`${String(quietMs)}ms`), arrivals, ending, asFrames)
          agree(played, arrivals, ending, modelOf(quietMs))
          const { state, given, heldAtRest } = played
          if (ending.how === 'complete' || ending.how === 'never')
            expect(state.dropped).toEqual(state.in === given.length ? {} : { overtaken: state.in - given.length })
          expect(heldAtRest).toBe(0)
        },
      ),
      { numRuns: runs(1000) },
    )
  })

  test('the newest after the quiet time; on completion at once', () =>
    virtualRun(({ hot, expectPackets }) => {
      expectPackets(hot('-a-b-c------d|').pipe(debounce('30ms'))).toBe('--------c----(d|)')
      expectPackets(hot('-a-b-c--#').pipe(debounce('40ms'))).toBe('--------#')
    }))
})

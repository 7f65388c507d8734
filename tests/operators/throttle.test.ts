import fc from 'fast-check'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Packet } from '../../src/core/packet.js'
import { throttle } from '../../src/operators/index.js'
import { createGrid } from '../../src/operators/throttle.js'
import { packetOf, virtualRuntime } from '../core/births.js'
import { runs } from '../helpers/runs.js'
import { anyArrivals, anyEnding, type Expected, play, agree } from './arrivals.js'

describe('throttle', () => {
  test('law (E8, S3): what it drops is no loss, but loses none that was told; after a restart the grid begins anew', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyArrivals,
        anyEnding,
        fc.integer({ min: 1, max: 60 }),
        fc.boolean(),
        async (arrivals, ending, rateHz, asFrames) => {
          const played = await play(() => throttle(`${String(rateHz)}fps`), arrivals, ending, asFrames)
          agree(played, arrivals, ending, (came) => {
            let passes = createGrid(1000 / rateHz)
            let epoch = 0
            let lost = 0
            return came.flatMap((arrival): readonly Expected[] => {
              if (arrival.epoch > epoch) passes = createGrid(1000 / rateHz)
              epoch = arrival.epoch
              lost += arrival.lost
              if (!passes(arrival.capturedAtMs)) return []
              const told = { atMs: arrival.atMs, ids: [arrival.id], lost }
              lost = 0
              return [told]
            })
          })
          const { given, state } = played
          expect(state.dropped).toEqual(state.in === given.length ? {} : { rate: state.in - given.length })
        },
      ),
      { numRuns: runs(1000) },
    )
  })

  test('what an edge lost before a packet that the throttle drops, the next one tells', () => {
    const { runtime } = virtualRuntime()
    const in$ = new Subject<Packet<string>>()
    const told: [string, number][] = []
    runtime.run(() => in$.pipe(throttle('10fps'))).subscribe(({ value, lost }) => told.push([value, lost]))
    in$.next(packetOf('a', { seq: 0, capturedAtMs: 0 }))
    in$.next(packetOf('b', { seq: 3, capturedAtMs: 30, lost: 2 }))
    in$.next(packetOf('c', { seq: 5, capturedAtMs: 100, lost: 1 }))
    in$.next(packetOf('d', { seq: 6, capturedAtMs: 200 }))
    expect(told).toEqual([
      ['a', 0],
      ['c', 3],
      ['d', 0],
    ])
  })
})

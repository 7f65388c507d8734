import { expect, test } from 'vitest'
import { adapters } from '../../src/adapters/node.js'
import type { DecodedPicture, OpenedMedium } from '../../src/core/media-source.js'
import { Runtime } from '../../src/core/runtime.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { media } from '../../src/streams/media.js'
import { shapeOf } from '../core/births.js'

test('T3, E8: a picture whose time goes back is dropped as time, the next one says so, and the stream goes on', async () => {
  const timesMs = [0, 40, 20, 30, 80, 120]
  const clock = createVirtualClock()
  const openMedium = (): Promise<OpenedMedium> => {
    let read = 0
    const opened: OpenedMedium = {
      live: false,
      decoder: 'numbers',
      video: () => ({
        next: () => {
          const mediaTimeMs = timesMs[read++]
          const item: DecodedPicture | null =
            mediaTimeMs === undefined ? null : { mediaTimeMs, frame: runtime.pool.lease(shapeOf(2, 2)) }
          return Promise.resolve(item)
        },
        takeLost: () => 0,
        close: () => Promise.resolve(),
      }),
      audio: () => expect.unreachable(),
      durationMs: () => 160,
    }
    return Promise.resolve(opened)
  }
  const runtime: Runtime = new Runtime({ clock, adapters: { ...adapters(), openMedium } })
  const seen: (readonly [seq: number, lost: number])[] = []
  runtime.run(() =>
    media({ open: 'numbers', pace: 'fast' }).video$.subscribe(({ seq, lost }) => seen.push([seq, lost])),
  )
  await clock.run(() => false)
  await runtime.closed()
  expect(seen).toEqual([
    [0, 0],
    [1, 0],
    [4, 2],
    [5, 0],
  ])
  expect(runtime.meters.get('media.video')?.read(0)).toMatchObject({ in: 6, out: 4, dropped: { time: 2 }, held: 0 })
  expect(runtime.pool.count().lent).toBe(0)
})

import { expect, test } from 'vitest'
import { adapters } from '../../src/adapters/node.js'
import type { DecodedPicture, DecodedSound, OpenedMedium, TrackReader } from '../../src/core/media-source.js'
import { Runtime } from '../../src/core/runtime.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { media } from '../../src/streams/media.js'
import { shapeOf } from '../core/births.js'

/** A reader that gives an item every 20 ms, and is ended by force where it is told so. */
function readerOf<Item>(item: (mediaTimeMs: number) => Item, forced: boolean): TrackReader<Item> {
  let mediaTimeMs = -20
  return {
    next: () => Promise.resolve(item((mediaTimeMs += 20))),
    takeLost: () => 0,
    close: () => Promise.resolve(),
    forced: () => forced,
  }
}

function createScene(forced = false) {
  const opened: OpenedMedium = {
    live: false,
    decoder: 'numbers',
    video: (_, pool) =>
      readerOf<DecodedPicture>((mediaTimeMs) => ({ mediaTimeMs, frame: pool.lease(shapeOf(2, 2)) }), forced),
    audio: () => readerOf<DecodedSound>((mediaTimeMs) => ({ mediaTimeMs, samples: new Float32Array(320) }), false),
    durationMs: () => null,
  }
  const clock = createVirtualClock()
  const runtime = new Runtime({ clock, adapters: { ...adapters(), openMedium: () => Promise.resolve(opened) } })
  const stateOf = (name: string): string | undefined => runtime.meters.get(name)?.read(clock.nowMs()).state
  return { clock, runtime, stateOf, ...runtime.run(() => media('numbers')) }
}

test('a result that nobody listens to any more is stopped, and runs again when somebody does; the other goes on', async () => {
  const { clock, runtime, stateOf, video$, audio$ } = createScene()
  const video = video$.subscribe()
  const audio = audio$.subscribe()
  await clock.run(() => clock.nowMs() >= 100)
  expect([stateOf('media.video'), stateOf('media.audio')]).toEqual(['running', 'running'])
  video.unsubscribe()
  const heard = runtime.meters.get('media.audio')?.out ?? 0
  await clock.run(() => clock.nowMs() >= 200)
  expect([stateOf('media.video'), stateOf('media.audio')]).toEqual(['stopped', 'running'])
  expect(runtime.meters.get('media.audio')?.out).toBeGreaterThan(heard)
  const seen = runtime.meters.get('media.video')?.out ?? 0
  const again = video$.subscribe()
  await clock.run(() => clock.nowMs() >= 300)
  expect(stateOf('media.video')).toBe('running')
  expect(runtime.meters.get('media.video')?.out, 'it goes on counting').toBeGreaterThan(seen)
  again.unsubscribe()
  audio.unsubscribe()
  expect([stateOf('media.video'), stateOf('media.audio')]).toEqual(['stopped', 'stopped'])
  await runtime.closed()
  expect([clock.timers(), runtime.pool.count().lent, runtime.wasCutOff]).toEqual([0, 0, []])
})

test('a decoder that was ended by force is named', async () => {
  const { clock, runtime, video$ } = createScene(true)
  video$.subscribe()
  await clock.run(() => clock.nowMs() >= 100)
  runtime.stop()
  await runtime.closed()
  expect(runtime.wasCutOff).toEqual(['media.video: its decoder did not end'])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { adapters } from '../../src/adapters/node.js'
import type { DecodedPicture, DecodedSound, OpenedMedium, TrackReader } from '../../src/core/media-source.js'
import type { Packet } from '../../src/core/packet.js'
import type { FramePool } from '../../src/core/pool.js'
import { Runtime } from '../../src/core/runtime.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { media } from '../../src/streams/media.js'
import { runs } from '../helpers/runs.js'

const sampleRateHz = 16_000
const samplesPerChunk = 320

/** A medium of numbers: when its pictures are, how long its sound is, and what its container says of its length. */
type Medium = {
  readonly picturesMs: readonly number[]
  readonly samples: number
  readonly durationMs: number | null
}

function readerOf<Item>(items: Iterator<Item, undefined>): TrackReader<Item> {
  let closed = false
  return {
    next: () => Promise.resolve(closed ? null : (items.next().value ?? null)),
    takeLost: () => 0,
    close: () => {
      closed = true
      return Promise.resolve()
    },
  }
}

function* pictures({ picturesMs }: Medium, pool: FramePool): Generator<DecodedPicture, undefined> {
  const geometry = { sourceWidthPx: 2, sourceHeightPx: 2, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
  for (const mediaTimeMs of picturesMs)
    yield { mediaTimeMs, frame: pool.lease({ format: 'gray', widthPx: 2, heightPx: 2, geometry }) }
}

function* sounds({ samples }: Medium): Generator<DecodedSound, undefined> {
  for (let from = 0; from < samples; from += samplesPerChunk)
    yield {
      mediaTimeMs: (from / sampleRateHz) * 1000,
      samples: new Float32Array(Math.min(samplesPerChunk, samples - from)),
    }
}

type Played = {
  readonly video: readonly Packet<unknown>[]
  readonly audio: readonly Packet<unknown>[]
  /** How often the picture was read from the start. */
  readonly readings: number
}

/** Loops it on the virtual clock for so long, and stops. */
async function play(medium: Medium, forMs: number, pace: 'real' | 'fast' = 'real'): Promise<Played> {
  let readings = 0
  const opened: OpenedMedium = {
    live: false,
    decoder: 'numbers',
    video: (_, pool) => {
      readings++
      return readerOf(pictures(medium, pool))
    },
    audio: () => readerOf(sounds(medium)),
    durationMs: () => medium.durationMs,
  }
  const clock = createVirtualClock()
  const runtime = new Runtime({ clock, adapters: { ...adapters(), openMedium: () => Promise.resolve(opened) } })
  const played = { video: [] as Packet<unknown>[], audio: [] as Packet<unknown>[] }
  let open = 2
  runtime.run(() => {
    const { video$, audio$ } = media({ open: 'numbers', loop: true, pace })
    const take = (into: Packet<unknown>[]) => ({
      next: (packet: Packet<unknown>) => {
        into.push(packet)
        if (pace === 'fast' && packet.capturedAtMs >= forMs) runtime.stop()
      },
      complete: () => open--,
    })
    video$.subscribe(take(played.video))
    if (medium.samples > 0) audio$.subscribe(take(played.audio))
    else open--
  })
  if (pace === 'real')
    clock.at(forMs, () => {
      runtime.stop()
    })
  await clock.run(() => open === 0)
  await runtime.closed()
  expect(runtime.pool.count().lent).toBe(0)
  return { ...played, readings }
}

/** When each loop begins: the time of its first item, told by its seq. */
const beginnings = (packets: readonly Packet<unknown>[], perLoop: number): readonly number[] =>
  packets.filter(({ seq }) => seq % perLoop === 0).map(({ capturedAtMs }) => capturedAtMs)

const anyMedium: fc.Arbitrary<Medium> = fc
  .record({
    gapsMs: fc.array(fc.integer({ min: 5, max: 400 }), { minLength: 1, maxLength: 12 }),
    samples: fc.integer({ min: 1, max: 30_000 }),
    told: fc.option(fc.double({ min: 0.5, max: 1.5, noNaN: true })),
  })
  .map(({ gapsMs, samples, told }) => {
    const picturesMs = gapsMs.reduce<number[]>((times, gapMs) => [...times, (times.at(-1) ?? 0) + gapMs], [0])
    const longestMs = Math.max(picturesMs.at(-1) ?? 0, (samples / sampleRateHz) * 1000)
    return { picturesMs, samples, durationMs: told === null ? null : Math.round(longestMs * told) }
  })

test.each(['real', 'fast'] as const)(
  'law: picture and sound begin each loop together, whichever is longer and whatever the container says: pace %s',
  async (pace) => {
    await fc.assert(
      fc.asyncProperty(anyMedium, async (medium) => {
        const { video, audio } = await play(medium, 8000, pace)
        const starts = beginnings(video, medium.picturesMs.length)
        const heard = beginnings(audio, Math.ceil(medium.samples / samplesPerChunk))
        const both = Math.min(starts.length, heard.length)
        expect(both).toBeGreaterThan(1)
        expect(heard.slice(0, both)).toEqual(starts.slice(0, both))
        for (const packets of [video, audio]) {
          packets.forEach(({ seq, capturedAtMs }, k) => {
            expect(seq).toBe(k)
            // No two items of one instant: a loop lasts until its last picture was seen.
            expect(capturedAtMs).toBeGreaterThan(packets[k - 1]?.capturedAtMs ?? -1)
          })
        }
      }),
      { numRuns: runs(60) },
    )
  },
)

test('a still picture in a loop is a camera of 25 pictures a second, read twice at most', async () => {
  const { video, readings } = await play({ picturesMs: [0], samples: 0, durationMs: null }, 990)
  expect(video.map(({ capturedAtMs }) => capturedAtMs)).toEqual(Array.from({ length: 25 }, (_, k) => k * 40))
  expect(readings).toBeLessThanOrEqual(2)
})

test('a still picture with sound is given once a loop', async () => {
  const { video, audio } = await play({ picturesMs: [0], samples: 8000, durationMs: null }, 1890)
  expect(video.map(({ capturedAtMs }) => capturedAtMs)).toEqual([0, 500, 1000, 1500])
  expect(audio.length).toBe(95)
})

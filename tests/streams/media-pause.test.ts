import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adapters } from '../../src/adapters/node.js'
import type { DecodedPicture, OpenedMedium } from '../../src/core/media-source.js'
import type { Frame } from '../../src/core/frame.js'
import type { Packet } from '../../src/core/packet.js'
import { Runtime } from '../../src/core/runtime.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { media } from '../../src/streams/media.js'
import { shapeOf } from '../core/births.js'
import { runs } from '../helpers/runs.js'

const periodMs = 40
const count = 20

type Pause = { readonly afterMs: number; readonly forMs: number }
type Seen = { readonly atMs: number; readonly packet: Packet<Frame>; readonly paused: boolean }

/** A medium of so many pictures; `onRead` is called before each is given. */
function prepare(live: boolean, onRead: (nth: number, runtime: Runtime) => void = () => undefined) {
  const clock = createVirtualClock()
  const openMedium = (): Promise<OpenedMedium> => {
    let read = 0
    return Promise.resolve({
      live,
      decoder: 'numbers',
      video: () => ({
        next: () => {
          onRead(read, runtime)
          if (read === count) return Promise.resolve(null)
          const mediaTimeMs = live ? null : read * periodMs
          read++
          const item: DecodedPicture = { mediaTimeMs, frame: runtime.pool.lease(shapeOf(2, 2)) }
          return Promise.resolve(item)
        },
        takeLost: () => 0,
        close: () => Promise.resolve(),
      }),
      audio: () => expect.unreachable(),
      durationMs: () => count * periodMs,
    })
  }
  const runtime: Runtime = new Runtime({ clock, adapters: { ...adapters(), openMedium } })
  const { pausing } = runtime.controls
  const seen: Seen[] = []
  const watch = (pace: 'real' | 'fast', hold?: (packet: Packet<Frame>) => void): void => {
    runtime.run(() =>
      media({ open: 'numbers', pace }).video$.subscribe((packet) => {
        seen.push({ atMs: clock.nowMs(), packet, paused: pausing.paused })
        hold?.(packet)
      }),
    )
  }
  return { clock, runtime, pausing, seen, watch }
}

/** Pauses one after another; gives how long the run was paused before a time. */
function schedule({ clock, pausing }: ReturnType<typeof prepare>, pauses: readonly Pause[]): (atMs: number) => number {
  let atMs = 0
  const spans = pauses.map(({ afterMs, forMs }) => {
    const fromMs = atMs + afterMs
    atMs = fromMs + forMs
    const toMs = atMs
    clock.at(fromMs, () => {
      pausing.pause()
    })
    clock.at(toMs, () => {
      pausing.resume()
    })
    return { fromMs, toMs }
  })
  return (whenMs) => spans.reduce((sum, { fromMs, toMs }) => sum + Math.max(0, Math.min(whenMs, toMs) - fromMs), 0)
}

const anyPauses = fc.array(
  fc.record({ afterMs: fc.integer({ min: 1, max: 300 }), forMs: fc.integer({ min: 1, max: 2000 }) }),
  { maxLength: 4 },
)

describe('media, while the run is paused', () => {
  test('law: a file at its own pace loses nothing, and goes on from where it stood', async () => {
    await fc.assert(
      fc.asyncProperty(anyPauses, async (pauses) => {
        const scene = prepare(false)
        const pausedBefore = schedule(scene, pauses)
        scene.watch('real')
        await scene.clock.run(() => false)
        await scene.runtime.closed()
        expect(scene.seen.map(({ packet }) => [packet.seq, packet.lost])).toEqual(
          Array.from({ length: count }, (_, seq) => [seq, 0]),
        )
        for (const { atMs, packet, paused } of scene.seen) {
          expect(paused).toBe(false)
          expect(packet.capturedAtMs).toBe(atMs)
          expect(atMs - pausedBefore(atMs)).toBeCloseTo(packet.seq * periodMs, 6)
        }
        expect(scene.runtime.meters.get('media.video')?.read(0)).toMatchObject({ in: count, out: count, dropped: {} })
        expect(scene.runtime.events.filter(({ level }) => level === 'warning')).toEqual([])
      }),
      { numRuns: runs(100) },
    )
  })

  test('law: what is recorded waits by its gate, and keeps its capture times', async () => {
    await fc.assert(
      fc.asyncProperty(anyPauses, fc.integer({ min: 1, max: 50 }), async (pauses, takesMs) => {
        const scene = prepare(false)
        schedule(scene, pauses)
        scene.watch('fast', ({ gate }) => {
          scene.clock.at(scene.clock.nowMs() + takesMs, gate.hold())
        })
        await scene.clock.run(() => false)
        await scene.runtime.closed()
        expect(scene.seen.map(({ packet }) => [packet.seq, packet.capturedAtMs, packet.lost])).toEqual(
          Array.from({ length: count }, (_, seq) => [seq, seq * periodMs, 0]),
        )
        for (const { paused } of scene.seen) expect(paused).toBe(false)
      }),
      { numRuns: runs(100) },
    )
  })

  test('law: what a device captures meanwhile is counted as paused, and told as lost by the next', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(count), fc.nat(count), async (first, second) => {
        const [from, to] = [Math.min(first, second), Math.max(first, second)]
        const scene = prepare(true, (nth, { controls: { pausing } }) => {
          if (nth === from) pausing.pause()
          if (nth === to) pausing.resume()
        })
        scene.watch('real')
        await scene.clock.run(() => false)
        await scene.runtime.closed()
        const kept = Array.from({ length: count }, (_, seq) => seq).filter((seq) => seq < from || seq >= to)
        expect(scene.seen.map(({ packet }) => [packet.seq, packet.lost])).toEqual(
          kept.map((seq) => [seq, seq === to ? to - from : 0]),
        )
        const meter = scene.runtime.meters.get('media.video')
        expect(meter?.droppedBy('paused')).toBe(to - from)
        expect(meter?.held).toBe(0)
        expect(scene.runtime.pool.count().lent).toBe(0)
      }),
      { numRuns: runs(100) },
    )
  })

  test('stopped while paused, it completes', async () => {
    const scene = prepare(false)
    schedule(scene, [{ afterMs: 100, forMs: 1e6 }])
    scene.watch('real')
    scene.clock.at(500, () => {
      scene.runtime.stop()
      scene.pausing.resume()
    })
    await scene.clock.run(() => false)
    await scene.runtime.closed()
    expect(scene.seen.length).toBe(3)
    expect(scene.runtime.meters.get('media.video')?.read(0)).toMatchObject({ state: 'completed', held: 0 })
  })
})

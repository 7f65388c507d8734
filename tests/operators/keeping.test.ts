import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Frame } from '../../src/core/frame.js'
import type { Origin, Packet } from '../../src/core/packet.js'
import { sample } from '../../src/operators/index.js'
import { heldOf, live, packetOf, recorded, shapeOf, virtualRuntime } from '../core/births.js'

type Feed = (name: string, origin: Origin, seq: number) => void

/** Two streams whose newest frames are given at one tick; `meanwhile` happens while the first of them is. */
async function atOneTick(meanwhile: (scene: { in$: Subject<Packet<Frame>>; feed: Feed; stop: () => void }) => void) {
  const { clock, runtime } = virtualRuntime()
  const in$ = new Subject<Packet<Frame>>()
  const signals: string[] = []
  const feed: Feed = (name, origin, seq) => {
    const frame = runtime.pool.lease(shapeOf(2, 2))
    frame.bytes[0] = name.charCodeAt(0)
    in$.next(packetOf(frame, { origin, seq }))
    frame.release()
  }
  const subscription = runtime
    .run(() => in$.pipe(sample('10Hz')))
    .subscribe({
      next: ({ value, seq }) => {
        const name = String.fromCharCode(value.bytes[0] ?? 0)
        signals.push(`${name} at ${String(clock.nowMs())}`)
        if (name === 'a' && seq === 0) {
          meanwhile({
            in$,
            feed,
            stop: () => {
              subscription.unsubscribe()
            },
          })
        }
        expect(value.live, 'S6: lent until next has ended').toBe(true)
        signals.push(`/${name}`)
      },
      error: (error: Error) => signals.push(`error ${error.message}`),
      complete: () => signals.push('complete'),
    })
  clock.at(50, () => {
    feed('a', live, 0)
    feed('b', recorded, 0)
  })
  await clock.run(() => false)
  const [meter] = runtime.meters.values()
  if (meter === undefined) throw new Error('no meter')
  expect([heldOf(meter), runtime.pool.count().lent]).toEqual([0, 0])
  return { signals, state: meter.read(clock.nowMs()) }
}

describe('what happens while an operator that keeps packets gives one', () => {
  test('S1: what comes is given after, at the next tick, and never within', async () => {
    const { signals } = await atOneTick(({ feed }) => {
      feed('A', live, 1)
      feed('B', recorded, 1)
    })
    expect(signals).toEqual([...['a at 100', '/a', 'b at 100', '/b'], ...['A at 200', '/A', 'B at 200', '/B']])
  })

  test('S1: completion comes after all that waits', async () => {
    const { signals, state } = await atOneTick(({ in$, feed }) => {
      feed('A', live, 1)
      in$.complete()
    })
    expect(signals).toEqual(['a at 100', '/a', 'b at 100', '/b', 'A at 100', '/A', 'complete'])
    expect(state.state).toBe('completed')
  })

  test('an error passes at once: what waits is dropped', async () => {
    const { signals, state } = await atOneTick(({ in$, feed }) => {
      feed('A', live, 1)
      in$.error(new Error('broken'))
    })
    expect(signals).toEqual(['a at 100', 'error broken', '/a'])
    expect(state).toMatchObject({ in: 3, out: 1, dropped: { shutdown: 2 }, state: 'failed', error: 'broken' })
  })

  test('S5: who has enough is given no more: what waits is dropped', async () => {
    const { signals, state } = await atOneTick(({ stop, feed }) => {
      feed('A', live, 1)
      stop()
    })
    expect(signals).toEqual(['a at 100', '/a'])
    expect(state).toMatchObject({ in: 3, out: 1, dropped: { shutdown: 2 } })
  })
})

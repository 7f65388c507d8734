import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/adapters/system-clock.js'
import { type Clock, ownClock } from '../../src/core/clock.js'
import { Runtime } from '../../src/core/runtime.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { shapeOf } from './births.js'
import { runs } from '../helpers/runs.js'

const anySetting = fc.record({
  dueMs: fc.integer({ min: 0, max: 20 }),
  /** When it is cancelled, if it is; twice where it is so. */
  cancelAtMs: fc.option(fc.integer({ min: 0, max: 25 })),
  twice: fc.boolean(),
  throughOwn: fc.boolean(),
})

describe('clocks know how many timers are still to come', () => {
  test('law: at every instant those that were neither called nor cancelled; of a runtime its own alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anySetting, { minLength: 1, maxLength: 15 }), async (settings) => {
        const clock = createVirtualClock()
        const own = ownClock(clock)
        const live = { all: 0, own: 0 }
        let idle = false
        const set = (on: Clock, isOwn: boolean, dueMs: number, call: () => void): (() => void) => {
          live.all++
          if (isOwn) live.own++
          let waits = true
          const ended = (): void => {
            if (!waits) return
            waits = false
            live.all--
            if (isOwn) live.own--
          }
          const cancel = on.at(dueMs, () => {
            ended()
            call()
          })
          return () => {
            cancel()
            ended()
          }
        }
        for (const { dueMs, cancelAtMs, twice, throughOwn } of settings) {
          const cancel = set(throughOwn ? own : clock, throughOwn, dueMs, () => undefined)
          if (cancelAtMs !== null)
            set(clock, false, cancelAtMs, () => {
              cancel()
              if (twice) cancel()
            })
          expect([clock.timers(), own.timers()]).toEqual([live.all, live.own])
        }
        void own.idle().then(() => {
          idle = true
        })
        await clock.run(() => {
          expect(clock.timers()).toBe(live.all)
          expect(own.timers(), 'a timer that is being called counts until its call is over').toBe(live.own)
          expect(idle && live.own > 0).toBe(false)
          return false
        })
        expect([clock.timers(), own.timers(), idle]).toEqual([0, 0, true])
      }),
    )
  })

  test('the real one too, of the whole process', async () => {
    const before = systemClock.timers()
    const cancel = systemClock.at(systemClock.nowMs() + 1e9, () => undefined)
    expect(systemClock.timers()).toBe(before + 1)
    cancel()
    cancel()
    expect(systemClock.timers()).toBe(before)
    await new Promise<void>((resolve) => {
      systemClock.at(systemClock.nowMs() + 1, resolve)
      expect(systemClock.timers()).toBe(before + 1)
    })
    expect(systemClock.timers()).toBe(before)
  })
})

test('a runtime is closed when nothing is left of what it tracks and of its timers, in any order; a forgotten frame does not keep it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(['work', 'timer'] as const, { minLength: 2 }), async (order) => {
      const clock = createVirtualClock()
      const runtime = new Runtime({ clock })
      let settle: () => void = () => undefined
      runtime.track('work', new Promise<void>((resolve) => (settle = resolve)))
      const cancel = runtime.clock.at(10, () => undefined)
      const frame = runtime.pool.lease(shapeOf(2, 2))
      let closed = false
      const closing = runtime.closed().then(() => {
        closed = true
      })
      const ends = { work: settle, timer: cancel }
      for (const what of order) {
        await new Promise(setImmediate)
        expect(closed).toBe(false)
        ends[what]()
      }
      await closing
      await runtime.closed()
      expect(clock.timers()).toBe(0)
      frame.release()
    }),
    { numRuns: runs(6) },
  )
})

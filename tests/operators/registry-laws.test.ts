import fc from 'fast-check'
import { Observable, take } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { adapters } from '../../src/adapters/node.js'
import { applyOperator } from '../../src/core/apply-operator.js'
import type { LoadModel } from '../../src/core/inference.js'
import { Frame } from '../../src/core/frame.js'
import type { Packet } from '../../src/core/packet.js'
import type { FramePool } from '../../src/core/pool.js'
import { Runtime } from '../../src/core/runtime.js'
import type { AnyOperator } from '../../src/core/stage.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { createRegistry } from '../../src/engine/registry.js'
import { heldOf, live, packetOf, recorded, shapeOf } from '../core/births.js'
import { byTheClock, packetsForResult } from './results.js'

const operators = [...createRegistry().values()].flatMap((stage) =>
  // What has several inputs has laws of its own: tests/core/join-in-time.test.ts.
  stage.kind === 'operator' && !('joins' in stage) ? [[stage.name, stage] as const] : [],
)

/** A model that answers at once: these laws are of the stages around it. */
const loadModel = (() =>
  Promise.resolve({
    provider: 'none',
    run: () => Promise.resolve({ sizePx: [64, 32], found: [], probability: 0.5, state: new Float32Array(256) }),
    close: () => Promise.resolve(),
  })) as unknown as LoadModel

function valueOf(port: string, pool: FramePool, seq: number): unknown {
  if (port === 'picture') return pool.lease(shapeOf(64, 32, 'rgb24'))
  if (port === 'sound') return { sampleRateHz: 16_000, samples: new Float32Array(320) }
  if (port === 'detections') {
    const face = { label: 'face', score: 0.9, boxPx: [10 + (seq % 7), 10, 8, 8], keypointsPx: [] }
    return { sizePx: [64, 32], found: seq % 5 === 4 ? [] : [face] }
  }
  return port === 'pose' ? { xM: 0, yM: 0, zM: 0, rollRad: 0, pitchRad: 0, yawRad: (seq % 9) / 20 } : seq
}

function createScene(stage: AnyOperator) {
  const clock = createVirtualClock()
  const runtime = new Runtime({ clock, adapters: { ...adapters(), loadModel } })
  const options = (stage.options as { parse: (value: unknown) => unknown }).parse(stage.example)
  const port = (stage.input as { name: string }).name
  return {
    clock,
    runtime,
    /** Feeds a value, which is lent for the length of the call. */
    feed: (seq: number, next: (packet: Packet<unknown>) => void): void => {
      const value = valueOf(port, runtime.pool, seq)
      next(packetOf(value, { origin: seq % 3 === 0 ? recorded : live, seq, capturedAtMs: clock.nowMs() }))
      if (value instanceof Frame) value.release()
    },
    operator: applyOperator<never, unknown, unknown>(stage as never, options as never, {
      runtime,
      name: stage.name,
      meter: runtime.meter(stage.name),
      how: { onError: 'packets' in stage ? 'fail' : 'skip' },
    }),
  }
}

const anyEnding = fc.constantFrom('complete' as const, 'error' as const, 'unsubscribe' as const, 'take' as const)

describe.each(operators)('%s', (name, stage) => {
  test('law: it keeps the grammar, order and time of what it is given, counts exactly, and leaves nothing behind, however it ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 30 }),
        anyEnding,
        fc.integer({ min: 1, max: 5 }),
        async (gapsMs, ending, taken) => {
          const { clock, runtime, feed, operator } = createScene(stage)
          const born = new Map<number, Packet<unknown>>()
          const signals: string[] = []
          const given: Packet<unknown>[] = []
          let stop: () => void = () => undefined
          let fed = 0
          const source$ = new Observable<Packet<unknown>>((downstream) => {
            let atMs = 1
            const cancels = gapsMs.map((gapMs, seq) => {
              atMs += gapMs
              return clock.at(atMs, () => {
                feed(seq, (packet) => {
                  born.set(seq, packet)
                  fed++
                  downstream.next(packet)
                })
              })
            })
            cancels.push(
              clock.at(atMs, () => {
                if (ending === 'error') downstream.error(new Error('broken'))
                else if (ending === 'complete') downstream.complete()
                else if (ending === 'unsubscribe') stop()
              }),
            )
            return () => {
              for (const cancel of cancels) cancel()
            }
          })
          const ended = (): boolean => signals.some((signal) => signal !== 'next')
          const seen$ = ending === 'take' ? source$.pipe(operator, take(taken)) : source$.pipe(operator)
          const subscription = seen$.subscribe({
            next: (packet) => {
              expect(ended(), 'S1: nothing follows the last').toBe(false)
              signals.push('next')
              given.push(packet)
            },
            error: (error: unknown) => signals.push(`error ${(error as Error).message}`),
            complete: () => signals.push('complete'),
          })
          stop = () => {
            subscription.unsubscribe()
            signals.push('unsubscribed')
          }
          await clock.run(() => false)
          if (ending === 'complete') expect(signals.at(-1)).toBe('complete')
          if (ending === 'error') expect(signals.at(-1)).toBe('error broken')
          if (ending === 'take' && given.length === taken) expect(signals.at(-1)).toBe('complete')
          subscription.unsubscribe()
          await runtime.closed()

          for (const { seq, origin, capturedAtMs, stamp } of given) {
            const packet = born.get(seq)
            expect([origin, capturedAtMs, stamp], 'P1: no operator rewrites these').toEqual([
              packet?.origin,
              packet?.capturedAtMs,
              packet?.stamp,
            ])
          }
          for (const origin of [live, recorded]) {
            const seqs = given.filter((packet) => packet.origin === origin).map(({ seq }) => seq)
            expect(seqs, 'S2').toEqual([...new Set(seqs)].sort((a, b) => a - b))
          }
          for (const meter of runtime.meters.values()) expect(heldOf(meter), 'E7').toBe(0)
          expect(runtime.meters.get(stage.name)?.out).toBe(given.length)
          const first = runtime.meters.get(`${stage.name}/queue`)?.in ?? 0
          const direct = runtime.meters.get(stage.name)?.in ?? 0
          if (first === 0) expect(direct).toBe(fed)
          expect(runtime.pool.count().lent, 'S6').toBe(0)
        },
      ),
      { numRuns: 60 },
    )
  })

  // What works in a worker, or by the clock, is asynchronous: no synchronous source can be stopped by its results.
  test.skipIf('work' in stage || byTheClock.has(name))(
    'law: it stops a synchronous source as soon as its consumer has what it wants',
    () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 5 }), (wanted) => {
          const { runtime, feed, operator } = createScene(stage)
          let fed = 0
          const endless$ = new Observable<Packet<unknown>>((downstream) => {
            while (!downstream.closed && fed < 10_000) {
              feed(fed++ * 2, (packet) => {
                downstream.next({ ...packet, origin: live, capturedAtMs: fed * 100 })
              })
            }
          })
          let given = 0
          endless$.pipe(operator, take(wanted)).subscribe(() => given++)
          expect(given).toBe(wanted)
          expect(fed, 'a few give nothing, as a picture without a face').toBeLessThan(
            (2 * wanted + 2) * packetsForResult(name),
          )
          expect(runtime.pool.count().lent).toBe(0)
        }),
        { numRuns: 10 },
      )
    },
  )
})

test('all three forms are among them', () => {
  const formOf = (stage: AnyOperator): string => ['each', 'work', 'packets'].find((form) => form in stage) ?? 'none'
  expect(new Set(operators.map(([, stage]) => formOf(stage)))).toEqual(new Set(['each', 'work', 'packets']))
  expect(operators.length).toBeGreaterThanOrEqual(10)
})

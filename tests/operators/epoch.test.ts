import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adapters } from '../../src/adapters/node.js'
import { applyOperator } from '../../src/core/apply-operator.js'
import type { LoadModel } from '../../src/core/inference.js'
import type { Packet } from '../../src/core/packet.js'
import { Runtime } from '../../src/core/runtime.js'
import type { AnyOperator } from '../../src/core/stage.js'
import { createVirtualClock, type VirtualClock } from '../../src/core/virtual-clock.js'
import { pickFace } from '../../src/operators/pick-face.js'
import { track } from '../../src/operators/track.js'
import { smooth } from '../../src/operators/smooth.js'
import { voiceActivity } from '../../src/operators/voice-activity.js'
import { Observable } from 'rxjs'
import { live, packetOf, recorded } from '../core/births.js'
import { runs } from '../helpers/runs.js'

/** A model that says how often it has been asked since its memory began. */
const loadModel = (() =>
  Promise.resolve({
    provider: 'none',
    run: ({ state }: { readonly state: Float32Array }) => {
      const next = state.map((value) => value + 1 / 64)
      return Promise.resolve({ probability: next[0] ?? 0, state: next })
    },
    close: () => Promise.resolve(),
  })) as unknown as LoadModel

const face = (xPx: number) => ({ label: 'face', score: 0.9, boxPx: [xPx, 10, 20, 20], keypointsPx: [] })
const values: Readonly<Record<string, (n: number) => unknown>> = {
  smooth: (n) => ({ xM: 0, yM: 0, zM: 0, rollRad: 0, pitchRad: 0, yawRad: n / 10 }),
  // Two faces far from each other, and sometimes none: which one is chosen is what it remembers.
  'pick-face': (n) => ({ sizePx: [640, 480], found: n % 4 === 3 ? [] : [face(10 + n), face(600 - n)].slice(n % 2) }),
  // One that is always there, and one that comes and goes: numbers count up.
  track: (n) => ({ sizePx: [640, 480], found: [face(10 + n), face(100 * (n % 5))].slice(n % 3 === 0 ? 1 : 0) }),
  'voice-activity': () => ({ sampleRateHz: 16_000, samples: new Float32Array(400) }),
}

type Item = { readonly n: number; readonly epoch: number; readonly isLive: boolean }

async function play(definition: AnyOperator, items: readonly Item[]): Promise<readonly Packet<unknown>[]> {
  const clock: VirtualClock = createVirtualClock()
  const runtime = new Runtime({ clock, adapters: { ...adapters(), loadModel } })
  const options = (definition.options as { parse: (value: unknown) => object }).parse({})
  const context = { runtime, name: definition.name, meter: runtime.meter(definition.name), how: {} }
  const given: Packet<unknown>[] = []
  const source$ = new Observable<Packet<unknown>>((downstream) => {
    clock.at(1, () => {
      for (const [seq, { n, epoch, isLive }] of items.entries())
        clock.at(1 + seq * 10, () => {
          const value = values[definition.name]?.(n)
          downstream.next(packetOf(value, { origin: isLive ? live : recorded, seq: n, epoch, capturedAtMs: n * 10 }))
        })
      clock.at(1 + items.length * 10, () => {
        downstream.complete()
      })
    })
  })
  source$
    .pipe(applyOperator<never, unknown, unknown>(definition as never, options as never, context))
    .subscribe((packet) => {
      given.push(packet)
    })
  await clock.run(() => false)
  return given
}

const stateful = [smooth, pickFace, track, voiceActivity].map(
  ({ definition }) => [definition.name, definition] as const,
)

describe.each(stateful)('%s', (_, definition) => {
  test('law (S3): where the epoch of a stream grows it begins anew for that stream, and keeps what it knows of others', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 2, maxLength: 24 }),
        async (marks) => {
          let epoch = 0
          const items = marks.map(([isLive, grows], n): Item => {
            if (isLive && grows) epoch++
            return { n, epoch: isLive ? epoch : 0, isLive }
          })
          const whole = await play(definition as AnyOperator, items)
          const valuesOf = (packets: readonly Packet<unknown>[], of: (packet: Packet<unknown>) => boolean): unknown =>
            packets.filter(of).map(({ seq, value }) => [seq, value])
          for (let life = 0; life <= epoch; life++) {
            const alone = items.filter((item) => item.isLive && item.epoch === life)
            expect(valuesOf(whole, (packet) => packet.origin === live && packet.epoch === life)).toEqual(
              valuesOf(await play(definition as AnyOperator, alone), () => true),
            )
          }
          const others = items.filter(({ isLive }) => !isLive)
          expect(valuesOf(whole, (packet) => packet.origin === recorded)).toEqual(
            valuesOf(await play(definition as AnyOperator, others), () => true),
          )
        },
      ),
      { numRuns: runs(40) },
    )
  })
})

test('a picture without the face is no loss, but the losses that it told of are told by the next', async () => {
  const clock = createVirtualClock()
  const runtime = new Runtime({ clock })
  const told: number[] = []
  const packets = [3, 7, 4].map((n, seq) =>
    packetOf(values['pick-face']?.(n) as never, { seq, lost: seq + 1, capturedAtMs: n }),
  )
  runtime.run(() =>
    new Observable<Packet<never>>((downstream) => {
      for (const packet of packets) downstream.next(packet)
    })
      .pipe(pickFace())
      .subscribe(({ lost }) => told.push(lost)),
  )
  await clock.run(() => false)
  expect(told).toEqual([1 + 2 + 3])
})

import fc from 'fast-check'
import { Observable, type OperatorFunction, take } from 'rxjs'
import { expect } from 'vitest'
import { Frame } from '../../src/core/frame.js'
import type { Origin, Packet } from '../../src/core/packet.js'
import type { Runtime } from '../../src/core/runtime.js'
import type { StageState } from '../../src/core/wire.js'
import { heldOf, live, packetOf, recorded, shapeOf, virtualRuntime } from '../core/births.js'

const microphone: Origin = { name: 'microphone', live: true }
export const origins = [live, recorded, microphone] as const

/** One packet on its way: when it comes, and what it says. `id` is its place in the schedule, and its value. */
export type Arrival = {
  readonly id: number
  readonly atMs: number
  readonly origin: Origin
  readonly seq: number
  readonly capturedAtMs: number
  readonly lost: number
  readonly epoch: number
}

const repeated = (gapMs: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
  fc.array(gapMs, { maxLength: 30, size: 'max' })
const anyGaps = fc.oneof(
  // Steady, bursty, mostly equal stamps, with silences.
  fc.integer({ min: 1, max: 60 }).chain((periodMs) => repeated(fc.constant(periodMs))),
  repeated(fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 3 }) }, fc.integer({ min: 80, max: 400 }))),
  repeated(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 30 }))),
  repeated(fc.integer({ min: 0, max: 500 })),
)

const anyFacts = fc.record({
  origin: fc.constantFrom(live, live, live, recorded, microphone),
  lost: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 })),
  restart: fc.integer({ min: 0, max: 14 }).map((n) => n === 0),
  lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 25 })),
})

/** Packets of three streams: steady, bursty, with silences and equal stamps, late by any time, with losses and restarts among them. */
export const anyArrivals: fc.Arbitrary<readonly Arrival[]> = anyGaps
  .chain((gapsMs) =>
    fc.tuple(
      fc.constant(gapsMs),
      fc.array(anyFacts, { minLength: gapsMs.length, maxLength: gapsMs.length }),
      fc.integer({ min: 0, max: 40 }),
    ),
  )
  .map(([gapsMs, facts, delayMs]) => {
    let atMs = 100
    const last = new Map<Origin, { seq: number; capturedAtMs: number; epoch: number }>()
    return facts.map(({ origin, lost, restart, lateMs }, id) => {
      atMs += gapsMs[id] ?? 0
      const before = last.get(origin) ?? { seq: -1, capturedAtMs: 0, epoch: 0 }
      const now = {
        seq: before.seq + 1 + lost,
        capturedAtMs: Math.max(before.capturedAtMs, atMs - delayMs - lateMs),
        epoch: before.epoch + (restart ? 1 : 0),
      }
      last.set(origin, now)
      return { id, atMs, origin, lost, ...now }
    })
  })

export type Ending = {
  /** `never`: the source stays silent after its last packet; `take`: the consumer has enough. */
  readonly how: 'complete' | 'error' | 'unsubscribe' | 'take' | 'never'
  readonly atMs: number
  readonly taken: number
}

export const anyEnding: fc.Arbitrary<Ending> = fc.record({
  how: fc.constantFrom('complete', 'complete', 'error', 'unsubscribe', 'take', 'never' as const),
  atMs: fc.oneof(fc.integer({ min: 100, max: 3000 }), fc.constant(100_000)),
  taken: fc.integer({ min: 1, max: 6 }),
})

/** What an operator gave, and when. `said` is the value with ids for frames. */
export type Given = { readonly atMs: number; readonly packet: Packet<unknown>; readonly said: unknown }

export type Played = {
  readonly given: readonly Given[]
  readonly runtime: Runtime
  /** When the source had sent what it has, before whoever waited was let go. */
  readonly heldAtRest: number
  readonly state: StageState
  /** When nothing was left that waits. */
  readonly dryMs: number
}

const idIn = (frame: Frame): number => (frame.bytes[0] ?? 0) + 256 * (frame.bytes[1] ?? 0)
const saidBy = (value: unknown): unknown =>
  value instanceof Frame ? idIn(value) : Array.isArray(value) ? value.map(saidBy) : value

/**
 * Plays a schedule into an operator on virtual time, and holds what all keep: the grammar (S1), exact counts at every instant
 * (E7), no packet rewritten (P1), frames that are readable while lent and kept only by what counts them as held (S6), and nothing
 * left behind, neither frame nor timer (S5).
 */
export async function play(
  make: () => OperatorFunction<Packet<unknown>, Packet<unknown>>,
  arrivals: readonly Arrival[],
  ending: Ending,
  asFrames: boolean,
): Promise<Played> {
  const { clock, runtime } = virtualRuntime()
  const operator = runtime.run(make)
  const [meter] = runtime.meters.values()
  if (meter === undefined) throw new Error('the operator has no meter')
  const given: Given[] = []
  const signals: string[] = []
  let lastMs = 0
  let stop = (): void => undefined
  const settled = (): void => {
    const held = heldOf(meter)
    const { lent } = runtime.pool.count()
    if (asFrames && lent > 0) expect(lent, 'S6: a frame is kept by what counts it as held').toBe(held)
  }
  const source$ = new Observable<Packet<unknown>>((downstream) => {
    const cancels = arrivals.map(({ id, atMs, ...facts }) =>
      clock.at(atMs, () => {
        lastMs = atMs
        settled()
        if (asFrames) {
          const frame = runtime.pool.lease(shapeOf(2, 2))
          frame.bytes.set([id % 256, Math.floor(id / 256)])
          downstream.next(packetOf<unknown>(frame, facts))
          frame.release()
        } else downstream.next(packetOf<unknown>(id, facts))
        settled()
      }),
    )
    if (ending.how !== 'never') {
      cancels.push(
        clock.at(ending.atMs, () => {
          lastMs = ending.atMs
          settled()
          if (ending.how === 'error') downstream.error(new Error('broken'))
          else if (ending.how === 'unsubscribe') stop()
          else downstream.complete()
        }),
      )
    }
    return () => {
      for (const cancel of cancels) cancel()
    }
  })
  const operated$ = source$.pipe(operator)
  const seen$ = ending.how === 'take' ? operated$.pipe(take(ending.taken)) : operated$
  const subscription = seen$.subscribe({
    next: (packet) => {
      expect(signals, 'S1: nothing follows the last').toEqual([])
      heldOf(meter)
      lastMs = clock.nowMs()
      given.push({ atMs: clock.nowMs(), packet, said: saidBy(packet.value) })
    },
    error: (error: Error) => {
      lastMs = clock.nowMs()
      signals.push(`error ${error.message}`)
    },
    complete: () => {
      lastMs = clock.nowMs()
      signals.push('complete')
    },
  })
  stop = () => {
    subscription.unsubscribe()
  }
  await clock.run(() => false)
  const heldAtRest = heldOf(meter)
  settled()
  const expected = { complete: ['complete'], error: ['error broken'], unsubscribe: [], take: ['complete'], never: [] }
  expect(signals).toEqual(expected[ending.how])
  // Whoever let a timer stand would have made time go on.
  const dryMs = clock.nowMs()
  expect(dryMs, 'S5: no timer is left').toBe(lastMs)
  subscription.unsubscribe()
  expect(heldOf(meter), 'E7').toBe(0)
  expect(runtime.pool.count().lent, 'S6').toBe(0)
  await runtime.closed()
  for (const { packet } of given) {
    const { origin, seq, capturedAtMs, stamp } = packet
    const born = arrivals.find((arrival) => arrival.origin === origin && arrival.seq === seq)
    expect([capturedAtMs, stamp.kind], 'P1').toEqual([born?.capturedAtMs, 'synthetic'])
  }
  for (const [index, { atMs }] of given.entries())
    if (index > 0) expect(atMs).toBeGreaterThanOrEqual(given[index - 1]?.atMs ?? 0)
  return { given, runtime, heldAtRest, state: meter.read(clock.nowMs()), dryMs }
}

/** What a model says must be given: which packets of a schedule, when, and the losses told. */
export type Expected = { readonly atMs: number; readonly ids: readonly number[]; readonly lost: number }

/** What one stream is to become: from those of its packets that came, and how and when it ended (never: Infinity). */
export type Model = (
  came: readonly Arrival[],
  end: { readonly how: Ending['how']; readonly atMs: number },
) => readonly Expected[]

/** Compares what was given with a model of each stream on its own (S2). Gives what is expected, over all streams. */
export function agree(
  { given }: Played,
  arrivals: readonly Arrival[],
  ending: Ending,
  model: Model,
): readonly Expected[] {
  const all: Expected[] = []
  for (const origin of origins) {
    // A consumer that has enough ends nothing before that.
    const end = {
      how: ending.how === 'take' ? 'complete' : ending.how,
      atMs: ending.how === 'never' ? Infinity : ending.atMs,
    } as const
    const expected = model(
      arrivals.filter((arrival) => arrival.origin === origin && arrival.atMs <= end.atMs),
      end,
    )
    const found = given
      .filter(({ packet }) => packet.origin === origin)
      .map(({ atMs, packet, said }) => ({ atMs, ids: [said].flat() as readonly number[], lost: packet.lost }))
    expect(found, origin.name).toEqual(ending.how === 'take' ? expected.slice(0, found.length) : expected)
    all.push(...expected)
  }
  if (ending.how === 'take') expect(given.length).toBe(Math.min(ending.taken, all.length))
  return all
}

/** Sum of the losses that these packets tell. */
export const lossesOf = (arrivals: readonly Arrival[]): number => arrivals.reduce((sum, { lost }) => sum + lost, 0)

import fc from 'fast-check'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Packet } from '../../src/core/packet.js'
import type { MeasuredRate } from '../../src/core/ports.js'
import { measureRate } from '../../src/operators/index.js'
import { RateSpan } from '../../src/operators/measure-rate.js'
import { heldOf, packetOf, virtualRuntime } from '../core/births.js'
import { runs } from '../helpers/runs.js'
import { anyArrivals, anyEnding, type Arrival, lossesOf, origins, play } from './arrivals.js'

type Figure = { readonly ids: readonly number[]; readonly lost: number; readonly value: MeasuredRate }

/** Of whole lists of times: mean, deviation, longest, holes. */
function measured(items: readonly Arrival[]): MeasuredRate | null {
  const gapsMs = items.slice(1).map(({ capturedAtMs }, index) => capturedAtMs - (items[index]?.capturedAtMs ?? 0))
  const [first] = items
  const last = items.at(-1)
  if (first === undefined || last === undefined || last.capturedAtMs <= first.capturedAtMs) return null
  const meanMs = (last.capturedAtMs - first.capturedAtMs) / gapsMs.length
  const squares = gapsMs.reduce((sum, gapMs) => sum + (gapMs - meanMs) ** 2, 0)
  return {
    hz: 1000 / meanMs,
    jitterMs: Math.sqrt(squares / gapsMs.length),
    longestMs: Math.max(...gapsMs),
    gaps: last.seq - first.seq - gapsMs.length,
  }
}

/** Spans of one stream: each begins with the last packet of the one before it. */
function model(came: readonly Arrival[], everyMs: number, completes: boolean): readonly Figure[] {
  const given: Figure[] = []
  let span: Arrival[] = []
  let fresh: Arrival[] = []
  let lost = 0
  const give = (): void => {
    if (fresh.length === 0) return
    const value = measured(span)
    if (value !== null) {
      given.push({ ids: fresh.map(({ id }) => id), lost, value })
      lost = 0
    }
    span = span.slice(-1)
    fresh = []
  }
  let epoch = 0
  for (const arrival of came) {
    if (arrival.epoch > epoch) {
      give()
      span = []
    }
    epoch = arrival.epoch
    span.push(arrival)
    fresh.push(arrival)
    lost += arrival.lost
    if (arrival.capturedAtMs - (span[0]?.capturedAtMs ?? 0) >= everyMs) give()
  }
  if (completes) give()
  return given
}

describe('measure-rate', () => {
  test('law: it gives what whole lists of the times give, of each stream on its own; equal stamps give no nonsense', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyArrivals,
        anyEnding,
        fc.integer({ min: 1, max: 500 }),
        fc.boolean(),
        async (arrivals, ending, everyMs, asFrames) => {
          const { given, state } = await play(() => measureRate(`${String(everyMs)}ms`), arrivals, ending, asFrames)
          for (const origin of origins) {
            const endMs = ending.how === 'never' ? Infinity : ending.atMs
            const came = arrivals.filter((one) => one.origin === origin && one.atMs <= endMs)
            const expected = model(came, everyMs, ending.how === 'complete' || ending.how === 'take')
            const found = given.filter(({ packet }) => packet.origin === origin)
            if (ending.how !== 'take') expect(found.length).toBe(expected.length)
            for (const [nth, { packet }] of found.entries()) {
              const figure = expected[nth]
              const list = came.filter(({ id }) => figure?.ids.includes(id))
              const { hz, jitterMs, longestMs, gaps } = packet.value as MeasuredRate
              expect(hz).toBeCloseTo(figure?.value.hz ?? NaN, 5)
              expect(jitterMs).toBeCloseTo(figure?.value.jitterMs ?? NaN, 2)
              expect({ longestMs, gaps, lost: packet.lost }).toEqual({
                longestMs: figure?.value.longestMs,
                gaps: figure?.value.gaps,
                lost: figure?.lost,
              })
              expect([packet.seq, packet.capturedAtMs, packet.untilMs], 'P1').toEqual([
                list[0]?.seq,
                list[0]?.capturedAtMs,
                list.at(-1)?.capturedAtMs,
              ])
            }
            if (ending.how === 'never')
              expect(lossesOf(came)).toBeGreaterThanOrEqual(found.reduce((sum, one) => sum + one.packet.lost, 0))
          }
          if (ending.how === 'complete') expect(state.in).toBe(state.out + state.merged + (state.dropped['empty'] ?? 0))
        },
      ),
      { numRuns: runs(1000) },
    )
  })

  test('law: a steady stream has the rate that it has, whatever its stamps begin with', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 1000, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.integer({ min: 2, max: 300 }),
        (rateHz, beginMs, count) => {
          const span = new RateSpan()
          for (let seq = 0; seq < count; seq++) span.add({ seq, capturedAtMs: beginMs + (seq * 1000) / rateHz })
          const found = span.read()
          expect((found?.hz ?? NaN) / rateHz).toBeCloseTo(1, 3)
          expect(found?.jitterMs).toBeLessThan(0.002)
          expect(found?.gaps).toBe(0)
        },
      ),
      { numRuns: runs(1000) },
    )
  })

  test('a camera that says 30 fps and loses every third', () => {
    const { runtime } = virtualRuntime()
    const in$ = new Subject<Packet<null>>()
    const given: MeasuredRate[] = []
    runtime.run(() => in$.pipe(measureRate())).subscribe(({ value }) => given.push(value))
    for (let seq = 0; seq <= 90; seq++)
      if (seq % 3 !== 1) in$.next(packetOf(null, { seq, capturedAtMs: (seq * 1000) / 30 }))
    expect(given).toHaveLength(3)
    for (const { hz, longestMs, gaps, jitterMs } of given) {
      expect([hz, longestMs, gaps].map(Math.round)).toEqual([20, 67, 10])
      expect(jitterMs).toBeCloseTo(1000 / 60, 2)
    }
    const [meter] = runtime.meters.values()
    expect(meter === undefined ? -1 : heldOf(meter)).toBe(0)
  })

  test('of one packet, and of equal stamps, there is no rate: counted as empty', () => {
    const { runtime } = virtualRuntime()
    const in$ = new Subject<Packet<null>>()
    const given: MeasuredRate[] = []
    runtime.run(() => in$.pipe(measureRate())).subscribe(({ value }) => given.push(value))
    for (const seq of [0, 1, 2]) in$.next(packetOf(null, { seq, capturedAtMs: 5 }))
    in$.complete()
    const [meter] = runtime.meters.values()
    expect(given).toEqual([])
    expect(meter?.read(0)).toMatchObject({ in: 3, out: 0, merged: 2, dropped: { empty: 1 }, held: 0 })
  })
})

import fc from 'fast-check'
import { from, of } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineStream } from '../../src/core/define.js'
import { forwards } from '../../src/core/forwards.js'
import type { Packet } from '../../src/core/packet.js'
import { definePort } from '../../src/core/stage.js'
import { packets } from '../../src/streams/packets.js'
import { runs } from '../helpers/runs.js'
import { heldOf, live, packetOf, recorded, virtualRuntime } from './births.js'

test('law (T3): what goes back in time is dropped, counted and told, and the stream goes on', () => {
  const anyArrival = fc.record({ fromFile: fc.boolean(), capturedAtMs: fc.nat(20), lost: fc.nat(2) })
  fc.assert(
    fc.property(fc.array(anyArrival, { maxLength: 40 }), (arrivals) => {
      const { runtime } = virtualRuntime()
      const seen: Packet<number>[] = []
      const births = arrivals.map(({ fromFile, ...facts }, seq) =>
        packetOf(seq, { ...facts, seq, origin: fromFile ? recorded : live }),
      )
      forwards(from(births), 'result', { runtime, name: 'stream' }).subscribe((packet) => seen.push(packet))
      const meter = runtime.meters.get('stream.result') ?? expect.unreachable()
      expect(heldOf(meter)).toBe(0)
      expect(meter.read(0)).toMatchObject({ in: arrivals.length, out: seen.length, state: 'completed' })
      expect(meter.droppedBy('time')).toBe(arrivals.length - seen.length)
      for (const origin of [live, recorded]) {
        const all = births.filter((packet) => packet.origin === origin)
        const given = seen.filter((packet) => packet.origin === origin)
        // Each that is at least as late as all before it passes, and says what was dropped since the one before it.
        let latestMs = -Infinity
        let lost = 0
        const expected: readonly [seq: number, lost: number][] = all.flatMap((packet) => {
          lost += packet.lost
          if (packet.capturedAtMs < latestMs) {
            lost++
            return []
          }
          latestMs = packet.capturedAtMs
          const said = lost
          lost = 0
          return [[packet.seq, said]]
        })
        expect(given.map((packet) => [packet.seq, packet.lost])).toEqual(expected)
      }
    }),
    { numRuns: runs(1000) },
  )
})

test('T3: the stream of a host is counted and goes forwards, in code and in a file; it says so once', () => {
  const { runtime } = virtualRuntime()
  const number = definePort<number>('number', 'a number')
  const births = [30, 20, 10, 40].map((capturedAtMs, seq) => packetOf(seq, { seq, capturedAtMs }))
  const clockwise = defineStream({
    name: 'clockwise',
    summary: 'Numbers whose clock jumps.',
    options: z.strictObject({}),
    example: {},
    results: { numbers: number },
    mainResult: 'numbers',
    live: () => true,
    open: () => ({ numbers: of(...births) }),
  })
  const seen: number[] = []
  runtime.run(() => clockwise({}).numbers$.subscribe(({ seq, lost }) => seen.push(seq, lost)))
  expect(seen).toEqual([0, 0, 3, 2])
  expect(runtime.meters.get('clockwise.numbers')?.read(0).dropped).toEqual({ time: 2 })
  expect(runtime.events.map(({ text }) => text)).toEqual([
    'clockwise.numbers: the time of a packet went back, so it was dropped',
  ])
})

test('T3: an iterable never goes back in time, whatever the clock does', async () => {
  let now = 0
  const jumps = [50, 40, 60, 10]
  const { clock, runtime } = virtualRuntime((virtual) => ({
    ...virtual,
    nowMs: () => jumps[now++ % jumps.length] ?? 0,
  }))
  const times: number[] = []
  runtime.run(() => packets(Array(20).keys()).subscribe(({ capturedAtMs }) => times.push(capturedAtMs)))
  await clock.run(() => false)
  expect(times).toHaveLength(20)
  expect(times).toEqual([...times].sort((a, b) => a - b))
})

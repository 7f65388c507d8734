import fc from 'fast-check'
import { Observable } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { openStream } from '../../src/core/open-stage.js'
import { createPacket, type Packet } from '../../src/core/packet.js'
import { type AnyStream, definePort, type Restart, type StageContext } from '../../src/core/stage.js'
import { contextOf, virtualRuntime } from './births.js'
import { Faults } from './faults.js'
import { anyRestart } from './restarts.js'
import { runs } from '../helpers/runs.js'

const port = definePort<number>('number', 'a number')
const results = ['left', 'right'] as const
type Result = (typeof results)[number]

/** What one life of a stream gives on one result, and how that ends. */
type Course = { readonly gapsMs: readonly number[]; readonly end: 'error' | 'complete' | 'silence' }
type Life = Readonly<Record<Result, Course>> & {
  /** Its stamps run so much faster than the clock, as those of a file that is read as fast as it is taken. */
  readonly ahead: number
  /** It cannot even be opened. */
  readonly stillborn: boolean
}

const anyCourse: fc.Arbitrary<Course> = fc.record({
  gapsMs: fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 6 }),
  end: fc.oneof(
    { arbitrary: fc.constant('error' as const), weight: 3 },
    { arbitrary: fc.constantFrom('complete' as const, 'silence' as const), weight: 1 },
  ),
})
const anyLife: fc.Arbitrary<Life> = fc.record({
  left: anyCourse,
  right: anyCourse,
  ahead: fc.constantFrom(1, 1, 10),
  stillborn: fc.oneof({ arbitrary: fc.constant(false), weight: 5 }, { arbitrary: fc.constant(true), weight: 1 }),
})

type Counts = { opened: number; reading: number }

/** A stream whose lives are told beforehand; the last one goes on in silence. */
function mortal(lives: readonly Life[], counts: Counts): AnyStream {
  const read = ({ runtime }: StageContext, result: Result, life: Life | undefined): Observable<Packet<number>> =>
    new Observable((downstream) => {
      counts.reading++
      downstream.add(() => counts.reading--)
      const { clock } = runtime
      const origin = { name: `room.${result}`, live: true }
      const begunMs = clock.nowMs()
      const { gapsMs, end } = life?.[result] ?? { gapsMs: [], end: 'silence' }
      let atMs = begunMs
      for (const [seq, gapMs] of gapsMs.entries()) {
        atMs += gapMs
        const capturedAtMs = begunMs + (atMs - begunMs) * (life?.ahead ?? 1)
        const stamp = { kind: 'medium' } as const
        downstream.add(
          clock.at(atMs, () => {
            downstream.next(createPacket({ origin, seq, capturedAtMs, untilMs: capturedAtMs + 5, stamp, value: seq }))
          }),
        )
      }
      if (end === 'silence') return
      downstream.add(
        clock.at(atMs, () => {
          if (end === 'error') downstream.error(new Error(`${result} was pulled out`))
          else downstream.complete()
        }),
      )
    })
  return {
    kind: 'stream',
    name: 'mortal',
    summary: 'Dies as it is told.',
    options: z.strictObject({}),
    example: {},
    results: { left: port, right: port },
    mainResult: 'left',
    live: () => true,
    open: (_options: object, context: StageContext) => {
      const life = lives[counts.opened++]
      if (life?.stillborn === true) throw new Error('cannot be opened')
      return { left: read(context, 'left', life), right: read(context, 'right', life) }
    },
  }
}

type Scene = {
  readonly lives: readonly Life[]
  readonly restart: Restart
  /** When each result is listened to, and until when. */
  readonly listens: Readonly<Record<Result, { readonly fromMs: number; readonly forMs: number | null }>>
  readonly stopAtMs: number | null
}

const anyListening = fc.record({
  fromMs: fc.constantFrom(0, 0, 0, 15),
  forMs: fc.option(fc.integer({ min: 0, max: 200 }), { freq: 3 }),
})
const anyScene: fc.Arbitrary<Scene> = fc.record({
  lives: fc.array(anyLife, { minLength: 1, maxLength: 6 }),
  restart: anyRestart,
  listens: fc.record({ left: anyListening, right: anyListening }),
  stopAtMs: fc.option(fc.integer({ min: 0, max: 300 }), { freq: 3 }),
})

test('law (S1, S3, T3): over all its lives a stream stays one: origin, numbers, times; the epoch says which', async () => {
  const seen = { restarts: 0, failures: 0, stops: 0 }
  await fc.assert(
    fc.asyncProperty(anyScene, async ({ lives, restart, listens, stopAtMs }) => {
      const { clock, runtime } = virtualRuntime()
      const counts = { opened: 0, reading: 0 }
      const faults = new Faults()
      const context = contextOf(runtime, 'room', { onError: { restart } })
      const opened = runtime.run(() =>
        openStream(mortal(lives, counts), {}, context, { picture: null, sound: null, behind: {} }),
      )
      let restarted = 0
      runtime.watch(({ text }) => {
        if (text.includes('restarted after')) restarted++
      })
      const given: Record<Result, Packet<unknown>[]> = { left: [], right: [] }
      const ends: Record<Result, string> = { left: '', right: '' }
      for (const result of results) {
        const { fromMs, forMs } = listens[result]
        clock.at(fromMs, () => {
          const listening = opened[result]?.subscribe({
            next: (packet) => {
              faults.look(() => {
                expect(ends[result], 'S1').toBe('')
                expect(packet.epoch).toBe(restarted)
              })
              given[result].push(packet)
            },
            error: (error: Error) => {
              faults.look(() => {
                expect(ends[result], 'S1').toBe('')
              })
              ends[result] = error.message
            },
            complete: () => {
              faults.look(() => {
                expect(ends[result], 'S1').toBe('')
              })
              ends[result] = 'complete'
            },
          })
          if (forMs !== null)
            clock.at(clock.nowMs() + forMs, () => {
              listening?.unsubscribe()
              ends[result] ||= 'let go'
            })
        })
      }
      if (stopAtMs !== null)
        clock.at(stopAtMs, () => {
          const isDown = context.meter.read(0).state === 'restarting'
          runtime.stop()
          // It does not come back; what was up is for the stream itself to end.
          if (isDown) {
            seen.stops++
            for (const result of results) if (clock.nowMs() > listens[result].fromMs) expect(ends[result]).not.toBe('')
          }
        })
      await clock.run(() => false)
      faults.check()

      for (const result of results) {
        const packets = given[result]
        for (const [index, { origin, seq, capturedAtMs, untilMs, epoch }] of packets.entries()) {
          expect(origin).toBe(packets[0]?.origin)
          expect(untilMs).toBe(capturedAtMs + 5)
          const before = packets[index - 1]
          if (before === undefined) continue
          expect(seq, 'numbers go on').toBe(before.seq + 1)
          expect(capturedAtMs, 'T3').toBeGreaterThanOrEqual(before.capturedAtMs)
          expect(epoch).toBeGreaterThanOrEqual(before.epoch)
        }
      }
      seen.restarts += restarted > 0 ? 1 : 0
      const failed = Object.values(ends).some((end) => end.includes('given up'))
      seen.failures += failed ? 1 : 0
      expect(clock.timers()).toBe(0)
      if (Object.values(ends).every((end) => end !== '')) expect(counts.reading).toBe(0)
      expect(context.meter.read(0).restarts).toBe(restarted)
    }),
    { numRuns: runs(1000) },
  )
  const of = runs(1000)
  expect(seen.restarts).toBeGreaterThan(of / 2)
  expect(seen.failures).toBeGreaterThan(of / 20)
  expect(seen.stops).toBeGreaterThan(of / 20)
})

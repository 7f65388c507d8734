import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { listenWords } from '../../web/src/logic/listen-words.js'
import { JitterBuffer, type Slot } from '../../web/src/sound/jitter-buffer.js'
import { wantedCodec } from '../../web/src/sound/sound-decoder.js'
import { runs } from '../helpers/runs.js'

type Arrival = { readonly fromMs: number; readonly lastsMs: number; readonly nowMs: number }
type Planned = Arrival & { readonly slot: Slot }

/** What is played of what arrives; who begins anew takes back what was planned from then on. */
function play(buffer: JitterBuffer, arrivals: readonly Arrival[]): readonly Planned[] {
  return arrivals.flatMap((arrival) => {
    const slot = buffer.take(arrival, arrival.nowMs)
    return slot === null ? [] : [{ ...arrival, slot }]
  })
}

/** Chunks of 20 ms that arrive so late each, one after the other. */
const regular = (count: number, lateMs: (n: number) => number, fromMs = 0): readonly Arrival[] => {
  let nowMs = 0
  return Array.from({ length: count }, (_, n) => {
    nowMs = Math.max(nowMs, fromMs + 20 * (n + 1) + lateMs(n))
    return { fromMs: fromMs + 20 * n, lastsMs: 20, nowMs }
  })
}

/** Holes, repetitions and jumps of capture time, long waits and bursts. */
const wild = fc
  .array(
    fc.record({
      stepMs: fc.oneof(
        { weight: 5, arbitrary: fc.constant(20) },
        { weight: 1, arbitrary: fc.integer({ min: -90, max: 3000 }) },
      ),
      waitMs: fc.oneof(
        { weight: 3, arbitrary: fc.constant(20) },
        { weight: 2, arbitrary: fc.integer({ min: 0, max: 120 }) },
        { weight: 1, arbitrary: fc.constantFrom(0, 500, 4000) },
      ),
    }),
    { maxLength: 150 },
  )
  .map((steps) => {
    let [fromMs, nowMs] = [0, 0]
    return steps.map(({ stepMs, waitMs }) => {
      fromMs += stepMs
      nowMs += waitMs
      return { fromMs, lastsMs: 20, nowMs }
    })
  })

describe('JitterBuffer', () => {
  test('law: whatever comes, it plays in order, never two at once, never in the past, and never further ahead than 400 ms', () => {
    fc.assert(
      fc.property(wild, (arrivals) => {
        let [endMs, lastFromMs] = [-Infinity, -Infinity]
        for (const { fromMs, lastsMs, nowMs, slot } of play(new JitterBuffer(), arrivals)) {
          expect(slot.atMs).toBeGreaterThanOrEqual(nowMs)
          expect(slot.atMs - nowMs).toBeLessThanOrEqual(400)
          if (!slot.anew) expect(slot.atMs).toBeGreaterThanOrEqual(endMs)
          expect(fromMs).toBeGreaterThan(lastFromMs)
          lastFromMs = fromMs
          endMs = slot.atMs + lastsMs / slot.rate
        }
      }),
    )
  })

  test('law: after any mess, even sound is played on without a break, and within 400 ms of its coming', () => {
    fc.assert(
      fc.property(
        wild,
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 300, maxLength: 300 }),
        (mess, jitter) => {
          const buffer = new JitterBuffer()
          play(buffer, mess)
          const last = mess[mess.length - 1] ?? { fromMs: 0, nowMs: 0 }
          const newest = mess.reduce((most, { fromMs }) => Math.max(most, fromMs), 0)
          const after = regular(300, (n) => jitter[n] ?? 0).map((one) => ({
            ...one,
            fromMs: one.fromMs + newest + 20,
            nowMs: one.nowMs + last.nowMs + 5000,
          }))
          const planned = play(buffer, after)
          expect(planned).toHaveLength(300)
          expect(planned.filter(({ slot }) => slot.anew).length).toBeLessThanOrEqual(2)
          expect(planned.slice(30).some(({ slot }) => slot.anew)).toBe(false)
        },
      ),
    )
  })

  test('law: clocks that run apart by up to 0.3 % never interrupt, in ten minutes', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.003, max: 0.003, noNaN: true }),
        fc.infiniteStream(fc.integer({ min: 0, max: 15 })),
        (drift, jitter) => {
          const late = jitter[Symbol.iterator]()
          const buffer = new JitterBuffer()
          const planned = play(
            buffer,
            Array.from({ length: 30_000 }, (_, n) => ({
              fromMs: 20 * n,
              lastsMs: 20,
              nowMs: 20 * n * (1 + drift) + Number(late.next().value),
            })),
          )
          expect(buffer.interruptions).toBe(0)
          const aheadMs = planned.slice(1000).map(({ slot, nowMs }) => slot.atMs - nowMs)
          expect(aheadMs.reduce((most, one) => Math.max(most, one), 0)).toBeLessThan(150)
        },
      ),
      { numRuns: runs(15) },
    )
  })

  test('a hole in the sound is as long when it is played', () => {
    const buffer = new JitterBuffer()
    const first = buffer.take({ fromMs: 0, lastsMs: 20 }, 100)
    const second = buffer.take({ fromMs: 60, lastsMs: 20 }, 110)
    expect([first?.atMs, second?.atMs]).toEqual([160, 220])
  })

  test('who was late gets more in reserve, and gives it back while all goes well', () => {
    const buffer = new JitterBuffer()
    const evenly = play(
      buffer,
      regular(10, () => 0),
    )
    expect(evenly.map(({ slot }) => slot.atMs - 80)).toEqual(evenly.map(({ fromMs }) => fromMs))
    const late = buffer.take({ fromMs: 200, lastsMs: 20 }, 500)
    expect(late).toEqual({ atMs: 580, rate: 1, anew: true })
    play(
      buffer,
      regular(3000, () => 280, 220),
    )
    expect(buffer.take({ fromMs: 100_000, lastsMs: 20 }, 200_000)?.atMs).toBe(200_080)
    expect(buffer.interruptions).toBe(2)
  })
})

describe('wantedCodec', () => {
  test('Opus where the browser can decode it, else PCM; nothing where nothing is offered', () => {
    expect(wantedCodec(['pcm', 'opus', 'mulaw'], true)).toBe('opus')
    expect(wantedCodec(['pcm', 'opus', 'mulaw'], false)).toBe('pcm')
    expect(wantedCodec(['pcm', 'mulaw'], true)).toBe('pcm')
    expect(wantedCodec(undefined, true)).toBeNull()
  })
})

test('the delay is told in words', () => {
  const heard = { listening: true, playing: true, delayMs: 123.4, interruptions: 0 }
  expect(listenWords({ ...heard, listening: false, playing: false })).toBe('')
  expect(listenWords({ ...heard, playing: false })).toContain('click Listen again')
  expect(listenWords({ ...heard, delayMs: null })).toBe('Waiting for sound')
  expect(listenWords(heard)).toBe('Heard at least 120 ms after it was made')
  expect(listenWords({ ...heard, interruptions: 1 })).toBe('Heard at least 120 ms after it was made, interrupted once')
  expect(listenWords({ ...heard, interruptions: 3 })).toContain('interrupted 3 times')
})

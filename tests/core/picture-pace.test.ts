import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PicturePace, pictureSteps } from '../../src/core/picture-pace.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { Link } from '../helpers/link.js'
import { runs } from '../helpers/runs.js'

const bestBytes = 50_000
/** About what a JPEG of 640x480 takes of its best at these qualities; the pace does not know them. */
const sizes: Readonly<Record<number, number>> = { 1: 1, 0.8: 0.7, 0.6: 0.58, 0.4: 0.42, 0.27: 0.33 }

type Scene = {
  /** bytes per ms, from a time on: 125 is 1 Mbit/s. */
  readonly bandwidths: readonly (readonly [fromMs: number, bytesPerMs: number])[]
  readonly latencyMs: number
  readonly framesPerSecond: number
  readonly forMs: number
  /** How the client tells what has arrived. */
  readonly tells: 'ack' | 'pong' | 'nothing'
  /** Pictures differ by so much, 0 to 1. */
  readonly noise?: readonly number[]
  /** From the arrival to showing, and so to telling, which may say how long that took. */
  readonly showMs?: number
  readonly tellsShowing?: boolean
}

type Told = { readonly atMs: number; readonly step: number }

/** Pictures over a link, as the hub sends them. */
async function simulate(scene: Scene) {
  const clock = createVirtualClock()
  const pace = new PicturePace()
  const link = new Link(clock, { bytesPerMs: scene.bandwidths[0]?.[1] ?? 1, latencyMs: scene.latencyMs })
  const back = (call: () => void): void => {
    clock.at(clock.nowMs() + scene.latencyMs, call)
  }
  const steps: Told[] = [{ atMs: 0, step: 0 }]
  const sent: number[] = []
  const arrived: { readonly atMs: number; readonly ageMs: number }[] = []
  const look = (): void => {
    if (pace.step !== steps.at(-1)?.step) steps.push({ atMs: clock.nowMs(), step: pace.step })
  }
  const ping = (): void => {
    const sentAtMs = clock.nowMs()
    link.send(20, () => {
      if (scene.tells !== 'nothing')
        back(() => {
          pace.roundTrip(clock.nowMs() - sentAtMs, clock.nowMs())
        })
    })
  }
  for (const [fromMs, bytesPerMs] of scene.bandwidths)
    clock.at(fromMs, () => {
      link.bytesPerMs = bytesPerMs
    })
  const ask = (mark: number): void => {
    if (scene.tells !== 'pong') return
    link.send(10, () => {
      back(() => {
        const next = pace.answered(mark, clock.nowMs())
        look()
        if (next !== null) ask(next)
      })
    })
  }
  let most = 0
  const frame = (seq: number): void => {
    const capturedAtMs = clock.nowMs()
    const step = pace.offer(0, capturedAtMs, false)
    look()
    if (typeof step === 'object') {
      const noise = scene.noise?.[seq % scene.noise.length] ?? 0
      const bytes = Math.round(bestBytes * (sizes[step.quality] ?? 1) * (1 + noise))
      if (pace.measuresTrip(capturedAtMs)) ping()
      const mark = pace.sent(0, seq, bytes, capturedAtMs)
      sent.push(capturedAtMs)
      most = Math.max(most, pace.underWay)
      link.send(bytes, () => {
        arrived.push({ atMs: clock.nowMs(), ageMs: clock.nowMs() - capturedAtMs })
        if (scene.tells === 'ack')
          clock.at(clock.nowMs() + (scene.showMs ?? 0), () => {
            back(() => {
              pace.acknowledged(0, seq, clock.nowMs(), scene.tellsShowing === true ? scene.showMs : 0)
              look()
            })
          })
      })
      if (mark !== null) ask(mark)
    }
    clock.at((seq + 1) * (1000 / scene.framesPerSecond), () => {
      frame(seq + 1)
    })
  }
  frame(0)
  await clock.run(() => clock.nowMs() >= scene.forMs)
  return { steps, sent, arrived, most, pace }
}

/** How often the way turned: down and then up, or up and then down. */
function reversals(steps: readonly Told[], fromMs = 0): number {
  const moves = steps.flatMap(({ step, atMs }, i) => {
    const before = steps[i - 1]
    return before === undefined || atMs < fromMs ? [] : [Math.sign(step - before.step)]
  })
  return moves.filter((move, i) => i > 0 && move !== moves[i - 1]).length
}

const tells = fc.constantFrom('ack' as const, 'pong' as const)
const framesPerSecond = fc.constantFrom(5, 10, 15, 24, 30, 60)
/** From 0.2 Mbit/s to 100 Mbit/s. */
const bandwidth = fc.double({ min: Math.log(25), max: Math.log(12_500), noNaN: true }).map(Math.exp)
const latencyMs = fc.integer({ min: 0, max: 120 })
const noise = fc.array(fc.double({ min: -0.12, max: 0.12, noNaN: true }), { minLength: 1, maxLength: 40 })

describe('PicturePace', () => {
  test('law: on a steady link it comes to rest, having turned once at most', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          bandwidth,
          latencyMs,
          framesPerSecond,
          tells,
          noise,
          showMs: fc.integer({ min: 0, max: 20 }),
          tellsShowing: fc.boolean(),
        }),
        async ({ bandwidth, ...scene }) => {
          const { steps } = await simulate({ ...scene, bandwidths: [[0, bandwidth]], forMs: 90_000 })
          expect(reversals(steps), JSON.stringify(steps)).toBeLessThanOrEqual(1)
          expect(steps.at(-1)?.atMs, `it rests: ${JSON.stringify(steps)}`).toBeLessThan(45_000)
        },
      ),
      { numRuns: runs(25) },
    )
  })

  test('law: with room for the best it comes back to it after a stall, however long showing takes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ framesPerSecond, latencyMs, showMs: fc.integer({ min: 0, max: 150 }) }),
        async (scene) => {
          const enough = (bestBytes * Math.min(30, scene.framesPerSecond)) / 1000 / 0.4
          const bandwidths = [
            [0, enough],
            [10_000, 40],
            [12_000, enough],
          ] as const
          const { steps } = await simulate({
            ...scene,
            bandwidths,
            forMs: 90_000,
            tells: 'ack',
            tellsShowing: true,
          })
          expect(Math.max(...steps.map(({ step }) => step)), 'the stall is seen').toBeGreaterThan(0)
          expect(steps.at(-1)?.step, JSON.stringify(steps)).toBe(0)
        },
      ),
      { numRuns: runs(25) },
    )
  })

  test('law: at most 30 a second, and few under way, whatever the link does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          bandwidths: fc
            .array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), bandwidth), { minLength: 1, maxLength: 6 })
            .map((steps) => [[0, 1000] as const, ...steps]),
          latencyMs,
          framesPerSecond,
          tells: fc.constantFrom('ack' as const, 'pong' as const, 'nothing' as const),
        }),
        async (scene) => {
          const { sent, most } = await simulate({ ...scene, forMs: 20_000 })
          for (const [i, atMs] of sent.entries()) {
            const within = sent.slice(i).filter((other) => other < atMs + 1000).length
            expect(within).toBeLessThanOrEqual(31)
          }
          expect(most).toBeLessThanOrEqual(64)
          if (scene.tells === 'nothing')
            expect(sent.length, 'nobody tells that any came').toBeLessThanOrEqual(16 + 5 * 12)
        },
      ),
      { numRuns: runs(25) },
    )
  })

  test('law: when the link gets slower, what waits in it is bounded at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          fast: fc.integer({ min: 625, max: 12_500 }),
          slow: fc.integer({ min: 60, max: 300 }),
          latencyMs: fc.integer({ min: 0, max: 60 }),
          framesPerSecond: fc.constantFrom(15, 30),
          tells,
        }),
        async ({ fast, slow, ...scene }) => {
          const { arrived } = await simulate({
            ...scene,
            bandwidths: [
              [0, fast],
              [20_000, slow],
            ],
            forMs: 60_000,
          })
          const oneMs = bestBytes / slow
          // What was sent before anyone could know, and then no more than one picture and the queue that is allowed.
          const most = Math.max(...arrived.map(({ ageMs }) => ageMs))
          const unknownMs = 2 * scene.latencyMs + (scene.tells === 'ack' ? 0 : 300)
          const onTheWay = 4 + Math.ceil((unknownMs * 30) / 1000)
          expect(most).toBeLessThan(onTheWay * oneMs + scene.latencyMs)
          const later = arrived.filter(({ atMs }) => atMs > 20_000 + 8 * oneMs + 4000).map(({ ageMs }) => ageMs)
          expect(Math.max(...later)).toBeLessThan(1.5 * oneMs + 300 + 3 * scene.latencyMs)
        },
      ),
      { numRuns: runs(25) },
    )
  })

  test('10 Mbit/s, then 1, then 10: down within a second, up again slowly, without turning back', async () => {
    const { steps } = await simulate({
      bandwidths: [
        [0, 1250],
        [30_000, 125],
        [60_000, 1250],
      ],
      latencyMs: 20,
      framesPerSecond: 15,
      forMs: 120_000,
      tells: 'ack',
    })
    const at = (atMs: number): number => steps.filter((told) => told.atMs <= atMs).at(-1)?.step ?? 0
    expect(at(29_000)).toBeLessThanOrEqual(2)
    expect(at(31_500)).toBeGreaterThanOrEqual(5)
    expect(at(62_000)).toBeGreaterThanOrEqual(4)
    expect(at(119_000)).toBe(at(29_000))
    expect(reversals(steps, 61_000)).toBe(0)
    expect(reversals(steps)).toBeLessThanOrEqual(2)
  })

  test('a client that never tells gets pictures until that is clear, then one now and then', async () => {
    const { sent } = await simulate({
      bandwidths: [[0, 1250]],
      latencyMs: 10,
      framesPerSecond: 15,
      forMs: 30_000,
      tells: 'nothing',
    })
    expect(sent.filter((atMs) => atMs < 4000).length).toBeLessThanOrEqual(8)
    expect(sent.length).toBeGreaterThan(6)
  })

  test('each step takes less than the one before', () => {
    for (const [i, step] of pictureSteps.entries()) {
      const before = pictureSteps[i - 1]
      if (before === undefined) continue
      expect(step.quality * step.perSecond).toBeLessThan(before.quality * before.perSecond)
      expect(new Set(pictureSteps.map(({ quality }) => quality)).size).toBeLessThanOrEqual(5)
    }
  })
})

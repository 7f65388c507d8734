import fc from 'fast-check'
import { map, of, type OperatorFunction, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { adapters } from '../../src/adapters/node.js'
import type { LoadModel } from '../../src/core/inference.js'
import type { Origin, Packet } from '../../src/core/packet.js'
import type { Detections, Pose, Sound, Voice } from '../../src/core/ports.js'
import { createPool } from '../../src/core/pool.js'
import { Runtime } from '../../src/core/runtime.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { deadBand, pickFace, smooth, solvePose, throttle, voiceActivity } from '../../src/operators/index.js'
import { quantise, solve } from '../../src/operators/solve-pose.js'
import { createSpeechGate } from '../../src/operators/voice-activity.js'
import { packets } from '../../src/streams/packets.js'
import { letterboxFrame } from '../../src/vision/letterbox-frame.js'
import { runs } from '../helpers/runs.js'
import { heldOf, live, packetOf, recorded, shapeOf, virtualRuntime } from '../core/births.js'

const still: Pose = { xM: 0, yM: 0, zM: 0, rollRad: 0, pitchRad: 0, yawRad: 0 }
const anyTurn = fc.double({ min: -1, max: 1, noNaN: true })
/** Poses of two origins, merged, each with its own times. */
const anyTurns = fc.array(
  fc.record({ yawRad: anyTurn, fromFile: fc.boolean(), afterMs: fc.integer({ min: 1, max: 60 }) }),
  { maxLength: 60 },
)

function posesOf(turns: readonly { yawRad: number; fromFile: boolean; afterMs: number }[]): Packet<Pose>[] {
  let capturedAtMs = 0
  return turns.map(({ yawRad, fromFile, afterMs }, seq) => {
    capturedAtMs += afterMs
    return packetOf({ ...still, yawRad }, { origin: fromFile ? recorded : live, seq, capturedAtMs })
  })
}

function through<In, Out>(
  items: readonly Packet<In>[],
  operator: OperatorFunction<Packet<In>, Packet<Out>>,
): Packet<Out>[] {
  const given: Packet<Out>[] = []
  of(...items)
    .pipe(operator)
    .subscribe((packet) => given.push(packet))
  return given
}
const only = <T>(items: readonly Packet<T>[], origin: Origin): Packet<T>[] =>
  items.filter((packet) => packet.origin === origin)

describe('state is kept for each origin: two streams merged give what each gives alone', () => {
  type PoseOperator = OperatorFunction<Packet<Pose>, Packet<unknown>>
  const makers: readonly (readonly [string, () => PoseOperator])[] = [
    ['smooth', () => smooth()],
    ['dead-band', () => deadBand('5deg')],
    ['solve-pose', () => solvePose()],
    ['throttle', () => throttle('20fps')],
  ]
  test.each(makers)('law: %s', (_, make) => {
    fc.assert(
      fc.property(anyTurns, (turns) => {
        const run = (items: readonly Packet<Pose>[]) =>
          through<Pose, unknown>(items, virtualRuntime().runtime.run<PoseOperator>(make))
        const poses = posesOf(turns)
        const merged = run(poses)
        for (const origin of [live, recorded]) expect(only(merged, origin)).toEqual(run(only(poses, origin)))
      }),
    )
  })

  test('law: pick-face, by capture time; what gives nothing is counted as empty', () => {
    const face = fc.record({ x: fc.integer({ min: 0, max: 1200 }), width: fc.integer({ min: 20, max: 300 }) })
    const picture = fc.record({
      faces: fc.array(face, { maxLength: 3 }),
      fromFile: fc.boolean(),
      afterMs: fc.integer({ min: 1, max: 600 }),
    })
    fc.assert(
      fc.property(fc.array(picture, { maxLength: 40 }), (pictures) => {
        let capturedAtMs = 0
        const items = pictures.map(({ faces, fromFile, afterMs }, seq) => {
          capturedAtMs += afterMs
          const found = faces.map(({ x, width }) => ({
            label: 'face',
            score: 0.9,
            boxPx: [x, 100, width, width] as const,
            keypointsPx: [],
          }))
          return packetOf<Detections>(
            { sizePx: [1280, 720], found },
            { origin: fromFile ? recorded : live, seq, capturedAtMs },
          )
        })
        const run = (some: readonly Packet<Detections>[]): { given: Packet<Detections>[]; runtime: Runtime } => {
          const { runtime } = virtualRuntime()
          return {
            given: through(
              some,
              runtime.run(() => pickFace()),
            ),
            runtime,
          }
        }
        const { given, runtime } = run(items)
        for (const origin of [live, recorded]) expect(only(given, origin)).toEqual(run(only(items, origin)).given)
        for (const { value } of given) expect(value.found).toHaveLength(1)
        const meter = runtime.meters.get('pick-face')
        expect(meter?.droppedBy('empty')).toBe(items.length - given.length)
        expect(meter === undefined ? -1 : heldOf(meter)).toBe(0)
      }),
    )
  })
})

describe('throttle', () => {
  test('law: what does not pass is counted as rate; in any second at most its rate and two pass', () => {
    const gaps = fc.array(fc.double({ min: 0, max: 120, noNaN: true }), { maxLength: 200 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 60 }), (gapsMs, rateHz) => {
        const { runtime } = virtualRuntime()
        let capturedAtMs = 0
        const items = gapsMs.map((gapMs, seq) => packetOf(seq, { seq, capturedAtMs: (capturedAtMs += gapMs) }))
        const given = through<number, number>(
          items,
          runtime.run(() => throttle(`${String(rateHz)}fps`)),
        )
        const meter = runtime.meters.get('throttle')
        expect(meter?.droppedBy('rate')).toBe(items.length - given.length)
        expect(meter === undefined ? -1 : heldOf(meter)).toBe(0)
        for (const [index, { capturedAtMs: fromMs }] of given.entries()) {
          const within = given.slice(index).filter((packet) => packet.capturedAtMs < fromMs + 1000)
          // A late one and the next on the grid may lie close together; on average it is the rate.
          expect(within.length).toBeLessThanOrEqual(rateHz + 2)
        }
      }),
    )
  })

  test.each([
    [60, '30fps', 150],
    [50, '25fps', 125],
    [90, '30fps', 150],
    [30, '30fps', 150],
    [24, '30fps', 120],
  ])('%i fps for 5 s through %s with 4 ms of jitter are %i, or one more at the end', (rateHz, limit, count) => {
    const items = [...Array(rateHz * 5).keys()].map((n) =>
      packetOf(n, { seq: n, capturedAtMs: (n * 1000) / rateHz + (n % 3) * 2 }),
    )
    const given = through<number, number>(
      items,
      virtualRuntime().runtime.run(() => throttle(limit)),
    )
    expect([count, count + 1]).toContain(given.length)
    if (count === items.length) expect(given).toHaveLength(count)
  })
})

describe('smooth', () => {
  test('law: a head that stands still is given as it is, from the first pose on', () => {
    fc.assert(
      fc.property(anyTurn, fc.integer({ min: 1, max: 30 }), (yawRad, count) => {
        const items = posesOf(Array.from({ length: count }, () => ({ yawRad, fromFile: false, afterMs: 33 })))
        const given = through<Pose, Pose>(
          items,
          virtualRuntime().runtime.run(() => smooth()),
        )
        for (const { value } of given) expect(value.yawRad).toBeCloseTo(yawRad, 12)
      }),
    )
  })

  test('calmer at rest and no later in motion: trembling shrinks, a turn is followed within a tenth', () => {
    const run = (yaws: readonly number[]) =>
      through<Pose, Pose>(
        posesOf(yaws.map((yawRad) => ({ yawRad, fromFile: false, afterMs: 33 }))),
        virtualRuntime().runtime.run(() => smooth()),
      ).map(({ value }) => value.yawRad)
    const trembling = run([...Array(60).keys()].map((n) => (n % 2 === 0 ? 0.002 : -0.002)))
    expect(Math.max(...trembling.slice(30).map(Math.abs))).toBeLessThan(0.001)
    const turning = run([...Array(30).keys()].map((n) => n * 0.05))
    expect(Math.abs((turning.at(-1) ?? 0) - 29 * 0.05)).toBeLessThan(0.05)
  })
})

describe('solve-pose', () => {
  test('law (M1): with any memory it gives what it gives without, to the sign of a zero', () => {
    const tiny = fc.constantFrom(0, -0, 1e-9, -1e-9, 0.0001, -0.0001, 0.01, -0.01)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(anyTurn, tiny), tiny), { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        (poses, memo) => {
          const items = poses.map(([yawRad, zM], seq) => packetOf({ ...still, yawRad, zM }, { seq }))
          const run = (size: number) => {
            const { runtime } = virtualRuntime()
            return through<Pose, ReturnType<typeof solve>>(
              items,
              runtime.run(() => solvePose({ memo: size })),
            ).map(({ value }) => ({ ...value, knownForMs: undefined }))
          }
          const plainly = run(0)
          expect(run(memo)).toEqual(plainly)
          expect(plainly).toEqual(items.map(({ value }) => solve(quantise(value, (0.1 * Math.PI) / 180, 0.0001))))
        },
      ),
    )
  })

  test('what is handed out cannot be changed, all the way down', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen))
    expect(frozen(solve({ ...still }))).toBe(true)
    expect(frozen(solve({ ...still, zM: 1 }))).toBe(true)
    expect(solve({ ...still, zM: 1 })).toMatchObject({ reachable: false, jointsRad: null })
  })

  test('law (M3): hits and misses are all that came, over all origins; evictions are what the bound let go', () => {
    fc.assert(
      fc.property(anyTurns, fc.integer({ min: 1, max: 5 }), (turns, memo) => {
        const { runtime } = virtualRuntime()
        const items = posesOf(turns.map((turn) => ({ ...turn, yawRad: Math.round(turn.yawRad * 4) / 10 })))
        through<Pose, unknown>(
          items,
          runtime.run(() => solvePose({ memo })),
        )
        const expected = { hits: 0, misses: 0, evictions: 0 }
        for (const origin of [live, recorded]) {
          let kept: number[] = []
          for (const { value } of only(items, origin)) {
            if (kept.includes(value.yawRad)) expected.hits++
            else expected.misses++
            kept = [...kept.filter((one) => one !== value.yawRad), value.yawRad]
            if (kept.length <= memo) continue
            kept.shift()
            expected.evictions++
          }
        }
        expect(runtime.memos.get('solve-pose')?.() ?? { hits: 0, misses: 0, evictions: 0 }).toEqual(expected)
      }),
    )
  })
})

describe('resize', () => {
  test('law (S7): a mark in the source is found where the geometry of the resized frame says, within a pixel of it', () => {
    const side = fc.integer({ min: 24, max: 90 })
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        (width, height, toWidth, toHeight, u, v) => {
          const pool = createPool()
          const frame = pool.lease(shapeOf(width, height))
          const [markX, markY] = [Math.floor(u * width), Math.floor(v * height)]
          frame.bytes.fill(0)
          frame.bytes[markY * width + markX] = 255
          const boxed = letterboxFrame(frame, [toWidth, toHeight], pool)
          const { offsetXPx, offsetYPx, scaleX, scaleY, sourceWidthPx, sourceHeightPx } = boxed.geometry
          expect([sourceWidthPx, sourceHeightPx]).toEqual([width, height])
          let [sum, sumX, sumY] = [0, 0, 0]
          for (const [index, byte] of boxed.bytes.entries()) {
            sum += byte
            sumX += byte * ((index % toWidth) + 0.5)
            sumY += byte * (Math.floor(index / toWidth) + 0.5)
          }
          expect(sum).toBeGreaterThan(0)
          expect(Math.abs((sumX / sum - offsetXPx) * scaleX - (markX + 0.5))).toBeLessThanOrEqual(scaleX)
          expect(Math.abs((sumY / sum - offsetYPx) * scaleY - (markY + 0.5))).toBeLessThanOrEqual(scaleY)
          frame.release()
          boxed.release()
          expect(pool.count().lent).toBe(0)
        },
      ),
    )
  })

  test('law (S7): resized again and again, a frame still leads back to the source, within a pixel of each step', () => {
    const share = fc.double({ min: 0.1, max: 0.9, noNaN: true })
    const sizes = fc.array(fc.tuple(fc.integer({ min: 24, max: 100 }), fc.integer({ min: 24, max: 100 })), {
      minLength: 2,
      maxLength: 4,
    })
    fc.assert(
      fc.property(sizes, share, share, (chain, u, v) => {
        const pool = createPool()
        const [width, height, mark] = [120, 96, 8]
        let frame = pool.lease(shapeOf(width, height))
        const [left, top] = [Math.floor(u * (width - mark)), Math.floor(v * (height - mark))]
        frame.bytes.fill(0)
        for (let y = top; y < top + mark; y++) frame.bytes.fill(255, y * width + left, y * width + left + mark)
        let [withinX, withinY] = [0, 0]
        for (const size of chain) {
          const smaller = letterboxFrame(frame, size, pool)
          frame.release()
          frame = smaller
          withinX += frame.geometry.scaleX
          withinY += frame.geometry.scaleY
        }
        let [sum, sumX, sumY] = [0, 0, 0]
        for (const [index, byte] of frame.bytes.entries()) {
          sum += byte
          sumX += byte * ((index % frame.widthPx) + 0.5)
          sumY += byte * (Math.floor(index / frame.widthPx) + 0.5)
        }
        const { offsetXPx, offsetYPx, scaleX, scaleY, sourceWidthPx, sourceHeightPx } = frame.geometry
        expect([sourceWidthPx, sourceHeightPx]).toEqual([width, height])
        expect(frame.own().geometry).toEqual(frame.geometry)
        expect(frame.pixels.geometry).toEqual(frame.geometry)
        expect(Math.abs((sumX / sum - offsetXPx) * scaleX - (left + mark / 2))).toBeLessThanOrEqual(withinX)
        expect(Math.abs((sumY / sum - offsetYPx) * scaleY - (top + mark / 2))).toBeLessThanOrEqual(withinY)
        frame.release()
      }),
      { numRuns: runs(1000) },
    )
  })

  test('a mark that is as large as a pixel of the target is always found', () => {
    const pool = createPool()
    const frame = pool.lease(shapeOf(80, 40))
    frame.bytes.fill(0)
    for (let y = 20; y < 24; y++) frame.bytes.fill(255, y * 80 + 60, y * 80 + 64)
    const boxed = letterboxFrame(frame, [20, 20], pool)
    expect(boxed.geometry).toMatchObject({ scaleX: 4, scaleY: 4, offsetXPx: 0 })
    expect(boxed.bytes[(boxed.geometry.offsetYPx + 5) * 20 + 15]).toBe(255)
    for (const one of [frame, boxed]) one.release()
  })
})

describe('voice-activity', () => {
  test('law: the gate opens at the threshold, and shuts when it was below release for longer than the hangover', () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.array(probability, { maxLength: 80 }), fc.integer({ min: 0, max: 20 }), (all, halfWindows) => {
        const hangover = halfWindows * 16
        const speaks = createSpeechGate({ threshold: 0.5, release: 0.35, hangover })
        for (const [index, now] of all.entries()) {
          const speaking = speaks(now, 32)
          const past = all.slice(0, index + 1)
          const lastLoud = past.findLastIndex((one) => one >= 0.5)
          const quiet = past.slice(lastLoud)
          // Speech: since it began it was never below release for longer than the hangover at a stretch.
          let [run, longest] = [0, 0]
          for (const one of quiet) {
            run = one >= 0.35 ? 0 : run + 32
            longest = Math.max(longest, run)
          }
          expect(speaking).toBe(lastLoud >= 0 && longest <= hangover)
        }
      }),
    )
  })

  test('law: the model hears every sample once, in windows of 512 with the 64 before; after a gap it starts anew', async () => {
    const chunk = fc.record({ length: fc.integer({ min: 0, max: 1500 }), lost: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 12 }), async (chunks) => {
        type Heard = { readonly samples: Float32Array; readonly context: Float32Array; readonly state: Float32Array }
        const heard: Heard[] = []
        const loadModel = (() =>
          Promise.resolve({
            provider: 'none',
            run: (input: Heard) => {
              heard.push({ samples: input.samples.slice(), context: input.context.slice(), state: input.state.slice() })
              return Promise.resolve({ probability: 0.9, state: new Float32Array(256).fill(heard.length) })
            },
            close: () => Promise.resolve(),
          })) as unknown as LoadModel
        const clock = createVirtualClock()
        const runtime = new Runtime({ clock, adapters: { ...adapters(), loadModel } })
        let sample = 1
        const sounds = chunks.map(({ length }): Sound => ({
          sampleRateHz: 16_000,
          samples: Float32Array.from({ length }, () => sample++),
        }))
        let given: Packet<Voice>[] = []
        runtime.run(() => {
          packets(sounds)
            .pipe(
              map((packet) => ({ ...packet, lost: chunks[packet.seq]?.lost === true ? 1 : 0 })),
              voiceActivity(),
              toArray(),
            )
            .subscribe((all) => (given = all))
        })
        await clock.run(() => false)
        expect(
          given.map(({ seq }) => seq),
          'one for one',
        ).toEqual([...chunks.keys()])

        const expected: { samples: number[]; context: number[]; state: number }[] = []
        let pending: number[] = []
        let context: number[] = Array<number>(64).fill(0)
        let state = 0
        for (const [index, { samples }] of sounds.entries()) {
          if (chunks[index]?.lost === true) {
            pending = []
            context = Array<number>(64).fill(0)
            state = 0
          }
          for (const one of samples) {
            pending.push(one)
            if (pending.length < 512) continue
            expected.push({ samples: pending, context, state })
            context = pending.slice(448)
            pending = []
            state = expected.length
          }
        }
        expect(
          heard.map(({ samples, context: before, state: memory }) => ({
            samples: [...samples],
            context: [...before],
            state: memory[0],
          })),
        ).toEqual(expected)
      }),
      { numRuns: runs(60) },
    )
  })
})

import fc from 'fast-check'
import { firstValueFrom, Observable, Subject, take, throwError, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { applyOperator } from '../../src/core/apply-operator.js'
import { Frame } from '../../src/core/frame.js'
import { createPacket, type Packet } from '../../src/core/packet.js'
import { createPool } from '../../src/core/pool.js'
import type { Detections, Pose } from '../../src/core/ports.js'
import { Runtime } from '../../src/core/runtime.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { createRegistry } from '../../src/engine/registry.js'
import { differs } from '../../src/operators/dead-band.js'
import { createPicker } from '../../src/operators/pick-face.js'
import { createOneEuro } from '../../src/operators/smooth.js'
import { quantise, solve, solvePose } from '../../src/operators/solve-pose.js'
import { createGrid } from '../../src/operators/throttle.js'
import { createSpeechGate } from '../../src/operators/voice-activity.js'
import { deadBand, lookAt } from '../../src/operators/index.js'
import { letterboxFrame } from '../../src/vision/letterbox-frame.js'
import { pixelOf } from '../../src/vision/pinhole.js'
import { between } from '../robot/arbitraries.js'
import { byTheClock, packetsForResult } from './results.js'
import { runs } from '../helpers/runs.js'

const origin = { name: 'test', live: true }
const packetOf = <T>(value: T, seq = 0, capturedAtMs = seq * 33): Packet<T> =>
  createPacket({ origin, seq, capturedAtMs, stamp: { kind: 'synthetic' }, value })

const virtual = (): Runtime => new Runtime({ clock: createVirtualClock() })

describe('throttle', () => {
  test('law: 30 fps with jitter below half a period loses nothing through 30fps', () => {
    const periodMs = 1000 / 30
    fc.assert(
      fc.property(fc.array(between(-0.24, 0.24), { minLength: 2, maxLength: 200 }), (jitters) => {
        const passes = createGrid(periodMs)
        expect(jitters.every((jitter, k) => passes((k + jitter) * periodMs))).toBe(true)
      }),
    )
  })

  test('law: never more than rate · time + 1, whatever arrives', () => {
    fc.assert(
      fc.property(fc.array(between(0, 80), { minLength: 1, maxLength: 300 }), between(1, 60), (gaps, rateHz) => {
        const passes = createGrid(1000 / rateHz)
        let atMs = 0
        let count = 0
        for (const gap of gaps) {
          atMs += gap
          if (passes(atMs)) count++
        }
        // Half a period of tolerance at the end.
        expect(count).toBeLessThanOrEqual((atMs * rateHz) / 1000 + 1.5)
      }),
    )
  })

  test('60 fps through 30fps is every other one', () => {
    const passes = createGrid(1000 / 30)
    const passed = Array.from({ length: 60 }, (_, k) => passes((k * 1000) / 60)).filter(Boolean)
    expect(passed.length).toBe(30)
  })
})

const face = (x: number, y: number, width: number, score = 0.9): Detections['found'][number] => ({
  label: 'face',
  score,
  boxPx: [x - width / 2, y - width / 2, width, width],
  keypointsPx: [],
})

describe('pick-face', () => {
  const sizePx = [1280, 720] as const

  test('stays with the face it chose while a larger one comes and goes', () => {
    const pick = createPicker({ by: 'largest', keepFor: 1000, lookFor: 3000 })
    const ann = face(300, 300, 100)
    expect(pick({ sizePx, found: [ann] }, 0)).toBe(ann)
    const moved = face(320, 300, 100)
    expect(pick({ sizePx, found: [face(900, 300, 200), moved] }, 33)).toBe(moved)
  })

  test('waits keepFor for a face that has gone, then takes another', () => {
    const pick = createPicker({ by: 'largest', keepFor: 1000, lookFor: 3000 })
    const bob = face(900, 300, 200)
    pick({ sizePx, found: [face(300, 300, 100)] }, 0)
    expect(pick({ sizePx, found: [bob] }, 500)).toBeNull()
    expect(pick({ sizePx, found: [bob] }, 1001)).toBe(bob)
  })

  test('law: what it picks was found, and it picks none of none', () => {
    const faces = fc.array(
      fc.tuple(between(0, 1280), between(0, 720), between(20, 400)).map(([x, y, w]) => face(x, y, w)),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(
        fc.array(faces, { maxLength: 20 }),
        fc.constantFrom('largest', 'score', 'centre' as const),
        (pictures, by) => {
          const pick = createPicker({ by, keepFor: 200, lookFor: 3000 })
          for (const [k, found] of pictures.entries()) {
            const picked = pick({ sizePx, found }, k * 33)
            if (picked === null) continue
            expect(found).toContain(picked)
          }
        },
      ),
    )
  })
})

describe('look-at', () => {
  test('law: the pose it gives looks at the centre of the box', async () => {
    await fc.assert(
      fc.asyncProperty(between(0, 1280), between(0, 720), between(20, 150), async (x, y, degrees) => {
        const runtime = virtual()
        const given$ = new Observable<Packet<Detections>>((downstream) => {
          downstream.next(packetOf({ sizePx: [1280, 720], found: [face(x, y, 50)] }))
        }).pipe(runtime.run(() => lookAt({ fov: `${String(degrees)}deg` })))
        const { value } = await firstValueFrom(given$)
        const ray = {
          x: Math.cos(value.pitchRad) * Math.cos(value.yawRad),
          y: Math.cos(value.pitchRad) * Math.sin(value.yawRad),
          z: -Math.sin(value.pitchRad),
        }
        const camera = { widthPx: 1280, heightPx: 720, fovRad: (degrees * Math.PI) / 180 }
        const pixel = pixelOf([ray.x, ray.y, ray.z], camera)
        expect(pixel).not.toBeNull()
        expect(pixel?.[0]).toBeCloseTo(x, 4)
        expect(pixel?.[1]).toBeCloseTo(y, 4)
        expect(value.yawRad > 0).toBe(x < 640)
      }),
    )
  })
})

describe('smooth', () => {
  test('law: stays between what it saw, and settles on what lasts', () => {
    fc.assert(
      fc.property(fc.array(between(-1, 1), { minLength: 2, maxLength: 60 }), between(-1, 1), (values, last) => {
        const filter = createOneEuro(2, 30)
        const seen = values.map((value) => filter(value, 1 / 30))
        for (const value of seen) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-12)
        let settled = 0
        for (let k = 0; k < 300; k++) settled = filter(last, 1 / 30)
        expect(settled).toBeCloseTo(last, 4)
      }),
    )
  })
})

const pose = fc
  .record({
    xM: between(-0.02, 0.02),
    yM: between(-0.02, 0.02),
    zM: between(-0.02, 0.02),
    rollRad: between(-0.3, 0.3),
    pitchRad: between(-0.4, 0.4),
    yawRad: between(-1, 1),
  })
  .map((one): Pose => one)

describe('dead-band', () => {
  test('law: gives for each pose one within the band of it, with the packet’s own time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pose, { minLength: 1, maxLength: 30 }), async (poses) => {
        const source$ = new Observable<Packet<Pose>>((downstream) => {
          for (const [seq, one] of poses.entries()) downstream.next(packetOf(one, seq))
          downstream.complete()
        })
        const given = await firstValueFrom(
          source$.pipe(
            virtual().run(() => deadBand('5deg')),
            toArray(),
          ),
        )
        expect(given.map(({ seq, capturedAtMs }) => [seq, capturedAtMs])).toEqual(
          poses.map((_, seq) => [seq, seq * 33]),
        )
        for (const [k, { value }] of given.entries()) {
          const own = poses[k]
          expect(own !== undefined && differs(value, own, (5 * Math.PI) / 180, 0.001)).toBe(false)
        }
      }),
      { numRuns: runs(50) },
    )
  })
})

describe('solve-pose', () => {
  const quantum = (0.1 * Math.PI) / 180

  test('M1: equals the function of the rounded pose exactly, frozen, and rounding moves nothing by more than half a quantum', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pose, { minLength: 1, maxLength: 20 }), async (poses) => {
        const source$ = new Observable<Packet<Pose>>((downstream) => {
          for (const one of [...poses, ...poses]) downstream.next(packetOf(one))
          downstream.complete()
        })
        const runtime = virtual()
        const given = await firstValueFrom(
          source$.pipe(
            runtime.run(() => solvePose({ memo: 50 })),
            toArray(),
          ),
        )
        for (const [k, { value }] of given.entries()) {
          const own = poses[k % poses.length]
          if (own === undefined) continue
          const rounded = quantise(own, quantum, 0.0001)
          const { knownForMs, ...target } = value
          expect(target).toEqual(solve(rounded))
          if (k >= poses.length) expect(knownForMs).toBe(0)
          expect(Object.isFrozen(value) && Object.isFrozen(value.pose)).toBe(true)
          expect(Math.abs(rounded.yawRad - own.yawRad)).toBeLessThanOrEqual(quantum / 2 + 1e-12)
          expect(Math.abs(rounded.zM - own.zM)).toBeLessThanOrEqual(0.00005 + 1e-12)
        }
        const counts = [...runtime.memos.values()][0]?.()
        expect((counts?.hits ?? 0) + (counts?.misses ?? 0)).toBe(poses.length * 2)
        expect(counts?.hits).toBeGreaterThanOrEqual(poses.length)
      }),
      { numRuns: runs(50) },
    )
  })

  test('M2: bounded: the pose used least lately is forgotten, and counted', async () => {
    const runtime = virtual()
    const source$ = new Observable<Packet<Pose>>((downstream) => {
      for (const yawRad of [0, 0.1, 0.2, 0])
        downstream.next(packetOf({ xM: 0, yM: 0, zM: 0, rollRad: 0, pitchRad: 0, yawRad }))
      downstream.complete()
    })
    await firstValueFrom(
      source$.pipe(
        runtime.run(() => solvePose({ memo: 2 })),
        toArray(),
      ),
    )
    expect([...runtime.memos.values()][0]?.()).toEqual({ hits: 0, misses: 4, evictions: 2 })
  })
})

describe('resize', () => {
  test('S7: law: the picture lies wholly within the box', () => {
    const even = fc.integer({ min: 8, max: 120 }).map((half) => half * 2)
    fc.assert(
      fc.property(even, even, even, even, (width, height, toWidth, toHeight) => {
        const pool = createPool()
        const [sourceWidthPx, sourceHeightPx] = [width * 2, height * 2]
        const geometry = { sourceWidthPx, sourceHeightPx, scaleX: 2, scaleY: 2, offsetXPx: 0, offsetYPx: 0 }
        const frame = pool.lease({ format: 'gray', widthPx: width, heightPx: height, geometry })
        const boxed = letterboxFrame(frame, [toWidth, toHeight], pool)
        const { offsetXPx, offsetYPx, scaleX, scaleY } = boxed.geometry
        const [insideWidth, insideHeight] = [sourceWidthPx / scaleX, sourceHeightPx / scaleY]
        expect(offsetXPx + insideWidth).toBeLessThanOrEqual(toWidth + 1e-9)
        expect(offsetYPx + insideHeight).toBeLessThanOrEqual(toHeight + 1e-9)
        expect(Math.min(offsetXPx, offsetYPx)).toBeGreaterThanOrEqual(0)
        boxed.release()
        frame.release()
        expect(pool.count().lent).toBe(0)
      }),
    )
  })

  test('a flat picture stays flat, its border is black', () => {
    const pool = createPool()
    const geometry = { sourceWidthPx: 64, sourceHeightPx: 32, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
    const frame = pool.lease({ format: 'rgb24', widthPx: 64, heightPx: 32, geometry })
    frame.bytes.fill(77)
    const boxed = letterboxFrame(frame, [32, 32], pool)
    const rows = Array.from({ length: 32 }, (_, y) => boxed.bytes[(y * 32 + 5) * 3])
    expect(rows.filter((value) => value === 77).length).toBe(16)
    expect(rows.filter((value) => value === 0).length).toBe(16)
    boxed.release()
    frame.release()
  })
})

describe('voice-activity', () => {
  test('speech begins at the threshold, goes on above the release, ends after the hangover', () => {
    const speaks = createSpeechGate({ threshold: 0.5, release: 0.35, hangover: 64 })
    const seen = [0.1, 0.6, 0.4, 0.2, 0.2, 0.2, 0.4].map((probability) => speaks(probability, 32))
    expect(seen).toEqual([false, true, true, true, true, false, false])
  })
})

/** A value that a port carries, for laws over the registry. */
function valueOf(port: string, pool: ReturnType<typeof createPool>, seq: number): unknown {
  const geometry = { sourceWidthPx: 64, sourceHeightPx: 32, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
  if (port === 'picture') return pool.lease({ format: 'rgb24', widthPx: 64, heightPx: 32, geometry })
  if (port === 'detections') return { sizePx: [64, 32], found: [face(10, 10, 8)] }
  if (port === 'pose') return { xM: 0, yM: 0, zM: 0, rollRad: 0, pitchRad: 0, yawRad: 0.1 }
  return seq
}

describe('every operator of the registry', () => {
  const operators = [...createRegistry().values()].filter((stage) => stage.kind === 'operator')
  // What has a model is tried with it, in tests/acceptance; what has several inputs in tests/core/join-in-time.test.ts.
  const plain = operators.filter((stage) => !('work' in stage) && !('joins' in stage))

  test.each([...createRegistry().values()].map((stage) => [stage.name, stage] as const))(
    '%s: its example parses',
    (_, stage) => {
      expect(
        (stage.options as { safeParse: (value: unknown) => { success: boolean } }).safeParse(stage.example).success,
      ).toBe(true)
    },
  )

  test.each(plain.map((stage) => [stage.name, stage] as const))(
    '%s passes errors on, completes, lets go, stops a synchronous source, gives frames back',
    async (name, stage) => {
      const runtime = virtual()
      const options = (stage.options as { parse: (value: unknown) => unknown }).parse(stage.example)
      const make = () =>
        applyOperator(stage, options, { runtime, name, meter: runtime.meter(runtime.nameOf(name)), how: {} })
      const port = (stage.input as { name: string }).name

      await expect(firstValueFrom(throwError(() => new Error('broken')).pipe(make()))).rejects.toThrow('broken')

      let given = 0
      const endless$ = new Observable<Packet<unknown>>((downstream) => {
        for (let seq = 0; !downstream.closed && seq < 10_000; seq++) {
          given++
          const value = valueOf(port, runtime.pool, seq)
          downstream.next(packetOf(value, seq))
          if (value instanceof Frame) value.release()
        }
        downstream.complete()
      })
      if (!byTheClock.has(name)) {
        const three = await firstValueFrom(endless$.pipe(make(), take(3), toArray()))
        expect(three.length).toBe(3)
        expect(given).toBeLessThan(20 * packetsForResult(name))
      }

      const source$ = new Subject<Packet<unknown>>()
      let completed = false
      source$.pipe(make()).subscribe({ complete: () => (completed = true) })
      source$.complete()
      expect(completed).toBe(true)

      const held$ = new Subject<Packet<unknown>>()
      held$.pipe(make()).subscribe().unsubscribe()
      expect(held$.observed).toBe(false)
      expect(runtime.pool.count().lent).toBe(0)
    },
  )
})

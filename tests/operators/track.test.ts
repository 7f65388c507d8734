import fc from 'fast-check'
import { Observable } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { createPacket, type Packet } from '../../src/core/packet.js'
import type { Detection, Detections, Pose } from '../../src/core/ports.js'
import { createPicker } from '../../src/operators/pick-face.js'
import { lookAt, pickFace, track } from '../../src/operators/index.js'
import { virtualRun } from '../../src/testing/index.js'
import { movedAhead } from '../../src/vision/tracking/moved-ahead.js'
import { lookAtRay, rayOf } from '../../src/vision/pinhole.js'
import { live, virtualRuntime } from '../core/births.js'
import { between } from '../robot/arbitraries.js'

const sizePx = [1280, 720] as const
const face = (x: number, y = 300, width = 100): Detection => ({
  label: 'face',
  score: 0.9,
  boxPx: [x - width / 2, y - width / 2, width, width],
  keypointsPx: [],
})
const seen = (...found: readonly Detection[]): Detections => ({ sizePx, found })

describe('track', () => {
  test('two who pass each other, and one who is hidden for a while, keep their numbers', () =>
    virtualRun(({ hot, expectPackets }) => {
      const [ann, bob] = [face(300), face(900)]
      const in$ = hot('a---b---c---d-|', { a: seen(ann, bob), b: seen(bob, ann), c: seen(bob), d: seen(bob, ann) })
      const still = (one: Detection, id: number): Detection => ({ ...one, track: id, velocityPxPerS: [0, 0] })
      const [one, two] = [still(ann, 1), still(bob, 2)]
      expectPackets(in$.pipe(track())).toBe('a---b---c---d-|', {
        a: seen(one, two),
        b: seen(two, one),
        c: seen(two),
        d: seen(two, one),
      })
    }))
})

describe('pick-face behind track', () => {
  const numbered = (one: Detection, id: number): Detection => ({ ...one, track: id })

  test('law: it stays with the number while that is there, wherever it is and whoever is nearer', () => {
    const place = between(0, 1280)
    fc.assert(
      fc.property(fc.array(fc.tuple(place, place), { maxLength: 20 }), (places) => {
        const pick = createPicker({ by: 'largest', keepFor: 1000, lookFor: 3000 })
        pick(seen(numbered(face(100, 300, 200), 7), numbered(face(900), 8)), 0)
        for (const [k, [a, b]] of places.entries()) {
          const picked = pick(seen(numbered(face(a, 300, 300), 8), numbered(face(b), 7)), 33 * (k + 1))
          expect(picked?.track).toBe(7)
        }
      }),
    )
  })

  test('it waits keepFor for a number that is gone, though another stands in its place', () => {
    const pick = createPicker({ by: 'largest', keepFor: 1000, lookFor: 3000 })
    pick(seen(numbered(face(300), 1)), 0)
    const other = numbered(face(300), 2)
    expect(pick(seen(other), 500)).toBeNull()
    expect(pick(seen(other), 1000)).toBe(other)
  })
})

/** What look-at gives for one thing, so long after its capture. */
function poseAfter(one: Detection, lateMs: number, options: Parameters<typeof lookAt>[0]): Promise<Pose> {
  const { clock, runtime } = virtualRuntime()
  let pose: Pose | null = null
  runtime.run(() =>
    new Observable<Packet<Detections>>((downstream) => {
      const packet = createPacket({
        origin: live,
        seq: 0,
        capturedAtMs: 5,
        stamp: { kind: 'synthetic' },
        value: seen(one),
      })
      return clock.at(5 + lateMs, () => {
        downstream.next(packet)
      })
    })
      .pipe(lookAt(options))
      .subscribe(({ value }) => (pose = value)),
  )
  return clock
    .run(() => pose !== null)
    .then(() => {
      if (pose === null) throw new Error('look-at gave nothing')
      return pose
    })
}

describe('look-at with aim: now', () => {
  const speed = between(-800, 800)
  const moving = fc
    .tuple(between(200, 1000), between(200, 500), speed, speed)
    .map(([x, y, vx, vy]): Detection => ({ ...face(x, y), velocityPxPerS: [vx, vy] }))
  const anyMs = fc.integer({ min: 0, max: 400 })
  const ms = (value: number): string => `${String(value)}ms`

  /** Where one looks who knows where it will be. */
  function towards(one: Detection, byMs: number): object {
    const [x, y, width, height] = movedAhead(one, byMs).boxPx
    const lens = { widthPx: sizePx[0], heightPx: sizePx[1], fovRad: (65 * Math.PI) / 180 }
    return lookAtRay(rayOf(x + width / 2, y + height / 2, lens))
  }

  test('law: it looks to where the thing will be when the command leaves, and never further ahead than its bound', async () => {
    await fc.assert(
      fc.asyncProperty(moving, anyMs, anyMs, anyMs, async (one, lateMs, ahead, lead) => {
        const options = { aim: 'now', ahead: ms(ahead), lead: ms(lead) } as const
        const expected = towards(one, Math.min(ahead, lateMs + lead))
        expect(await poseAfter(one, lateMs, options)).toMatchObject(expected)
      }),
    )
  })

  test('law: by default, and without a speed, it looks to where the thing was', async () => {
    await fc.assert(
      fc.asyncProperty(moving, anyMs, async (one, lateMs) => {
        const still = face(one.boxPx[0] + 50, one.boxPx[1] + 50)
        expect(await poseAfter(one, lateMs, {})).toMatchObject(towards(one, 0))
        expect(await poseAfter(still, lateMs, { aim: 'now' })).toMatchObject(towards(one, 0))
      }),
    )
  })

  test('behind track and pick-face, what moves evenly is met', async () => {
    const { clock, runtime } = virtualRuntime()
    const errors: number[] = []
    const xAt = (atMs: number): number => 300 + 0.4 * atMs
    const delayMs = 60
    runtime.run(() =>
      new Observable<Packet<Detections>>((downstream) => {
        for (let seq = 0; seq < 40; seq++) {
          const capturedAtMs = seq * 33
          const packet = createPacket({
            origin: live,
            seq,
            capturedAtMs,
            stamp: { kind: 'synthetic' },
            value: seen(face(xAt(capturedAtMs))),
          })
          clock.at(capturedAtMs + delayMs, () => {
            downstream.next(packet)
          })
        }
      })
        .pipe(track(), pickFace(), lookAt({ aim: 'now', lead: '0ms' }))
        .subscribe(({ value }) => {
          const { yawRad } = lookAtRay(
            rayOf(xAt(clock.nowMs()), 300, { widthPx: 1280, heightPx: 720, fovRad: (65 * Math.PI) / 180 }),
          )
          errors.push(Math.abs(value.yawRad - yawRad))
        }),
    )
    await clock.run(() => clock.nowMs() > 2000)
    expect(errors).toHaveLength(40)
    // 24 px behind at first, when its speed is not known: a degree and a half.
    expect(errors[0]).toBeGreaterThan(0.02)
    expect(Math.max(...errors.slice(20))).toBeLessThan(0.002)
  })
})

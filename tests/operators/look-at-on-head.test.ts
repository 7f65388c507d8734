import fc from 'fast-check'
import { firstValueFrom, Observable, Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { createPacket, type Packet } from '../../src/core/packet.js'
import type { Detections, Pose, RobotValue } from '../../src/core/ports.js'
import { deadBand, join, lookAt, smooth, solvePose } from '../../src/operators/index.js'
import { interpolatePose } from '../../src/robot/interpolate-pose.js'
import { invertRigid, poseToMatrix, transformPoint, type Vector3 } from '../../src/robot/matrix.js'
import { neutralPose } from '../../src/robot/pose.js'
import { restState } from '../../src/robot/robot-state.js'
import { reachyMini } from '../../src/sinks/index.js'
import { pixelOf, rayOf } from '../../src/vision/pinhole.js'
import { packetOf, virtualRuntime } from '../core/births.js'
import { runs } from '../helpers/runs.js'
import { anyPose, between } from '../robot/arbitraries.js'

const lens = { widthPx: 1280, heightPx: 720, fovRad: (65 * Math.PI) / 180 }

function seenAt([x, y]: readonly [number, number]): Detections {
  return {
    sizePx: [lens.widthPx, lens.heightPx],
    found: [{ label: 'face', score: 1, boxPx: [x - 50, y - 50, 100, 100], keypointsPx: [], track: 1 }],
  }
}

const robotAt = (pose: Pose): RobotValue => ({ ...restState, pose })
const onlyRotation = (pose: Pose): Pose => ({ ...pose, xM: 0, yM: 0, zM: 0 })

describe('look-at with the camera in the head', () => {
  test('law: from the pose that it commands the face is in the middle of the picture, wherever the head was', async () => {
    await fc.assert(
      fc.asyncProperty(anyPose, between(0, 1280), between(0, 720), async (pose, x, y) => {
        const { runtime } = virtualRuntime()
        const joined$ = new Observable<Packet<{ seen: Detections; by: RobotValue }>>((downstream) => {
          downstream.next(packetOf({ seen: seenAt([x, y]), by: robotAt(pose) }))
        })
        const { value } = await firstValueFrom(
          joined$.pipe(runtime.run(() => lookAt({ camera: 'on-head', fov: '65deg' }))),
        )
        // The ray as the robot's own matrices have it, in the world and then in the commanded head.
        const world = transformPoint(poseToMatrix(onlyRotation(pose)), rayOf(x, y, lens))
        const ahead = transformPoint(invertRigid(poseToMatrix(value)), world)
        for (const [found, axis] of ahead.map((found, i) => [found, i === 0 ? 1 : 0] as const))
          expect(Math.abs(found - axis)).toBeLessThan(1e-9)
        expect(value).toMatchObject({ xM: 0, yM: 0, zM: 0, rollRad: 0 })
      }),
      { numRuns: runs(1000) },
    )
  })

  test.each([
    ['on-head', seenAt([0, 0]), /one field of detections and one of the robot are needed/],
    ['on-head', { a: seenAt([0, 0]), b: robotAt(neutralPose), c: robotAt(neutralPose) }, /found a, b, c/],
    ['on-head', { a: seenAt([0, 0]) }, /found a/],
    ['fixed', { a: seenAt([0, 0]), b: robotAt(neutralPose) }, /fixed camera as what came is joined/],
  ] as const)('refuses what a %s camera cannot use', async (camera, value, gist) => {
    const { runtime } = virtualRuntime()
    const given$ = new Observable<Packet<never>>((downstream) => {
      downstream.next(packetOf(value as never))
    })
    await expect(firstValueFrom(given$.pipe(runtime.run(() => lookAt(camera))))).rejects.toThrow(gist)
  })

  test('a head that is not there now and then is told as such', async () => {
    const { runtime } = virtualRuntime()
    const given$ = new Observable<Packet<never>>((downstream) => {
      downstream.next(packetOf({ a: seenAt([0, 0]), b: robotAt(neutralPose) } as never))
      downstream.next(packetOf({ a: seenAt([0, 0]), b: null } as never))
    })
    const poses: unknown[] = []
    const failed = new Promise((resolve) => {
      given$.pipe(runtime.run(() => lookAt('on-head'))).subscribe({ next: (pose) => poses.push(pose), error: resolve })
    })
    expect((await failed) as Error).toMatchObject({
      message: expect.stringContaining('not told where that was') as string,
    })
    expect(poses).toHaveLength(1)
  })
})

/** Where the camera of Reachy Mini sits in its head, and how far away the face is. */
const cameraM: Vector3 = [0.0437, 0, 0.0512]
const faceAtM = 1

/** Degrees from the middle of the picture to the face, to the left and down, seen by the camera in the head. */
function errorsDeg(pose: Pose, faceM: Vector3): readonly [left: number, down: number] {
  const [x, y, z] = transformPoint(invertRigid(poseToMatrix(pose)), faceM)
  const [a, b, c] = [x - cameraM[0], y - cameraM[1], z - cameraM[2]]
  return [(Math.atan2(b, a) * 180) / Math.PI, (Math.atan2(-c, Math.hypot(a, b)) * 180) / Math.PI]
}

type FollowWays = { readonly tooLateMs?: number; readonly swayRad?: number; readonly aim?: 'capture' | 'now' }

/**
 * The loop closed: what the head measures is where the camera is, and a side of the join. Gives the errors at each tick.
 *
 * @param tooLateMs so much later than the picture is the pose that it is joined with
 * @param swayRad so far it moves to the left and right, in four seconds there and back
 */
async function follow(
  yawRad: number,
  pitchRad: number,
  delayMs: number,
  forMs: number,
  { tooLateMs = 0, swayRad = 0, aim = 'capture' }: FollowWays = {},
) {
  const { clock, runtime } = virtualRuntime()
  const faceAt = (atMs: number): Vector3 => {
    const yawNowRad = yawRad + swayRad * Math.sin((2 * Math.PI * atMs) / 4000)
    const flatM = faceAtM * Math.cos(pitchRad)
    return [flatM * Math.cos(yawNowRad), flatM * Math.sin(yawNowRad), -faceAtM * Math.sin(pitchRad)]
  }
  const ticks: { readonly atMs: number; readonly pose: Pose }[] = []
  const poseAt = (atMs: number): Pose => {
    const after = ticks.findIndex((tick) => tick.atMs >= atMs)
    const [from, to] = [ticks[Math.max(0, after - 1)], ticks[after]]
    if (from === undefined || to === undefined) return from?.pose ?? neutralPose
    return interpolatePose(from.pose, to.pose, to.atMs === from.atMs ? 0 : (atMs - from.atMs) / (to.atMs - from.atMs))
  }
  const origin = { name: 'eye', live: true }
  // A camera at 30 fps, and a model that tells after so long what was seen.
  const face$ = new Observable<Packet<Detections>>((downstream) => {
    const cancels: (() => void)[] = []
    for (let seq = 0; (seq * 1000) / 30 < forMs; seq++) {
      const capturedAtMs = (seq * 1000) / 30
      cancels.push(
        clock.at(capturedAtMs + delayMs, () => {
          const [a, b, c] = transformPoint(invertRigid(poseToMatrix(poseAt(capturedAtMs))), faceAt(capturedAtMs))
          const pixel = pixelOf([a - cameraM[0], b - cameraM[1], c - cameraM[2]], lens)
          const stamp = { kind: 'synthetic' } as const
          if (pixel !== null) downstream.next(createPacket({ origin, seq, capturedAtMs, stamp, value: seenAt(pixel) }))
        }),
      )
    }
    return () => {
      for (const cancel of cancels) cancel()
    }
  })
  const measured$ = new Subject<Packet<RobotValue>>()
  const subscription = runtime.run(() =>
    join({ face: face$, head: measured$ }, { on: 'face', head: { interpolate: '100ms' }, missing: 'skip' })
      .pipe(lookAt({ camera: 'on-head', fov: '65deg', aim }), smooth(), deadBand('0.5deg'), solvePose(), reachyMini())
      .subscribe((packet) => {
        ticks.push({ atMs: packet.capturedAtMs, pose: packet.value.pose })
        measured$.next({ ...packet, capturedAtMs: packet.capturedAtMs - tooLateMs })
      }),
  )
  await clock.run(() => clock.nowMs() >= forMs)
  subscription.unsubscribe()
  return ticks.map(({ atMs, pose }) => ({ atMs, errors: errorsDeg(pose, faceAt(atMs)) }))
}

test('law: with the camera on the head a still face comes to the middle within 2°, stays there, and is not swung about', async () => {
  const aims = fc.constantFrom('capture', 'now' as const)
  await fc.assert(
    fc.asyncProperty(
      between(-0.5, 0.5),
      between(-0.25, 0.25),
      between(25, 120),
      aims,
      async (yawRad, pitchRad, delayMs, aim) => {
        const ticks = await follow(yawRad, pitchRad, delayMs, 3000, { aim })
        expect(ticks.length).toBeGreaterThan(140)
        const away = ticks.map(({ errors }) => Math.hypot(...errors))
        const arrived = away.findIndex((degrees) => degrees < 2)
        expect(arrived, 'it comes').toBeGreaterThanOrEqual(0)
        expect(ticks[arrived]?.atMs).toBeLessThan(1500)
        expect(Math.max(...away.slice(arrived)), 'it stays').toBeLessThan(2)
        // A camera that sits before the head's axis sees what is still pass by as the head turns: that is expected to go on.
        const swingDeg = aim === 'now' ? 0.8 : 0.5
        for (const axis of [0, 1] as const) {
          // Over the middle and back by more than that would be a swing.
          const sides = ticks
            .map(({ errors }) => errors[axis])
            .filter((degrees) => Math.abs(degrees) > swingDeg)
            .map(Math.sign)
          expect(sides.filter((side, nth) => nth > 0 && side !== sides[nth - 1]).length).toBeLessThanOrEqual(1)
        }
      },
    ),
    { numRuns: runs(30) },
  )
})

test('joined with the pose of now, not of the time of capture, the same head overshoots', async () => {
  const over = async (tooLateMs: number): Promise<number> => {
    const ticks = await follow(0.5, 0, 120, 3000, { tooLateMs })
    return -Math.min(...ticks.map(({ errors }) => errors[0]))
  }
  expect(await over(0)).toBeLessThan(2)
  expect(await over(120)).toBeGreaterThan(20)
})

test('law: a face that sways is met nearer with aim: now, from a head that turns after it', async () => {
  const p50 = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN
  await fc.assert(
    fc.asyncProperty(between(0.15, 0.35), between(40, 90), async (swayRad, delayMs) => {
      const error = async (aim: 'capture' | 'now'): Promise<number> => {
        const ticks = await follow(0, 0, delayMs, 6000, { swayRad, aim })
        return p50(ticks.filter(({ atMs }) => atMs > 2000).map(({ errors: [left] }) => Math.abs(left)))
      }
      expect(await error('now')).toBeLessThan(0.7 * (await error('capture')))
    }),
    { numRuns: runs(10) },
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAxisRamp } from '../../src/robot/axis-ramp.js'
import { createRamp, defaultRampLimits } from '../../src/robot/ramp.js'
import { restState } from '../../src/robot/robot-state.js'
import type { RobotState } from '../../src/robot/robot-state.js'
import { anyState, between } from './arbitraries.js'
import { runs } from '../helpers/runs.js'

const axis = fc.record({ maxSpeed: between(0.1, 10), maxAcceleration: between(1, 120) })
const dtS = between(0.001, 0.05)
const slack = 1e-9

/** The components of a state with the limits that hold for each. */
function components({ pose, bodyYawRad, antennasRad }: RobotState) {
  const { translation, rotation, antennas } = defaultRampLimits
  const { xM, yM, zM, rollRad, pitchRad, yawRad } = pose
  return [
    ...[xM, yM, zM].map((value) => ({ value, ...translation })),
    ...[rollRad, pitchRad, yawRad, bodyYawRad].map((value) => ({ value, ...rotation })),
    ...antennasRad.map((value) => ({ value, ...antennas })),
  ]
}

describe('createAxisRamp', () => {
  test('law: speed and acceleration stay within bounds, whatever the targets and the steps', () => {
    const steps = fc.array(fc.tuple(fc.oneof(between(-3, 3), fc.constantFrom(NaN, Infinity)), dtS), { maxLength: 80 })
    fc.assert(
      fc.property(axis, steps, (limits, targets) => {
        const ramp = createAxisRamp(limits, 0)
        let position = 0
        let speed = 0
        for (const [target, dt] of targets) {
          const next = ramp(target, dt)
          const nextSpeed = (next - position) / dt
          expect(Math.abs(nextSpeed)).toBeLessThanOrEqual(limits.maxSpeed + slack)
          expect(Math.abs(nextSpeed - speed)).toBeLessThanOrEqual(limits.maxAcceleration * dt + slack)
          position = next
          speed = nextSpeed
        }
      }),
      { numRuns: runs(200) },
    )
  })

  test('law: from rest it reaches a standing target in about the shortest time and never goes beyond, whatever the steps', () => {
    fc.assert(
      fc.property(axis, between(-3, 3), fc.array(dtS, { minLength: 1, maxLength: 20 }), (limits, target, pattern) => {
        const { maxSpeed, maxAcceleration } = limits
        const distance = Math.abs(target)
        const shortestS = Math.max(
          distance / maxSpeed + maxSpeed / maxAcceleration,
          2 * Math.sqrt(distance / maxAcceleration),
        )
        const ramp = createAxisRamp(limits, 0)
        let position = 0
        let timeS = 0
        for (let i = 0; timeS < 1.2 * shortestS + 0.5; i++) {
          const dt = pattern[i % pattern.length] ?? 0.01
          const next = ramp(target, dt)
          timeS += dt
          const forward = Math.sign(target) * (next - position)
          expect(forward).toBeGreaterThanOrEqual(-slack)
          expect(Math.sign(target) * (next - target)).toBeLessThanOrEqual(slack)
          position = next
        }
        expect(Math.abs(position - target)).toBeLessThan(1e-3 * Math.max(distance, 1))
        for (let i = 0; i < 400; i++) position = ramp(target, 0.02)
        expect(Math.abs(position - target)).toBeLessThan(1e-9)
      }),
      { numRuns: runs(200) },
    )
  })

  test('law: behind a target moving at constant speed it stays v²/2a', () => {
    const { rotation } = defaultRampLimits
    fc.assert(
      fc.property(between(0.01, 4), fc.array(dtS, { minLength: 1, maxLength: 20 }), (speed, pattern) => {
        const ramp = createAxisRamp(rotation, 0)
        let target = 0
        let position = 0
        for (let timeS = 0, i = 0; timeS < 3; i++) {
          const dt = pattern[i % pattern.length] ?? 0.01
          timeS += dt
          target = speed * timeS
          position = ramp(target, dt)
        }
        expect(target - position).toBeCloseTo((speed * speed) / (2 * rotation.maxAcceleration), 6)
      }),
      { numRuns: runs(200) },
    )
  })

  test.each([1, 5, 10, 20])('behind a target at 0.35 rad/s it is less than 5 ms late, at steps of %d ms', (dtMs) => {
    const ramp = createAxisRamp(defaultRampLimits.rotation, 0)
    let position = 0
    for (let ms = dtMs; ms <= 2000; ms += dtMs) position = ramp(0.35 * (ms / 1000), dtMs / 1000)
    const lateMs = ((0.35 * 2 - position) / 0.35) * 1000
    expect(lateMs).toBeGreaterThanOrEqual(0)
    expect(lateMs).toBeLessThan(2.5)
  })

  test('time that stands still, goes back or is no number moves nothing', () => {
    const ramp = createAxisRamp({ maxSpeed: 1, maxAcceleration: 1 }, 0.5)
    for (const dt of [0, -1, NaN]) expect(ramp(1, dt)).toBe(0.5)
  })
})

describe('createRamp', () => {
  test('law: every component stays within its own bounds and comes to its own target', () => {
    fc.assert(
      fc.property(
        anyState,
        anyState,
        fc.array(anyState, { maxLength: 5 }),
        between(2, 30),
        (start, last, targets, dtMs) => {
          const ramp = createRamp({}, start)
          let before = components(start)
          let speeds = before.map(() => 0)
          const settle = Math.ceil(3000 / dtMs)
          for (const [target, count] of [...targets.map((state) => [state, 5] as const), [last, settle] as const]) {
            for (let i = 0; i < count; i++) {
              const now = components(ramp.step(target, dtMs))
              const nowSpeeds = now.map(({ value }, k) => (value - (before[k]?.value ?? NaN)) / (dtMs / 1000))
              const broken = now.filter(({ maxSpeed, maxAcceleration }, k) => {
                const speed = nowSpeeds[k] ?? NaN
                const change = Math.abs(speed - (speeds[k] ?? NaN))
                return !(Math.abs(speed) <= maxSpeed + slack && change <= (maxAcceleration * dtMs) / 1000 + slack)
              })
              expect(broken).toEqual([])
              before = now
              speeds = nowSpeeds
            }
          }
          const wanted = components(last)
          const apart = before.map(({ value }, k) => Math.abs(value - (wanted[k]?.value ?? NaN)))
          expect(Math.max(...apart)).toBeLessThan(1e-6)
        },
      ),
      { numRuns: runs(50) },
    )
  })

  test('limits given replace the defaults of their kind alone', () => {
    const ramp = createRamp({ rotation: { maxSpeed: 0.1, maxAcceleration: 1000 } }, restState)
    const target: RobotState = { pose: { ...restState.pose, xM: 1, yawRad: 1 }, bodyYawRad: 1, antennasRad: [1, 1] }
    let state = restState
    for (let i = 0; i < 100; i++) state = ramp.step(target, 10)
    expect(state.pose.yawRad).toBeCloseTo(0.1, 3)
    expect(state.bodyYawRad).toBeCloseTo(0.1, 3)
    expect(state.pose.xM).toBeCloseTo(0.285, 2)
  })
})

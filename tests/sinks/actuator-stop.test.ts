import fc from 'fast-check'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Packet } from '../../src/core/packet.js'
import { type JointTarget, jointTargetPort } from '../../src/core/ports.js'
import type { SoftwareStop } from '../../src/core/software-stop.js'
import type { StopKind } from '../../src/core/wire.js'
import type { RobotState } from '../../src/robot/robot-state.js'
import { createSimulatedRobot, type SimulatedRobot } from '../../src/robot/simulated-robot.js'
import { runActuator } from '../../src/sinks/actuator.js'
import { contextOf, heldOf, packetOf, virtualRuntime } from '../core/births.js'
import { runs } from '../helpers/runs.js'
import { firmState } from '../robot/arbitraries.js'

const tickMs = 20
/** Parking takes no longer. */
const parkingMs = 1500

type Event = { readonly atMs: number } & (
  | { readonly what: 'target'; readonly state: RobotState }
  | { readonly what: 'stop'; readonly kind: StopKind }
  | { readonly what: 'reset' }
)

type Sent = {
  readonly atMs: number
  readonly state: RobotState
  readonly measured: RobotState
  readonly latched: StopKind | null
}

const anyTime = fc.integer({ min: 0, max: 1500 })
const anyTarget = fc.record({
  atMs: anyTime,
  what: fc.constant('target' as const),
  state: firmState(0.25).map(({ state }) => state),
})
const anyStop = fc.record({
  atMs: anyTime,
  what: fc.constant('stop' as const),
  kind: fc.constantFrom<StopKind>('hold', 'park', 'torque-off'),
})
const anyReset = fc.record({ atMs: anyTime, what: fc.constant('reset' as const) })
const anyScene = fc.record({
  targets: fc.array(anyTarget, { minLength: 1, maxLength: 12 }),
  others: fc.array(fc.oneof(anyStop, anyStop, anyReset), { maxLength: 5 }),
  endAtMs: fc.integer({ min: 0, max: 2500 }),
})

/** Plays a scene on virtual time: what left for the robot, and when it was over. */
async function play(events: readonly Event[], endAtMs: number, jams = false) {
  const { clock, runtime } = virtualRuntime()
  const context = contextOf(runtime, 'head/reachy-mini', { watchdog: { holdMs: 100, parkMs: 400 } })
  const targets = new Subject<Packet<JointTarget>>()
  const sent: Sent[] = []
  const torque: boolean[] = []
  const createRobot = (): SimulatedRobot => {
    const robot = createSimulatedRobot()
    return {
      command(state) {
        sent.push({ atMs: clock.nowMs(), state, measured: robot.measured, latched: latch.kind })
        return robot.command(state)
      },
      torque(on) {
        torque.push(on)
        robot.torque(on)
      },
      step: (dtMs) => (jams ? robot.measured : robot.step(dtMs)),
      get measured() {
        return robot.measured
      },
      get joints() {
        return robot.joints
      },
      get heldOff() {
        return robot.heldOff
      },
    }
  }
  const input = { name: 'gaze', port: jointTargetPort, packets$: targets }
  const { done$, results } = runActuator({ rate: 1000 / tickMs }, context, [input], createRobot)
  const latch: SoftwareStop = runtime.controls.stops.get('head') ?? expect.unreachable()
  const told: string[] = []
  const shown: { readonly atMs: number; readonly zM: number }[] = []
  results.commanded.subscribe(({ value, capturedAtMs }) => shown.push({ atMs: capturedAtMs, zM: value.pose.zM }))
  results.measured.subscribe(({ value }) => told.push(value.state))
  let doneAtMs = Infinity
  done$.subscribe({ complete: () => (doneAtMs = clock.nowMs()) })
  for (const [seq, event] of events.entries()) {
    clock.at(event.atMs, () => {
      if (event.what === 'stop') latch.stop(event.kind)
      else if (event.what === 'reset') latch.reset()
      else {
        const { pose, bodyYawRad, antennasRad } = event.state
        const value: JointTarget = { pose, bodyYawRad, antennasRad, jointsRad: null, reachable: true }
        targets.next(packetOf(value, { seq, capturedAtMs: clock.nowMs() }))
      }
    })
  }
  clock.at(endAtMs, () => {
    targets.complete()
  })
  await clock.run(() => doneAtMs < Infinity && clock.nowMs() > 4500)
  return { sent, torque, told, shown, doneAtMs, runtime, latch, meter: context.meter }
}

const byTime = (events: readonly Event[]): readonly Event[] => [...events].sort((a, b) => a.atMs - b.atMs)

describe('the software stop (A5)', () => {
  test('law: after a stop nothing leaves that moves the head, whatever is wanted of it, until it is reset', async () => {
    await fc.assert(
      fc.asyncProperty(anyScene, async ({ targets, others, endAtMs }) => {
        const { sent, doneAtMs, runtime, meter } = await play(byTime([...targets, ...others]), endAtMs)
        for (const { latched } of sent) expect(latched === null || latched === 'park').toBe(true)
        // Stopped or not, it comes to its end, in time (S5), and has accounted for all it was given (E7).
        expect(doneAtMs).toBeLessThanOrEqual(endAtMs + parkingMs + 2 * tickMs)
        expect(heldOf(meter)).toBe(0)
        expect(runtime.clock.timers()).toBe(0)
      }),
      { numRuns: runs(60) },
    )
  }, 60_000)

  test('law: parked by a stop, it goes to rest and nowhere else, within its time', async () => {
    const stopAtMs = 700
    await fc.assert(
      fc.asyncProperty(fc.array(anyTarget, { minLength: 1, maxLength: 12 }), async (targets) => {
        const stop = { atMs: stopAtMs, what: 'stop', kind: 'park' } as const
        const disturbed = await play(byTime([...targets, stop]), 4000)
        const calm = await play(byTime([...targets.filter(({ atMs }) => atMs < stopAtMs), stop]), 4000)
        const after = ({ sent }: typeof calm): readonly Sent[] => sent.filter(({ latched }) => latched !== null)
        expect(after(disturbed)).toEqual(after(calm))
        for (const { atMs } of after(disturbed)) expect(atMs).toBeLessThanOrEqual(stopAtMs + parkingMs)
      }),
      { numRuns: runs(20) },
    )
  }, 60_000)

  test('law: a stop is idempotent, and only a kind that does less takes the place of another', async () => {
    const kinds = fc.array(fc.constantFrom<StopKind>('hold', 'park', 'torque-off'), { minLength: 1, maxLength: 6 })
    const order: readonly StopKind[] = ['park', 'hold', 'torque-off']
    await fc.assert(
      fc.asyncProperty(kinds, async (asked) => {
        const events = asked.map((kind) => ({ atMs: 100, what: 'stop', kind }) as const)
        const { latch, torque } = await play(events, 200)
        expect(latch.kind).toBe(order[Math.max(...asked.map((kind) => order.indexOf(kind)))])
        expect(latch.count).toBe(1)
        expect(torque).toEqual(asked.includes('torque-off') ? [false] : [])
      }),
      { numRuns: runs(20) },
    )
  })

  test('law (A9): the first command after a reset starts where the head is', async () => {
    const anyKind = fc.constantFrom<StopKind>('hold', 'park', 'torque-off')
    const states = fc.tuple(anyTarget, anyTarget)
    await fc.assert(
      fc.asyncProperty(anyKind, fc.integer({ min: 20, max: 900 }), states, async (kind, stopAtMs, [first, second]) => {
        const { sent, shown } = await play(
          [
            { ...first, atMs: 10 },
            { atMs: stopAtMs, what: 'stop', kind },
            // It waits in the queue when the reset comes.
            { ...second, atMs: 993 },
            { atMs: 995, what: 'reset' },
            { ...second, atMs: 1100 },
          ],
          2000,
        )
        // What is shown as commanded meanwhile is where it is.
        expect(new Set(shown.flatMap(({ atMs, zM }) => (atMs >= 1000 && atMs < 1100 ? [zM] : []))).size).toBe(1)
        const after = sent.filter(({ atMs }) => atMs >= 995)
        const [one] = after
        // What was wanted before the reset is forgotten: it begins with what came after.
        expect(one?.atMs).toBeGreaterThanOrEqual(1100)
        if (one === undefined) return
        // One step from rest, at the accelerations that the ramp allows.
        const dtS = tickMs / 1000
        expect(Math.abs(one.state.pose.zM - one.measured.pose.zM)).toBeLessThanOrEqual(3 * dtS * dtS + 1e-9)
        expect(Math.abs(one.state.pose.pitchRad - one.measured.pose.pitchRad)).toBeLessThanOrEqual(
          80 * dtS * dtS + 1e-9,
        )
      }),
      { numRuns: runs(30) },
    )
  }, 60_000)

  test('let go, the head sinks to where it sleeps; stopped before its first tick, it never moves', async () => {
    const up = restingTarget()
    const limp = await play(
      [
        { ...up, atMs: 0 },
        { atMs: 300, what: 'stop', kind: 'torque-off' },
      ],
      3000,
    )
    const state = limp.runtime.robots.get('head')?.() ?? expect.unreachable()
    expect(state).toMatchObject({ state: 'stopped', stop: 'torque-off', ageMs: null, stamp: null })
    expect(state.counts).toMatchObject({ stops: 1 })
    expect(state.measured.pose.zM).toBeLessThan(-0.03)
    expect(limp.meter.droppedBy('stopped')).toBe(0)

    const never = await play(
      [
        { atMs: 0, what: 'stop', kind: 'hold' },
        { ...up, atMs: 100 },
      ],
      500,
    )
    expect(never.sent).toEqual([])
    expect(never.meter.droppedBy('stopped')).toBe(1)
    expect(never.told.at(-1)).toBe('stopped')
  })

  test('a target that is refused is counted, and gone (E7)', async () => {
    const { measured } = createSimulatedRobot()
    const state = { ...measured, pose: { ...measured.pose, zM: NaN } }
    const { sent, meter } = await play([{ atMs: 0, what: 'target', state }], 100)
    expect(sent).toEqual([])
    expect([meter.in, meter.droppedBy('error'), meter.held]).toEqual([1, 1, 0])
  })

  test('a head that does not come to rest is not laid down for ever', async () => {
    const { sent } = await play([{ atMs: 100, what: 'stop', kind: 'park' }], 4000, true)
    expect(sent.length).toBeGreaterThan(50)
    expect(sent.at(-1)?.atMs).toBeLessThan(100 + parkingMs)
  })

  test('a stop at the end, while it parks, ends the parking at once, and is not told as cut off', async () => {
    const up = restingTarget()
    const { doneAtMs, runtime, sent } = await play(
      [
        { ...up, atMs: 0 },
        { atMs: 250, what: 'stop', kind: 'hold' },
      ],
      200,
    )
    expect(doneAtMs).toBeLessThanOrEqual(250 + tickMs)
    expect(sent.filter(({ atMs }) => atMs > 250)).toEqual([])
    expect(runtime.wasCutOff).toEqual([])
  })
})

function restingTarget() {
  const { measured } = createSimulatedRobot()
  return { what: 'target', state: measured } as const
}

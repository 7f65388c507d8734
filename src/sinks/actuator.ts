import { Observable, Subject, type Subscription } from 'rxjs'
import { Edge } from '../core/edge.js'
import { Histogram } from '../core/histogram.js'
import { createPacket, type Origin, type Packet } from '../core/packet.js'
import type { JointTarget, RobotValue } from '../core/ports.js'
import { SoftwareStop } from '../core/software-stop.js'
import type { SinkInput, StageContext } from '../core/stage.js'
import type { RobotState as RobotFacts, StopKind } from '../core/wire.js'
import { limitPose } from '../robot/limits.js'
import { createRamp } from '../robot/ramp.js'
import { type RobotState, restState, sleepState } from '../robot/robot-state.js'
import { createSimulatedRobot, type SimulatedRobot } from '../robot/simulated-robot.js'

/** What the actuator gives at each tick: the state, and what moves it. */
export type ActuatorValue = RobotValue & {
  readonly commanded: RobotValue
  /** Age of the data behind this tick's command (T5); null while nothing was commanded. */
  readonly ageMs: number | null
  readonly state: RobotFacts['state']
  /** The packet that caused the command (A6). */
  readonly causedBy: { readonly origin: string; readonly seq: number; readonly capturedAtMs: number } | null
}

const defaultWatchdog = { holdMs: 300, parkMs: 5000 }
/** Parking at the end takes no longer than this, whatever the robot does. */
const parkingMs = 1500

type Actuator = {
  readonly done$: Observable<never>
  readonly results: {
    readonly measured: Observable<Packet<ActuatorValue>>
    readonly commanded: Observable<Packet<ActuatorValue>>
  }
}

/**
 * The simulated head's control loop: absolute ticks on the run's clock, one writer, limits last, and a software stop that
 * latches (A5).
 */
export function runActuator(
  settings: { readonly rate: number },
  context: StageContext,
  inputs: readonly SinkInput<JointTarget>[],
  createRobot: () => SimulatedRobot = createSimulatedRobot,
): Actuator {
  const stop = new SoftwareStop()
  context.runtime.controls.stops.set(entry(context.name), stop)
  const measured$ = new Subject<Packet<ActuatorValue>>()
  const commanded$ = new Subject<Packet<ActuatorValue>>()
  const done$ = new Observable<never>((downstream) => {
    const loop = createLoop(settings.rate, context, { measured$, commanded$, stop, robot: createRobot() })
    const subscriptions: Subscription[] = []
    let open = inputs.length
    for (const input of inputs) {
      const ended = (): void => {
        open--
        if (open > 0) return
        loop.park(() => {
          measured$.complete()
          commanded$.complete()
          downstream.complete()
        })
      }
      subscriptions.push(input.packets$.subscribe({ next: loop.offer, error: ended, complete: ended }))
    }
    loop.start()
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe()
      loop.end()
    }
  })
  return { done$, results: { measured: measured$, commanded: commanded$ } }
}

type LoopParts = {
  readonly measured$: Subject<Packet<ActuatorValue>>
  readonly commanded$: Subject<Packet<ActuatorValue>>
  readonly stop: SoftwareStop
  readonly robot: SimulatedRobot
}

function createLoop(rateHz: number, context: StageContext, { measured$, commanded$, stop, robot }: LoopParts) {
  const { runtime, meter, name } = context
  const { clock } = runtime
  const watchdog = context.how.watchdog ?? defaultWatchdog
  const periodMs = 1000 / rateHz
  let ramp = createRamp({}, robot.measured)
  const waiting = new Edge<JointTarget>(
    { whenFull: 'latest', capacity: 1, maxAgeMs: null },
    { clock, meter: runtime.meter(runtime.nameOf(`${name}/queue`)), deliver: take, failed: () => undefined },
  )
  let letGo = waiting.gate.hold()

  const startedAtMs = clock.nowMs()
  const figures = { ages: figure('age'), reactions: figure('reaction'), lateness: figure('lateness') }
  const counts = { commands: 0, projected: 0, refused: 0, skippedTicks: 0, missedIk: 0 }
  const origins = {
    measured: { name: `${entry(name)}.measured`, live: true },
    commanded: { name: `${entry(name)}.commanded`, live: true },
  }
  let target: RobotState = restState
  let cause: Packet<JointTarget> | null = null
  let fresh: Packet<JointTarget> | null = null
  let freshAtMs = 0
  let commanded: RobotState = robot.measured
  let state: RobotFacts['state'] = 'waiting'
  let ageMs: number | null = null
  let tick = 0
  let firstAtMs = 0
  let lastAtMs = 0
  let cancel: () => void = () => undefined
  let stopping: Subscription | null = null
  let parked: (() => void) | null = null
  let parkByMs = Infinity
  let ended = false

  runtime.robots.set(entry(name), () => ({
    name: entry(name),
    kind: 'sim',
    state,
    rateHz,
    measured: robot.measured,
    commanded,
    ageMs,
    ages: figures.ages.histogram.spread(clock.nowMs()),
    reactions: figures.reactions.histogram.spread(clock.nowMs()),
    lateness: figures.lateness.histogram.spread(clock.nowMs()),
    stamp: cause?.stamp.kind ?? null,
    parts: [],
    counts: { ...counts, stops: stop.count },
    ...(stop.kind === null ? {} : { stop: stop.kind }),
  }))

  function figure(what: string) {
    const histogram = new Histogram(startedAtMs)
    return {
      histogram,
      record(valueMs: number, nowMs: number): void {
        histogram.record(valueMs, nowMs)
        for (const measure of runtime.measures.get(`${entry(name)} ${what}`) ?? []) measure(valueMs, nowMs)
      },
    }
  }

  function take(packet: Packet<JointTarget>): void {
    meter.took()
    if (state === 'stopped') meter.dropped('stopped')
    else fresh = packet
  }

  function takeNewest(): void {
    letGo()
    letGo = waiting.gate.hold()
  }

  /** The newest target, if one came since the last tick; within reach. */
  function aim(nowMs: number): void {
    takeNewest()
    if (fresh === null) return
    const limited = limitPose(fresh.value)
    if (limited.verdict === 'refused') {
      counts.refused++
      meter.dropped('error')
      fresh = null
      runtime.tellOnce('warning', `${entry(name)} refused a target: ${limited.why}`)
      return
    }
    if (limited.verdict === 'projected') counts.projected++
    target = limited.state
    cause = fresh
    freshAtMs = nowMs
    if (state !== 'following') follow()
  }

  function follow(): void {
    begin()
    state = 'following'
  }

  /** From wherever it is, at rest: the first command never jumps (A9). */
  function begin(): void {
    if (state !== 'parked' && state !== 'waiting') return
    ramp = createRamp({}, robot.measured)
    commanded = robot.measured
  }

  function layDown(): void {
    begin()
    parkByMs = Math.min(clock.nowMs() + parkingMs, runtime.safeByMs)
    state = 'parking'
    target = sleepState
  }

  /** In the turn in which it is asked for: no queue and no tick comes before it (A5). */
  function onStop(kind: StopKind | null): void {
    if (kind === null) {
      if (state === 'stopped') release()
      return
    }
    if (kind === 'park') layDown()
    if (kind === 'torque-off') robot.torque(false)
    state = 'stopped'
    cause = null
    ageMs = null
    runtime.tell('warning', `${entry(name)}: stopped by software (${kind}); nothing moves it before it is reset`)
  }

  /** It may move again, when something new is wanted of it. */
  function release(): void {
    takeNewest()
    robot.torque(true)
    state = 'waiting'
    target = robot.measured
    begin()
    if (parked !== null) layDown()
    runtime.tell('info', `${entry(name)}: reset, and follows what comes from now on`)
  }

  /** Whether commands may leave: none after a stop, but for those that lay the head down where that is its kind. */
  function mayMove(nowMs: number): boolean {
    return state !== 'stopped' || (stop.kind === 'park' && !rests(robot.measured) && nowMs < parkByMs)
  }

  function watch(nowMs: number): void {
    if (parked !== null) return
    const quietMs = nowMs - freshAtMs
    if (state === 'following' && quietMs > watchdog.holdMs) state = 'holding'
    if (state === 'holding' && quietMs > watchdog.parkMs) {
      layDown()
      runtime.tell('warning', `${entry(name)}: nothing to follow for ${String(watchdog.parkMs / 1000)} s, so it parks`)
    }
    if (state === 'parking' && rests(robot.measured)) state = 'parked'
  }

  /** The last thing before the motors (A3): on the way between two good poses there may be one out of reach. */
  function within(ramped: RobotState): RobotState {
    const limited = limitPose(ramped)
    return limited.verdict === 'refused' ? commanded : limited.state
  }

  function onTick(): void {
    const nowMs = clock.nowMs()
    const dueMs = firstAtMs + tick * periodMs
    figures.lateness.record(nowMs - dueMs, nowMs)
    const measured = robot.step(nowMs - lastAtMs)
    if (parked === null) aim(nowMs)
    watch(nowMs)
    const moves = mayMove(nowMs)
    if (moves) {
      commanded = within(ramp.step(state === 'holding' ? commanded : target, nowMs - lastAtMs))
      if (state !== 'waiting' && !robot.command(commanded)) counts.missedIk++
    }
    lastAtMs = nowMs
    if (state === 'following' || state === 'holding') sent(nowMs)
    emit(measured, nowMs)
    // Who was given the last one that he wants has unsubscribed in that call.
    if (ended) return
    if (parked !== null && (rests(measured) || nowMs >= parkByMs || !moves)) {
      if (state === 'parking' && !rests(measured)) runtime.cutOff(`${entry(name)}: did not reach its parking pose`)
      else if (state !== 'stopped') state = 'parked'
      parked()
      return
    }
    schedule(nowMs)
  }

  /** A command has left: how old is what it rests on, and was it the first of its cause? */
  function sent(nowMs: number): void {
    counts.commands++
    if (cause === null) return
    ageMs = nowMs - cause.capturedAtMs
    figures.ages.record(ageMs, nowMs)
    if (fresh === null) return
    figures.reactions.record(ageMs, nowMs)
    meter.gave(nowMs - freshAtMs, ageMs, nowMs)
    fresh = null
  }

  function emit(measured: RobotState, nowMs: number): void {
    const causedBy =
      cause === null ? null : { origin: cause.origin.name, seq: cause.seq, capturedAtMs: cause.capturedAtMs }
    const about = { commanded, ageMs, state, causedBy }
    const birth = (origin: Origin, value: ActuatorValue): Packet<ActuatorValue> =>
      createPacket({ origin, seq: tick, capturedAtMs: nowMs, stamp: { kind: 'synthetic' }, value })
    measured$.next(birth(origins.measured, { ...measured, ...about }))
    commanded$.next(birth(origins.commanded, { ...commanded, ...about }))
  }

  /** The next boundary; ticks that were missed are skipped and counted (A2). */
  function schedule(nowMs: number): void {
    const next = Math.max(tick + 1, Math.floor((nowMs - firstAtMs) / periodMs) + 1)
    counts.skippedTicks += next - tick - 1
    tick = next
    cancel = clock.at(firstAtMs + tick * periodMs, onTick)
  }

  return {
    offer: (packet: Packet<JointTarget>): void => {
      waiting.offer(packet)
    },
    start(): void {
      stopping = stop.kind$.subscribe(onStop)
      cancel = clock.at(clock.nowMs(), () => {
        firstAtMs = clock.nowMs()
        lastAtMs = firstAtMs
        onTick()
      })
    },
    /** Lays the head down, then calls back; at once where it never moved, or was stopped. */
    park(then: () => void): void {
      parked = then
      if (state === 'stopped') parkByMs = Math.min(parkByMs, runtime.safeByMs)
      else if (state === 'waiting' && counts.commands === 0) parkByMs = clock.nowMs()
      else layDown()
    },
    end(): void {
      ended = true
      stopping?.unsubscribe()
      cancel()
      waiting.discard()
    },
  }
}

/** The entry's own name: `head` of `head/reachy-mini`. */
function entry(name: string): string {
  return name.split('/')[0] ?? name
}

function rests(measured: RobotState): boolean {
  const { pose } = measured
  const { pose: sleep } = sleepState
  return Math.abs(pose.pitchRad - sleep.pitchRad) < 0.02 && Math.abs(pose.zM - sleep.zM) < 0.002
}

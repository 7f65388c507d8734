import type { Meter } from '../core/meter.js'
import type { Runtime } from '../core/runtime.js'
import type { ModelState, RobotState, RunState, Spread, StageState } from '../core/wire.js'
import type { Expectations } from './expectations.js'
import { pathTo } from './path.js'
import type { Plan, PlannedEntry } from './planned.js'
import { starvedBy } from './starved-by.js'

/** All that the page knows, read off the meters: exact at the instant of the call. */
export function snapshot(
  plan: Plan,
  runtime: Runtime,
  expectations: Expectations,
  run: {
    readonly state: RunState['state']
    readonly runningSinceMs: number | null
    /** The stages that failed by themselves. */
    readonly failed: readonly string[]
  },
): RunState {
  const nowMs = runtime.clock.nowMs()
  const stages: Record<string, StageState> = {}
  const starved = starvedBy(plan, run.failed)
  for (const entry of plan.entries) {
    const steps = [...runtime.meters.values()].filter(
      ({ name }) => name.startsWith(`${entry.name}/`) || name.startsWith(`${entry.name}.`),
    )
    // The sides of a join are counted beside: what goes through an entry is the anchor's.
    const sides = new Set(entry.join?.inputs.map(({ name }) => `${entry.steps[0]?.key ?? ''}/${name}`))
    const through = steps.filter(({ name }) => !sides.has(name))
    const above = starved.get(entry.name)
    const state = entryState(entry, through, runtime, nowMs)
    stages[entry.name] = above === undefined ? state : { ...state, starvedBy: above }
    for (const meter of steps) stages[meter.name] = meter.read(nowMs)
  }
  const camera = runtime.camera.state()
  const robot = [...runtime.robots.values()][0]?.() ?? null
  return {
    state: run.state,
    name: plan.name,
    file: plan.file,
    nowMs,
    runningForMs: run.runningSinceMs === null ? 0 : nowMs - run.runningSinceMs,
    stages,
    robot: robot === null ? null : { ...robot, parts: partsOfAge(plan, runtime, robot, nowMs) },
    memo: Object.fromEntries([...runtime.memos].map(([name, read]) => [name, read()])),
    ...(runtime.models.size === 0 ? {} : { models: modelsOf(runtime) }),
    expect: expectations.read(nowMs),
    clients: runtime.hub.clients,
    ...(camera === null ? {} : { camera }),
    frames: runtime.pool.count(),
    events: [...runtime.events],
  }
}

function modelsOf({ models }: Runtime): Readonly<Record<string, ModelState>> {
  return Object.fromEntries([...models].map(([stage, read]) => [stage, read()]))
}

/** An entry as a whole: what went into its first steps, what came out of its last. */
function entryState(entry: PlannedEntry, meters: readonly Meter[], runtime: Runtime, nowMs: number): StageState {
  const read = meters.map((meter) => meter.read(nowMs))
  const [first] = entry.steps
  const last = entry.steps.at(-1)
  const firsts = entry.kind === 'stream' || first?.stage.kind === 'sink' ? read : read.slice(0, 1)
  const outOf = last === undefined ? undefined : runtime.meters.get(last.key)?.read(nowMs)
  const results = entry.kind === 'stream' ? read : outOf === undefined ? [] : [outOf]
  const dropped: Record<string, number> = {}
  for (const state of read)
    for (const [reason, count] of Object.entries(state.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count
  const sum = (states: readonly StageState[], figure: 'in' | 'out' | 'merged' | 'held' | 'perSecond'): number =>
    states.reduce((total, state) => total + state[figure], 0)
  const ailing = read.find(({ state }) => state === 'failed') ?? read.find(({ state }) => state === 'restarting')
  const restarts = read.map((state) => state.restarts)
  return {
    in: first?.stage.kind === 'sink' ? sum(results, 'in') : sum(firsts, 'in'),
    out: sum(results, 'out'),
    dropped,
    merged: sum(read, 'merged'),
    held: sum(read, 'held'),
    perSecond: Math.round(sum(results, 'perSecond') * 10) / 10,
    latencyMs: added(read.map(({ latencyMs }) => latencyMs)),
    ageMs: results[0]?.ageMs ?? null,
    state: ailing?.state ?? stateOf(results),
    // All results of a stream are of one stage.
    restarts: entry.kind === 'stream' ? Math.max(0, ...restarts) : restarts.reduce((sum, count) => sum + count, 0),
    ...(ailing?.error === undefined ? {} : { error: ailing.error }),
  }
}

/** Where none fails: running while one of them is, and over when all are. */
function stateOf(results: readonly StageState[]): StageState['state'] {
  const states = results.map(({ state }) => state)
  for (const state of ['running', 'idle', 'stopped', 'completed'] as const) if (states.includes(state)) return state
  return 'idle'
}

/** What an entry takes: the sum of its steps (an upper bound at p95 and p99). */
function added(spreads: readonly (Spread | null)[]): Spread | null {
  const known = spreads.filter((spread) => spread !== null)
  if (known.length === 0) return null
  const sum = (figure: keyof Spread): number =>
    Math.round(known.reduce((total, spread) => total + spread[figure], 0) * 1000) / 1000
  return { p50: sum('p50'), p95: sum('p95'), p99: sum('p99'), n: Math.max(...known.map(({ n }) => n)) }
}

/** Where the age of the data comes from, p50 in ms, in the data's order. */
function partsOfAge(plan: Plan, runtime: Runtime, robot: RobotState, nowMs: number): RobotState['parts'] {
  const parts = { decoding: 0, waiting: 0, inference: 0, pose: 0, tick: 0 }
  const stages = new Map(plan.entries.flatMap((entry) => entry.steps.map((step) => [step.key, step.stage] as const)))
  for (const key of pathTo(plan, robot.name)) {
    const tookMs = runtime.meters.get(key)?.latency.quantile(0.5, nowMs) ?? 0
    const stage = stages.get(key)
    if (stage === undefined) parts[key.endsWith('/queue') ? 'tick' : 'decoding'] += tookMs
    else if (stage.name === 'queue' || stage.name === 'join') parts.waiting += tookMs
    else if (stage.kind === 'operator') parts['work' in stage ? 'inference' : 'pose'] += tookMs
  }
  return Object.entries(parts).map(([name, ms]) => ({ name, ms: Math.round(ms * 100) / 100 }))
}

import type { GraphJson, Hello, RobotJson, RobotState, RunState, StageState } from '../../src/core/wire.js'
import { firstPageState, reducePage, type PageEvent, type PageState } from '../../web/src/logic/page-state.js'

export const graph: GraphJson = {
  nodes: [
    { name: 'room', kind: 'stream', stages: ['media'] },
    { name: 'faces', kind: 'operator', stages: ['throttle 30fps', 'queue latest', 'detect-faces'] },
    { name: 'speech', kind: 'operator', stages: ['queue drop-oldest 10', 'voice-activity'] },
    { name: 'gaze', kind: 'operator', stages: ['look-at', 'solve-pose'] },
    { name: 'head', kind: 'sink', stages: ['reachy-mini'] },
    { name: 'live', kind: 'sink', stages: ['websocket'] },
  ],
  edges: [
    { from: 'room.video', to: 'faces', queue: 'latest', stage: 'faces/queue' },
    { from: 'room.audio', to: 'speech', queue: 'drop-oldest 10', stage: 'speech/queue' },
    { from: 'faces', to: 'gaze' },
    { from: 'gaze', to: 'head', queue: 'latest', stage: 'head/queue' },
    { from: 'room.video', to: 'live', queue: 'drop-oldest 5' },
    { from: 'room.audio', to: 'live', queue: 'drop-oldest 10' },
    { from: 'faces', to: 'live' },
    { from: 'speech', to: 'live' },
    { from: 'head', to: 'live' },
  ],
}

export const hello: Hello = {
  type: 'hello',
  protocol: 2,
  run: 'a-run',
  graph,
  rights: { control: true, stop: true },
  controls: {
    pause: true,
    look: ['room.video'],
    stop: [{ name: 'head', kinds: ['hold', 'park', 'torque-off'] }],
    options: [],
  },
  camera: null,
  channels: [
    { name: 'room.video', kind: 'video' },
    { name: 'room.audio', kind: 'audio' },
    { name: 'faces', kind: 'detections' },
    { name: 'speech', kind: 'voice' },
    { name: 'head', kind: 'robot' },
  ],
}

export function stage(change: Partial<StageState> = {}): StageState {
  return {
    in: 10,
    out: 10,
    dropped: {},
    merged: 0,
    held: 0,
    perSecond: 30,
    latencyMs: null,
    ageMs: null,
    state: 'running',
    restarts: 0,
    ...change,
  }
}

export function took(p50: number): StageState {
  return stage({ latencyMs: { p50, p95: p50, p99: p50, n: 100 } })
}

export const straight: RobotJson = {
  pose: { xM: 0, yM: 0, zM: 0, rollRad: 0, pitchRad: 0, yawRad: 0 },
  bodyYawRad: 0,
  antennasRad: [0, 0],
}

export const robot: RobotState = {
  name: 'head',
  kind: 'sim',
  state: 'following',
  rateHz: 50,
  measured: straight,
  commanded: straight,
  ageMs: 30,
  ages: null,
  reactions: null,
  lateness: null,
  stamp: 'medium',
  parts: [],
  counts: {},
}

export function runState(change: Partial<RunState> = {}): RunState {
  return {
    state: 'running',
    name: 'follow-face',
    file: 'pipelines/follow-face.yaml',
    nowMs: 60_000,
    runningForMs: 50_000,
    stages: Object.fromEntries(graph.nodes.map(({ name }) => [name, stage()])),
    robot,
    memo: {},
    expect: [],
    clients: 1,
    frames: { lent: 0, free: 8, pastBound: 0, forgotten: 0 },
    events: [],
    ...change,
  }
}

export function pageAfter(...events: readonly PageEvent[]): PageState {
  return events.reduce(reducePage, firstPageState)
}

/** A page that runs, with telemetry and packets at `atMs`. */
export function runningPage(atMs: number, change: Partial<RunState> = {}): PageState {
  return pageAfter(
    { is: 'link', link: { is: 'open', sinceMs: atMs - 10_000 } },
    { is: 'hello', hello, atMs: atMs - 10_000 },
    { is: 'telemetry', run: runState(change), atMs },
    { is: 'packets', atMs },
  )
}

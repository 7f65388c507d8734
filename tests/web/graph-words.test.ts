import { describe, expect, test } from 'vitest'
import { recentDrops, totalDrops } from '../../web/src/logic/drops.js'
import { edgeWords } from '../../web/src/logic/edge-words.js'
import { nodeFacts, stagesOf } from '../../web/src/logic/graph-facts.js'
import { nodeWords } from '../../web/src/logic/node-words.js'
import { slowest } from '../../web/src/logic/slowest.js'
import { websocketLine } from '../../web/src/logic/websocket-line.js'
import { whereStalled } from '../../web/src/logic/where-stalled.js'
import { graph, runState, stage, took } from './page-fixtures.js'

const none = new Map<string, number>()

describe('what an edge says', () => {
  test('its rate, and what waits on it', () => {
    const stages = { 'faces/queue': stage({ perSecond: 29.96 }), 'speech/queue': stage({ perSecond: 50, held: 2 }) }
    expect(edgeWords(graph, [0], stages, [], none).text).toBe('30.0/s · latest')
    expect(edgeWords(graph, [1], stages, [], none).text).toBe('50.0/s · 2/10')
    const aged = { ...graph, edges: graph.edges.map((edge) => ({ ...edge, queue: 'latest, at most 200ms old' })) }
    expect(edgeWords(aged, [0], stages, [], none).text).toBe('30.0/s · latest, at most 200ms old')
  })

  test('several on one line, by what the page has counted where the run does not count apart', () => {
    const rates = new Map([
      ['room.video', 30],
      ['room.audio', 50],
    ])
    expect(edgeWords(graph, [4, 5], { room: stage({ perSecond: 80 }) }, [], rates)).toEqual({
      text: '30.0 + 50.0/s · 0/5 · 0/10',
      drop: null,
      perSecond: 80,
    })
  })

  test('a drop by its reason while it lasts; a throttle is no alarm', () => {
    const then = { 'faces/queue': stage({ dropped: { overflow: 5, rate: 10 } }) }
    const now = { 'faces/queue': stage({ dropped: { overflow: 9, rate: 40, stale: 0 } }) }
    const past = [
      { atMs: 0, stages: then },
      { atMs: 3000, stages: now },
    ]
    expect(edgeWords(graph, [0], now, past, none).drop).toBe('dropping: overflow')
    expect(recentDrops(past, 'faces/queue')).toEqual([{ reason: 'overflow', count: 4 }])
    const calm = [
      { atMs: 0, stages: now },
      { atMs: 3000, stages: now },
    ]
    expect(edgeWords(graph, [0], now, calm, none).drop).toBeNull()
  })
})

test('drops are counted once, by the steps where there are any', () => {
  const dropped = { overflow: 3, rate: 100 }
  expect(totalDrops({ faces: stage({ dropped }), 'faces/queue': stage({ dropped }), speech: stage({ dropped }) })).toBe(
    6,
  )
})

describe('the slowest', () => {
  test('is an operator, and only where it matters', () => {
    expect(slowest(graph, { room: took(20), faces: took(9), gaze: took(0.3) }, null)).toBe('faces')
    expect(slowest(graph, { faces: took(0.4), gaze: took(0.3) }, null)).toBeNull()
  })

  test('does not flicker between two alike', () => {
    const stages = { faces: took(9), speech: took(10) }
    expect(slowest(graph, stages, 'faces')).toBe('faces')
    expect(slowest(graph, { ...stages, speech: took(12) }, 'faces')).toBe('speech')
    expect(slowest(graph, stages, 'gone')).toBe('speech')
  })
})

describe('a node', () => {
  test('is marked as slowest, as dropping, as restarting or as failed: one word, the most pressing', () => {
    const marks = (run: ReturnType<typeof runState>, past: { atMs: number; stages: typeof run.stages }[] = []) =>
      nodeFacts(graph, run, past, 'faces').find(({ name }) => name === 'faces')?.mark
    expect(marks(runState())).toEqual({ text: 'slowest', tone: 'near' })
    const skips = (error: number) => ({ faces: stage(), 'faces/detect-faces': stage({ dropped: { error } }) })
    const dropping = runState({ stages: skips(4) })
    expect(
      marks(dropping, [
        { atMs: 0, stages: skips(1) },
        { atMs: 1, stages: skips(4) },
      ]),
    ).toEqual({ text: 'dropping: error', tone: 'near' })
    expect(marks(runState({ stages: { 'faces/detect-faces': stage({ state: 'restarting' }) } }))).toEqual({
      text: 'restarting',
      tone: 'near',
    })
    expect(marks(runState({ stages: { 'faces/detect-faces': stage({ state: 'failed' }) } }))).toEqual({
      text: 'failed',
      tone: 'stop',
    })
  })

  test('leaves throttle and queue to the edge before it', () => {
    expect(nodeWords(['throttle 30fps', 'queue latest', 'detect-faces'])).toBe('detect-faces')
    expect(nodeWords(['throttle 30fps'])).toBe('throttle 30fps')
  })

  test('opens to its own steps', () => {
    const run = runState({
      stages: { faces: stage(), 'faces/queue': stage(), facesTwo: stage(), 'room.video': stage() },
    })
    expect(stagesOf('faces', run).map(({ key }) => key)).toEqual(['faces', 'faces/queue'])
    expect(stagesOf('room', run).map(({ key }) => key)).toEqual(['room.video'])
  })
})

test('where it stalls is the first that gives nothing though it is fed', () => {
  const rates = (silent: readonly string[]) =>
    Object.fromEntries(graph.nodes.map(({ name }) => [name, stage({ perSecond: silent.includes(name) ? 0 : 30 })]))
  expect(whereStalled(graph, rates(['room', 'faces', 'gaze']))).toBe('room')
  expect(whereStalled(graph, rates(['faces', 'gaze']))).toBe('faces')
  expect(whereStalled(graph, rates([]))).toBeNull()
})

describe('the line that would send something to the page', () => {
  test('takes the first results, under a name that is free', () => {
    expect(websocketLine({ nodes: [], edges: [] })).toBeNull()
    expect(websocketLine(graph)).toBe('page: { from: [room.video, room.audio, faces], websocket: {} }')
    const one = { nodes: [], edges: [{ from: 'room.video', to: 'faces' }] }
    expect(websocketLine(one)).toBe('live: { from: [room.video], websocket: {} }')
  })

  test('leaves out what is sampled: that goes round', () => {
    const sampled = { from: 'head.measured', to: 'gaze', sampled: true }
    expect(websocketLine({ nodes: [], edges: [sampled] })).toBeNull()
  })
})

import { expect, test } from 'vitest'
import { firstPageState, reducePage } from '../../web/src/logic/page-state.js'
import { pageShape } from '../../web/src/logic/page-shape.js'
import { hello, pageAfter, runningPage, runState } from './page-fixtures.js'

test('telemetry before a hello is not believed', () => {
  const page = reducePage(firstPageState, { is: 'telemetry', run: runState(), atMs: 0 })
  expect(page.known.is).toBe('nothing')
})

test('a new hello forgets the run before it', () => {
  const page = reducePage(runningPage(1000), { is: 'hello', hello, atMs: 2000 })
  expect(page).toMatchObject({ known: { is: 'greeted' }, lastPacketAtMs: null, past: [] })
})

test('three seconds of counters are kept, and no more', () => {
  const events = Array.from({ length: 100 }, (_, i) => ({ is: 'telemetry', run: runState(), atMs: i * 250 }) as const)
  const page = pageAfter({ is: 'hello', hello, atMs: 0 }, ...events)
  expect(page.past).toHaveLength(13)
})

test('losses add up by channel', () => {
  const lost = { is: 'lost', channel: 'room.video', count: 3 } as const
  expect(pageAfter(lost, lost).lostHere).toEqual({ 'room.video': 6 })
})

test('the page arranges itself by what comes', () => {
  const only = (...names: string[]) => ({
    ...hello,
    channels: hello.channels.filter(({ name }) => names.includes(name)),
  })
  const quiet = runState({ robot: null })
  expect(pageShape(hello, runState())).toMatchObject({ figure: 'robot', robot: 'head', sound: { index: 1 } })
  expect(pageShape(only('room.video'), quiet)).toMatchObject({
    figure: 'picture',
    robot: null,
    pictures: [{ index: 0 }],
  })
  expect(pageShape(only('room.audio', 'speech'), quiet)).toMatchObject({
    figure: 'sound',
    voice: 'speech',
    pictures: [],
  })
  expect(pageShape(only(), quiet).figure).toBe('none')
  // A robot that is not sent over a channel is known from the run's state.
  expect(pageShape(only('room.video'), runState()).figure).toBe('robot')
})

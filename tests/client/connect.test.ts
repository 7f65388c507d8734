import { expect, test } from 'vitest'
import type { SocketLike, SocketWorld } from '../../src/adapters/socket-world.js'
import { type ClientEvents, connect, ToldState } from '../../src/client/index.js'
import { Hub } from '../../src/core/hub.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { type Rights } from '../../src/core/wire.js'
import { hello, runState } from '../web/page-fixtures.js'
import { inRoom, readFrames } from '../helpers/socket-frames.js'

/** A run's hub and a client of it, on one clock, with a way of 5 ms there and 5 back; the client's clock is 1000 ms ahead. */
function createScene(rights: Rights = { control: true, stop: false }) {
  const clock = createVirtualClock()
  const hub = new Hub(clock)
  let run = runState()
  hub.state = () => run
  hub.greet = () => JSON.stringify({ ...hello, channels: hub.channels, rights })
  const video = hub.channel('room.video', 'video', ['jpeg'])
  const audio = hub.channel('room.audio', 'audio', ['pcm', 'opus'])
  const faces = hub.channel('faces', 'detections')
  const cut: (() => void)[] = []
  const said: string[] = []
  const later = (call: () => void, ms = 5): (() => void) => clock.at(clock.nowMs() + ms, call)
  const world: SocketWorld = {
    nowMs: () => clock.nowMs() + 1000,
    chance: () => 0.5,
    later,
    cancel: (timer) => {
      if (typeof timer === 'function') (timer as () => void)()
    },
    open: () => {
      const socket: SocketLike = {
        binaryType: '',
        onopen: null,
        onmessage: null,
        onclose: null,
        send: (text) => {
          said.push(text)
          later(() => {
            member.received(text)
          })
        },
        close: () => {
          member.gone()
        },
      }
      const member = hub.join(
        {
          send: (data) => {
            later(() => socket.onmessage?.({ data }))
          },
          write: (frames) => {
            const { message, ping } = readFrames(frames)
            const data = message.slice().buffer
            later(() => socket.onmessage?.({ data }))
            if (ping === null) return
            later(() => {
              member.pong(ping)
            }, 10)
          },
          bufferedBytes: () => 0,
          ping: (words) => {
            later(() => {
              member.pong(words)
            }, 10)
          },
          close: (code, reason) => {
            later(() => socket.onclose?.({ code, reason }))
          },
        },
        rights,
      )
      later(() => socket.onopen?.(), 1)
      cut.push(() => {
        member.gone()
        socket.onclose?.({ code: 1006, reason: '' })
      })
      return socket
    },
  }
  return {
    hub,
    video,
    audio,
    faces,
    world,
    said,
    cut: () => cut.at(-1)?.(),
    tell: (change: Partial<typeof run>) => {
      run = { ...run, ...change }
      hub.tell(run)
    },
    pass: async (ms: number): Promise<void> => {
      let there = false
      later(() => (there = true), ms)
      await clock.run(() => there)
    },
  }
}

const picture = (scene: ReturnType<typeof createScene>, seq: number): number => {
  const takers = scene.video.takers(75)
  takers.give(
    { seq, lost: 0, capturedAtMs: 7, stamp: 'medium', codec: 'jpeg', sourceWidthPx: 4, sourceHeightPx: 2 },
    takers.qualities.map(() => inRoom(Uint8Array.of(1, 2, 3))),
  )
  return takers.qualities.length
}

test('hears hello, the state as it changes, pictures, sound, results and losses; acknowledges what was shown', async () => {
  const scene = createScene()
  const run = connect('http://127.0.0.1:1/', { world: scene.world })
  const heard: { [E in keyof ClientEvents]?: ClientEvents[E][] } = {}
  for (const event of ['hello', 'state', 'picture', 'sound', 'data', 'lost', 'link'] as const)
    run.on(event, (value) => (heard[event] ??= [] as never).push(value as never))
  await scene.pass(20)
  expect(heard.hello?.[0]?.channels.map(({ name }) => name)).toEqual(['room.video', 'room.audio', 'faces'])
  const before = run.state
  scene.tell({ name: 'another', memo: { x: { hits: 1, misses: 2, evictions: 3 } } })
  picture(scene, 3)
  const [pcm, quiet] = [new Uint8Array([9, 8]), { quality: 0, sourceWidthPx: 16_000, sourceHeightPx: 1 }]
  scene.audio.sound({ seq: 1, lost: 0, capturedAtMs: 8, stamp: 'medium', codec: 'pcm', ...quiet }, pcm)
  scene.faces.data({
    tap: 'faces',
    origin: 'room',
    seq: 3,
    capturedAtMs: 7,
    stamp: 'medium',
    ageMs: 1,
    lost: 0,
    value: 5,
  })
  await scene.pass(50)
  expect(run.state).toMatchObject({ name: 'another', memo: { x: { hits: 1 } } })
  expect(run.state?.stages, 'what did not change is the same').toBe(before?.stages)
  expect(heard.state).toHaveLength(2)
  expect(heard.picture?.[0]).toMatchObject({ channel: 'room.video', header: { seq: 3, capturedAtMs: 7 } })
  expect([...(heard.picture?.[0]?.bytes ?? [])]).toEqual([1, 2, 3])
  expect([...(heard.sound?.[0]?.bytes ?? [])]).toEqual([9, 8])
  expect(heard.data?.flat().map(({ tap, value }) => [tap, value])).toEqual([['faces', 5]])
  expect(scene.said).toContain('{"type":"ack","channel":0,"seq":3}')
  run.close()
  expect(scene.hub.clients).toBe(0)
})

test('knows the run’s clock, and how well', async () => {
  const scene = createScene()
  const run = connect('http://127.0.0.1:1/', { world: scene.world })
  expect(run.clock.toClient(0)).toBeNull()
  await scene.pass(30)
  expect(run.clock.toClient(500)).toBeCloseTo(1500, 6)
  // Half of the round trip, and what clocks may have drifted since.
  expect(run.clock.errorMs).toBeCloseTo(5, 2)
  run.close()
})

test('commands resolve when they are done, and say why where they are refused or the connection is lost', async () => {
  const scene = createScene()
  scene.hub.control = (command) => (command.do === 'resume' ? new Promise(() => undefined) : Promise.resolve(null))
  const run = connect('http://127.0.0.1:1/', { world: scene.world })
  await expect(run.do({ do: 'pause' })).rejects.toThrow('there is no connection to the run')
  await scene.pass(10)
  const outcomes: string[] = []
  const ask = (command: 'pause' | 'stop' | 'resume'): void => {
    run.do({ do: command }).then(
      () => outcomes.push(`${command} done`),
      (error: unknown) => outcomes.push(`${command}: ${error instanceof Error ? error.message : ''}`),
    )
  }
  for (const command of ['pause', 'stop', 'resume'] as const) ask(command)
  await scene.pass(30)
  expect(outcomes.sort()).toEqual(['pause done', 'stop: this connection may not stop'])
  scene.cut()
  await scene.pass(1)
  expect(outcomes.at(-1)).toBe('resume: the connection to the run was lost')
  run.close()
})

test('what is wanted is said again after a new connection', async () => {
  const scene = createScene()
  const run = connect('http://127.0.0.1:1/', { world: scene.world, want: { 'room.video': false } })
  await scene.pass(20)
  expect(picture(scene, 0)).toBe(0)
  run.want({ 'room.audio': { codec: 'opus' } })
  await scene.pass(10)
  expect([...scene.audio.wanted()]).toEqual(['opus'])
  scene.cut()
  await scene.pass(400)
  expect(scene.hub.clients).toBe(1)
  expect(picture(scene, 1)).toBe(0)
  expect([...scene.audio.wanted()]).toEqual(['opus'])
  run.close()
})

test('what is no message of this protocol is passed over, and so are changes of what was never told', () => {
  const told = new ToldState()
  expect(told.read('{"type":"hello"}')).not.toBeNull()
  for (const text of [
    '',
    'null',
    '1',
    '{}',
    '{"type":"newer"}',
    '{"type":1}',
    '{',
    '{"type":"changes","set":{},"gone":[]}',
  ])
    expect(told.read(text)).toBeNull()
})

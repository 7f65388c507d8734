import { expect, test } from 'vitest'
import type { ClientSocket } from '../../src/core/client-socket.js'
import { createPipeline } from '../../src/engine/create-pipeline.js'

const bothRights = { control: true, stop: true }

test('a client is told what there is to command; what it commands takes effect in that turn, and is answered', async () => {
  const run = await createPipeline('pipelines/follow-face.yaml', { clock: 'virtual' })
  await run.serve({ port: 0, page: false })
  const said: Readonly<Record<string, unknown>>[] = []
  const socket: ClientSocket = {
    send: (data) => {
      said.push(JSON.parse(data) as Readonly<Record<string, unknown>>)
    },
    write: () => undefined,
    bufferedBytes: () => 0,
    ping: () => undefined,
    close: () => undefined,
  }
  const client = run.runtime.hub.join(socket, bothRights)
  expect(said[0]).toMatchObject({ type: 'hello', controls: run.controls, rights: bothRights })

  const stop = run.runtime.controls.stops.get('head')
  client.received(JSON.stringify({ type: 'do', id: 1, do: 'stop', kind: 'torque-off' }))
  expect(stop?.kind).toBe('torque-off')
  client.received(JSON.stringify({ type: 'do', id: 2, do: 'reset', name: 'head' }))
  expect(stop?.kind).toBeNull()
  client.received(JSON.stringify({ type: 'do', id: 3, do: 'pause' }))
  client.received(JSON.stringify({ type: 'do', id: 4, do: 'set', stage: 'faces/throttle', option: 'rate', value: 10 }))
  client.received(
    JSON.stringify({ type: 'do', id: 5, do: 'set', stage: 'faces/throttle', option: 'rate', value: '10fps' }),
  )
  // Whoever looks is told what is so now, in the turn it is.
  expect(said.filter(({ type }) => type === 'set')).toEqual([
    { type: 'set', stage: 'faces/throttle', option: 'rate', value: '10fps' },
  ])
  // Answers come when the turn is over.
  await new Promise<void>((resolve) => {
    queueMicrotask(() => {
      queueMicrotask(() => {
        queueMicrotask(resolve)
      })
    })
  })
  const answers = said.filter(({ type }) => type === 'done' || type === 'refused')
  expect(answers).toMatchObject([
    { type: 'done', id: 1 },
    { type: 'done', id: 2 },
    { type: 'done', id: 3 },
    { type: 'refused', id: 4, remedy: 'write for example rate: 30fps' },
    { type: 'done', id: 5 },
  ])
  expect(run.runtime.controls.pausing.paused).toBe(true)
  expect((await run.stop()).cutOff).toEqual([])
})

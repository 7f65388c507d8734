import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { selfSigned } from '../../src/adapters/self-signed.js'
import type { PipelineRun } from '../../src/engine/create-pipeline.js'
import type { RunState } from '../../src/core/wire.js'
import { ask, open, rightsAt } from '../helpers/asked.js'
import { idleRun } from './idle-run.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function running(name: string): Promise<PipelineRun> {
  const run = await idleRun(name)
  ends.push(() => run.stop())
  return run
}

function listening(server: Server, scheme = 'http'): Promise<string> {
  ends.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  )
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      resolve(`${scheme}://127.0.0.1:${String(port)}`)
    })
  })
}

const keyOf = ({ headers }: IncomingMessage): string => headers.authorization ?? ''
const viewOnly = { control: false, stop: false }
const all = { control: true, stop: true }
const stateAt = async (url: string): Promise<RunState> => JSON.parse((await ask(url)).body) as RunState

describe('two runs under two paths of a server with routes and authentication of its own', () => {
  /** The host knows a guest and an owner, and answers `/`, `/login` and a socket of its own. */
  async function house(): Promise<{
    readonly url: string
    readonly server: Server
    readonly a: PipelineRun
    readonly b: PipelineRun
  }> {
    const [a, b] = await Promise.all([running('left'), running('right')])
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      if (request.url === '/login') response.end('who are you?')
      else if (keyOf(request) === '') response.writeHead(401, { 'content-type': 'text/plain' }).end('log in first')
      else if (request.url === '/') response.end('the house')
    })
    const authorize = (request: IncomingMessage) =>
      keyOf(request) === 'guest' ? viewOnly : keyOf(request) === 'owner' ? all : null
    a.mount(server, '/a', { authorize })
    b.mount(server, '/b/', { authorize: (request) => Promise.resolve(authorize(request)) })
    const echo = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      if (request.url === '/echo')
        echo.handleUpgrade(request, socket, head, (opened) => {
          opened.send('{"type":"echo"}')
        })
    })
    ends.push(() => {
      echo.close()
      return Promise.resolve()
    })
    const url = await listening(server)
    await Promise.all([a.start(), b.start()])
    return { url, server, a, b }
  }

  test('each is itself, and what the host answers it answers', async () => {
    const { url } = await house()
    const headers = { authorization: 'guest' }
    expect((await ask(`${url}/login`)).body).toBe('who are you?')
    expect((await ask(`${url}/`, { headers })).body).toBe('the house')
    for (const [path, name] of [
      ['a', 'left'],
      ['b', 'right'],
    ] as const) {
      const state = JSON.parse((await ask(`${url}/${path}/state.json`, { headers })).body) as RunState
      expect(state).toMatchObject({ name, state: 'running' })
      expect((await ask(`${url}/${path}/`, { headers })).body).toContain('<title>Saccade</title>')
      expect(await ask(`${url}/${path}?x=//evil.example`, { headers })).toMatchObject({
        status: 308,
        headers: { location: `/${path}/` },
      })
      expect((await ask(`${url}/${path}/metrics`, { headers })).body).toContain('saccade_')
      const opened = await open(`${url}/${path}/ws`, headers)
      if ('status' in opened) throw new Error(String(opened.status))
      expect(opened.hello.graph).toBeDefined()
      opened.socket.terminate()
    }
  })

  test('the host’s no comes first; its rights are those of the socket', async () => {
    const { url } = await house()
    for (const path of ['/a/', '/a/state.json', '/b/healthz'])
      expect(await ask(`${url}${path}`)).toMatchObject({ status: 401, body: 'log in first' })
    for (const path of ['a', 'b']) {
      expect(await rightsAt(`${url}/${path}/ws`)).toBe(403)
      expect(await rightsAt(`${url}/${path}/ws`, { authorization: 'stranger' })).toBe(403)
      expect(await rightsAt(`${url}/${path}/ws`, { authorization: 'guest' })).toEqual(viewOnly)
      expect(await rightsAt(`${url}/${path}/ws`, { authorization: 'owner' })).toEqual(all)
      const stranger = await ask(`${url}/${path}/state.json`, { headers: { authorization: 'stranger' } })
      expect(stranger).toMatchObject({ status: 403, body: 'You may not look at this run\n' })
    }
  })

  test('a page of another site gets no socket with its user’s rights', async () => {
    const { url } = await house()
    const headers = { authorization: 'owner', origin: 'https://evil.example' }
    expect(await rightsAt(`${url}/a/ws`, headers)).toBe(403)
    expect(await rightsAt(`${url}/a/ws`, { ...headers, origin: url })).toEqual(all)
  })

  test('sockets of the host’s own go on, under paths of its own', async () => {
    const { url } = await house()
    const opened = await open(`${url}/echo`)
    expect(opened).toMatchObject({ hello: { type: 'echo' } })
    if ('socket' in opened) opened.socket.terminate()
  })

  test('when one has ended the other goes on, and nothing of the one is left on the server', async () => {
    const { url, server, a } = await house()
    const [first, second] = await Promise.all(
      ['a', 'b'].map((path) => open(`${url}/${path}/ws`, { authorization: 'guest' })),
    )
    if (first === undefined || second === undefined || 'status' in first || 'status' in second)
      throw new Error('refused')
    const closed = new Promise((resolve) => first.socket.once('close', resolve))
    expect(await a.stop()).toMatchObject({ cutOff: [] })
    expect(await closed).toBe(1001)
    expect(second.socket.readyState).toBe(second.socket.OPEN)
    const headers = { authorization: 'guest' }
    expect(await ask(`${url}/b/healthz`, { headers })).toMatchObject({ status: 200 })
    expect([server.listenerCount('request'), server.listenerCount('upgrade')]).toEqual([2, 2])
    second.socket.terminate()
  })
})

describe('without a word of the host', () => {
  test('this machine may view, and nothing else', async () => {
    const run = await running('left')
    const server = createServer()
    run.mount(server, '/robot')
    const url = await listening(server)
    expect(await stateAt(`${url}/robot/state.json`)).toMatchObject({ name: 'left' })
    expect(await rightsAt(`${url}/robot/ws`)).toEqual(viewOnly)
    for (const headers of [{ host: 'evil.example' }, { origin: 'https://evil.example' }]) {
      expect(await rightsAt(`${url}/robot/ws`, headers)).toBe(403)
      const refused = await ask(`${url}/robot/`, { headers })
      expect(refused).toMatchObject({ status: 403, body: expect.stringContaining('{ authorize }') as string })
    }
  })

  test('a failing word lets nobody in, is told once, and not in its own words', async () => {
    const run = await running('left')
    const told: string[] = []
    run.events(({ text }) => told.push(text))
    const server = createServer()
    run.mount(server, '/robot', {
      authorize: () => {
        throw new Error('secret-of-the-host')
      },
    })
    const url = await listening(server)
    for (let k = 0; k < 3; k++) expect((await ask(`${url}/robot/healthz`)).status).toBe(403)
    expect(await rightsAt(`${url}/robot/ws`)).toBe(403)
    expect(told).toEqual(['a client was refused, as `authorize` of the mount failed'])
  })
})

describe('the order of listeners', () => {
  /** As frameworks do: whatever is none of their routes is a 404, now or a little later. */
  const framework = (later: boolean) => (_request: IncomingMessage, response: ServerResponse) => {
    const none = (): void => {
      if (!response.headersSent) response.writeHead(404).end('no route')
    }
    if (later) setImmediate(none)
    else none()
  }

  test.each([true, false])(
    'a framework that is told to leave the mount alone does not see it (later: %s)',
    async (later) => {
      const run = await running('left')
      const app = framework(later)
      const server = createServer((request, response) => {
        if (request.url?.startsWith('/robot') !== true) app(request, response)
      })
      run.mount(server, '/robot', { authorize: () => viewOnly })
      const url = await listening(server)
      expect(await stateAt(`${url}/robot/state.json`)).toMatchObject({ name: 'left' })
      expect((await ask(`${url}/other`)).body).toBe('no route')
    },
  )

  test('what was answered at once is answered, whoever came first', async () => {
    const run = await running('left')
    const server = createServer()
    run.mount(server, '/robot', { authorize: () => viewOnly })
    server.on('request', framework(false))
    const url = await listening(server)
    for (const path of ['/robot/state.json', '/robot/', '/other'])
      expect(await ask(`${url}${path}`)).toMatchObject({ status: 404, body: 'no route' })
  })

  test('a socket that the host has destroyed is let be', async () => {
    const run = await running('left')
    const server = createServer()
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 402 Payment Required\r\nconnection: close\r\n\r\n')
    })
    run.mount(server, '/robot', { authorize: () => viewOnly })
    const url = await listening(server)
    expect(await rightsAt(`${url}/robot/ws`)).toBe(402)
    expect(run.snapshot().clients).toBe(0)
  })
})

describe('while the host thinks about a client', () => {
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
  const upgrade = `GET /robot/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`

  async function thinking(run: PipelineRun) {
    const server = createServer()
    let think: (rights: typeof viewOnly) => void = () => undefined
    const asked = new Promise<void>((resolve) => {
      run.mount(server, '/robot', {
        authorize: () => {
          resolve()
          return new Promise((answer) => (think = answer))
        },
      })
    })
    const url = await listening(server)
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(upgrade))
    socket.on('error', () => undefined)
    await asked
    return {
      socket,
      decide: () => {
        think(viewOnly)
      },
    }
  }

  test('the client may go', async () => {
    const run = await running('left')
    const { socket, decide } = await thinking(run)
    const gone = once(socket, 'close')
    socket.destroy()
    await gone
    decide()
    expect((await run.stop()).cutOff).toEqual([])
    expect(run.snapshot().clients).toBe(0)
  })

  test('the run may end: the client is let go', async () => {
    const run = await running('left')
    const { socket, decide } = await thinking(run)
    const gone = once(socket.resume(), 'close')
    expect((await run.stop()).cutOff).toEqual([])
    await gone
    decide()
    expect(run.snapshot().clients).toBe(0)
  })
})

test('a server of https has mounts too', async () => {
  const run = await running('left')
  const folder = mkdtempSync(join(tmpdir(), 'saccade-mount-'))
  vi.stubEnv('XDG_STATE_HOME', folder)
  const { cert, key } = await selfSigned(['127.0.0.1'])
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
  const server = createTlsServer({ cert, key })
  run.mount(server, '/robot', { authorize: () => all })
  const url = await listening(server, 'https')
  expect(await stateAt(`${url}/robot/state.json`)).toMatchObject({ name: 'left' })
  expect(await rightsAt(`${url}/robot/ws`, { origin: url })).toEqual(all)
})

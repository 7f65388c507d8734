import { createServer, request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import type { RunState } from '../../src/core/wire.js'
import { Command, nothingLeft, pipelineFile } from '../helpers/command.js'
import { Viewer } from '../helpers/viewer.js'

/** Whatever comes in by the network: refused in words, and the run goes on unharmed. */
let run: Command
let url: string
let port: number
let viewer: Viewer

beforeAll(async () => {
  run = new Command(['run', pipelineFile('listen'), '--port', '0', '--json'], { limitMs: 120_000 })
  url = await run.url()
  port = Number(new URL(url).port)
  viewer = await Viewer.open(url)
  await viewer.until('it runs', ({ state, stages }) => state === 'running' && (stages['speech']?.out ?? 0) > 0)
})

afterAll(async () => {
  run.kill('SIGINT')
  const { code, stderr } = await run.ended
  expect(code).toBe(0)
  expect(stderr).not.toMatch(/cut off/)
  expect(await run.leftovers()).toEqual(nothingLeft)
})

/** It goes on: more speech is heard, and none but our viewer watches. */
async function unharmed(): Promise<void> {
  const before = viewer.state?.stages['speech']?.out ?? 0
  const state = await viewer.until(
    'it goes on',
    ({ clients, stages }) => clients === 1 && (stages['speech']?.out ?? 0) > before,
  )
  expect(state.state).toBe('running')
  expect(state.events.filter(({ level }) => level === 'error')).toEqual([])
}

type Answer = { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: string }

/** Asks with the path exactly as it is written: `fetch` would tidy it up. */
function ask(
  path: string,
  options: {
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** What comes back on bytes that are no proper request; empty where the server just closes. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.end(text))
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      resolve(answer)
    })
  })
}

describe('a client that sends', () => {
  const text = (words: string) => (socket: WebSocket) => {
    socket.send(words)
  }
  it.each([
    ['words that are no JSON', text('hello'), 1008],
    ['JSON that is no message', text('{"type":"ack","channel":"0","seq":0}'), 1008],
    ['a message with more in it', text('{"type":"ack","channel":0,"seq":0,"stop":true}'), 1008],
    ['a wish to stop the run', text('{"type":"stop"}'), 1008],
    ['deeply nested JSON', text('['.repeat(2000)), 1008],
    ['an empty text', text(''), 1008],
    [
      'binary',
      (socket: WebSocket) => {
        socket.send(Buffer.from('{"type":"ack","channel":0,"seq":0}'))
      },
      1008,
    ],
    ['1 MB', text('x'.repeat(1_000_000)), 1009],
    [
      '5000 fragments of one message',
      (socket: WebSocket) => {
        for (let k = 0; k < 5000; k++) socket.send('x', { fin: false })
      },
      1009,
    ],
    [
      'text that is no UTF-8',
      (socket: WebSocket) => {
        socket.send(Buffer.from([0xff, 0xfe, 0xfd]), { binary: false })
      },
      1007,
    ],
  ] as const)('%s is let go with a reason', async (_what, send, code) => {
    const client = await Viewer.open(url)
    send(client.socket)
    const closed = await client.closed
    expect(closed.code).toBe(code)
    if (code === 1008) expect(closed.reason).toMatch(/not a message of this protocol: \{"type":"ack"/)
    await unharmed()
  })

  it('bytes that are no frame of a WebSocket is let go', async () => {
    const upgrade = `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
    expect(await raw(`${upgrade}\u007f\u007f\u007f\u007fgarbage that goes on for a while`)).toMatch(/^HTTP\/1\.1 101 /)
    await unharmed()
  })

  it('proper messages stays', async () => {
    const client = await Viewer.open(url)
    for (const seq of [0, 1, 0xffffffff]) client.socket.send(JSON.stringify({ type: 'ack', channel: 0, seq }))
    const heard = client.sounds
    await client.until('sound goes on', () => client.sounds > heard + 5)
    client.socket.close()
    await client.closed
    await unharmed()
  })
})

describe('who may ask (W6)', () => {
  it.each([
    ['a foreign Host (DNS rebinding)', { host: 'evil.example' }],
    ['a Host that only begins like ours', { host: '127.0.0.1.evil.example' }],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['an Origin that holds our name', { origin: 'https://localhost.evil.example' }],
    ['an Origin of no page', { origin: 'null' }],
    ['a file as Origin', { origin: 'file://' }],
  ])('%s gets neither page nor socket', async (_what, headers) => {
    for (const path of ['/', '/state.json', '/metrics', '/healthz']) {
      const { status, body } = await ask(path, { headers })
      expect([path, status]).toEqual([path, 403])
      expect(body).toMatch(/Only pages of this machine may ask: use http:\/\/127\.0\.0\.1/)
    }
    await expect(Viewer.open(url, headers)).rejects.toThrow(/403/)
    await unharmed()
  })

  it.each([{ host: 'localhost' }, { origin: 'http://localhost:5173' }, { host: '[::1]:80' }])(
    '%o is this machine',
    async (headers) => {
      expect((await ask('/healthz', { headers })).status).toBe(200)
      const client = await Viewer.open(url, headers)
      client.socket.terminate()
      await unharmed()
    },
  )
})

describe('a request', () => {
  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])('%s is not answered', async (method) => {
    const { status, body } = await ask('/state.json', { method })
    expect({ status, body }).toMatchObject({ status: 405, body: expect.stringMatching(/Only GET/) as string })
  })

  it('that posts 1 MB is refused', async () => {
    const answer = await ask('/', { method: 'POST', body: 'x'.repeat(1_000_000) }).catch((error: unknown) => error)
    // The server may close before it has read all.
    if (!(answer instanceof Error)) expect(answer).toMatchObject({ status: 405 })
    await unharmed()
  })

  it.each([
    '/../package.json',
    '/../../package.json',
    '/%2e%2e/package.json',
    '/%2e%2e%2f%2e%2e%2fpackage.json',
    '/..%2f..%2fpackage.json',
    '/..%5c..%5cpackage.json',
    '/assets/../../../package.json',
    '/assets/%2e%2e/%2e%2e/%2e%2e/package.json',
    '//package.json',
    '/%00',
    '/index.html%00.js',
    '/%zz',
    '/etc/passwd',
    '/file:///etc/passwd',
    '/../web-secret/x',
    '/assets',
    '/no/such/thing',
  ])('for %s finds nothing', async (path) => {
    const { status, body, headers } = await ask(path)
    expect([path, status]).toEqual([path, 404])
    expect(body).toMatch(/There is nothing here: \/, \/healthz/)
    expect(body).not.toMatch(/"name": "saccade"|root:/)
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it('whose target is no address is refused', async () => {
    for (const target of ['http://[', '//', '/\\..\\..\\package.json', '*', 'http://evil.example/state.json'])
      expect([target, (await ask(target)).status]).toEqual([target, 404])
    await unharmed()
  })

  it('with a very long address or very many headers is refused', async () => {
    expect((await ask(`/${'a'.repeat(10_000)}`)).status).toBe(404)
    // The server may close before all of it is sent.
    const refused = (asked: Promise<Answer>): Promise<number | string> =>
      asked.then(
        ({ status }) => status,
        (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : ''),
      )
    expect(await refused(ask(`/${'a'.repeat(100_000)}`))).toSatisfy(
      (how) => how === 431 || how === 'ECONNRESET' || how === 'EPIPE',
    )
    const long = { headers: { 'x-long': 'a'.repeat(100_000) } }
    expect(await refused(ask('/', long))).toSatisfy((how) => how === 431 || how === 'ECONNRESET' || how === 'EPIPE')
    await unharmed()
  })

  it('that is none is closed', async () => {
    expect(await raw('\u0016\u0003\u0001 hello, is this TLS?\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    expect(await raw(`GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`)).toMatch(/^HTTP\/1\.1 (400|403) /)
    await unharmed()
  })

  it('HEAD gives the head alone; page, state, health and metrics are there', async () => {
    expect(await ask('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    const page = await ask('/')
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
    expect(page.headers['content-security-policy']).toMatch(/default-src 'self'/)
    expect(JSON.parse((await ask('/healthz')).body)).toEqual({ state: 'running' })
    const state = JSON.parse((await ask('/state.json')).body) as RunState
    expect(state).toMatchObject({ state: 'running', name: 'listen', clients: 1 })
    expect((await ask('/metrics')).body).toMatch(/^saccade_\w+(\{[^}]*\})? [\d.]+$/m)
    expect((await ask('/state.json?x=1')).status).toBe(200)
  })

  it('to upgrade elsewhere than /ws, or to something else, gets no socket', async () => {
    await expect(Viewer.open(`${url}other/`)).rejects.toThrow(/404/)
    const upgrade = (path: string, to: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nConnection: Upgrade\r\nUpgrade: ${to}\r\n\r\n`
    // Who is refused and keeps its end open does not hold the server open at its end.
    const stubborn = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    stubborn.on('error', () => undefined).write(upgrade('/other', 'websocket'))
    expect(await raw(upgrade('/ws', 'h2c'))).not.toMatch(/^HTTP\/1\.1 (101|200)/)
    expect(await raw(upgrade('/ws', 'websocket'))).toMatch(/^HTTP\/1\.1 400 /)
    await unharmed()
  })
})

describe('200 clients at most', () => {
  it('are let in, the next is refused, and a place is free again when one goes', async () => {
    const clients = await Promise.all(Array.from({ length: 199 }, () => Viewer.open(url)))
    await expect(Viewer.open(url)).rejects.toThrow(/503/)
    const [first, ...others] = clients
    first?.socket.close()
    await first?.closed
    const next = await Viewer.open(url)
    for (const client of [...others, next]) client.socket.terminate()
    await unharmed()
  })
})

describe('a port that is taken', () => {
  it('by another program is no matter where none was asked for: another one is taken, and that is said', async () => {
    const other = createServer()
    const taken = await new Promise<boolean>((resolve) => {
      other.once('error', () => {
        resolve(true) // by someone else: so much the better
      })
      other.listen(4747, '127.0.0.1', () => {
        resolve(true)
      })
    })
    expect(taken).toBe(true)
    const second = new Command(['run', pipelineFile('watch'), '--for', '100ms'])
    const { code, stderr } = await second.ended
    other.close()
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /port 4747 is taken by another program, so this run is at http:\/\/127\.0\.0\.1:\d+\/ \(--port N chooses one\)/,
    )
    expect(await second.leftovers()).toEqual(nothingLeft)
  })

  it('but asked for with --port is refused with 2, and nothing begins', async () => {
    const second = new Command(['run', pipelineFile('watch'), '--port', String(port)])
    const { code, stdout, stderr } = await second.ended
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(
      new RegExp(
        `^✗ cannot serve on port ${String(port)}: it is taken by another program\\n  → choose another with --port N, or leave --port out for any free one\\n$`,
      ),
    )
    expect(await second.leftovers()).toMatchObject({ processes: [], files: [] })
    await unharmed()
  })
})

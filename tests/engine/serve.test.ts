import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { reachableAddresses } from '../../src/adapters/reachable-addresses.js'
import type { PipelineRun } from '../../src/engine/create-pipeline.js'
import type { ServeOptions } from '../../src/engine/serve.js'
import { ask, open, rightsAt } from '../helpers/asked.js'
import { idleRun } from './idle-run.js'

const folder = mkdtempSync(join(tmpdir(), 'saccade-serve-'))
beforeAll(() => {
  vi.stubEnv('XDG_STATE_HOME', folder)
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const runs: PipelineRun[] = []
const told: string[] = []
afterEach(async () => {
  for (const run of runs.splice(0)) expect((await run.stop()).cutOff).toEqual([])
  told.length = 0
})

async function served(options: ServeOptions = {}, name = 'idle'): Promise<string> {
  const run = await idleRun(name)
  runs.push(run)
  run.events(({ text }) => told.push(text))
  const url = await run.serve({ port: 0, ...options })
  await run.start()
  return url
}

const owner = 'token-of-the-owner'
const guest = 'token-of-the-guest'
const driver = 'token-of-the-driver'
const tokens = [
  { text: owner, control: true, stop: true },
  { text: driver, control: true, stop: false },
  { text: guest, control: false, stop: false },
]
const bearer = (text: string) => ({ headers: { authorization: `Bearer ${text}` } })
const paths = ['/', '/index.html', '/state.json', '/metrics', '/no/such/thing', '/ffmpeg/ffmpeg-core.js', '//', '/ws']

describe('without tokens', () => {
  test('pages of this machine may do all', async () => {
    const url = await served()
    expect(await rightsAt(`${url}ws`)).toEqual({ control: true, stop: true })
    expect(await rightsAt(`${url}ws`, { origin: 'http://localhost:5173' })).toEqual({ control: true, stop: true })
    expect(await rightsAt(`${url}ws`, { origin: 'https://evil.example' })).toBe(403)
  })

  test('nothing listens beyond it', async () => {
    const run = await idleRun('idle')
    for (const host of ['0.0.0.0', '::', '192.0.2.2', 'robot.example'])
      await expect(run.serve({ port: 0, host })).rejects.toMatchObject({
        code: 'usage',
        message: `cannot listen on ${host} without a token: others than this machine could look and control`,
      })
    for (const host of ['', 'a b', 'http://a', '1.2.3.4:80'])
      await expect(run.serve({ port: 0, host, tokens })).rejects.toMatchObject({ code: 'usage' })
    await run.stop()
  })
})

describe('with tokens', () => {
  test('none gets in without one, nor with a wrong one; whether it runs is open', async () => {
    const url = await served({ tokens })
    for (const path of paths) {
      const base = url.slice(0, -1)
      for (const asked of [await ask(`${base}${path}`), await ask(`${base}${path}`, bearer('wrong'))])
        expect([path, asked]).toMatchObject([path, { status: 401, headers: { 'www-authenticate': 'Bearer' } }])
    }
    expect(await ask(`${url}healthz`)).toMatchObject({ status: 200, body: '{"state":"running"}\n' })
    expect((await ask(`${url}healthz`, { headers: { host: 'evil.example' } })).status).toBe(403)
    expect((await ask(`${url}state.json`, { method: 'POST' })).status).toBe(401)
    expect(await rightsAt(`${url}ws`)).toBe(401)
    expect(await rightsAt(`${url}ws?token=wrong`)).toBe(401)
  })

  test('each gives its rights, however a program shows it', async () => {
    const url = await served({ tokens })
    for (const { text, control, stop } of tokens) {
      expect((await ask(`${url}state.json`, bearer(text))).status).toBe(200)
      expect((await ask(`${url}state.json?token=${text}`)).status).toBe(200)
      expect(await rightsAt(`${url}ws?token=${text}`)).toEqual({ control, stop })
      expect(await rightsAt(`${url}ws`, bearer(text).headers)).toEqual({ control, stop })
      const opened = await open(`${url}ws`, {}, [`token.${text}`, 'saccade'])
      if ('status' in opened) throw new Error(String(opened.status))
      // The one with the token is not said again.
      expect([opened.socket.protocol, opened.hello.rights]).toEqual(['saccade', { control, stop }])
      opened.socket.terminate()
    }
  })

  test('the page shows it once; then it is in a cookie, and no longer in the address', async () => {
    const url = await served({ tokens })
    const first = await ask(`${url}?token=${driver}&next=//evil.example`)
    expect(first).toMatchObject({
      status: 303,
      body: '',
      headers: { location: './', 'referrer-policy': 'no-referrer' },
    })
    const [set = ''] = first.headers['set-cookie'] ?? []
    const cookie = set.split(';')[0] ?? ''
    expect(set).toBe(`saccade-${new URL(url).port}=${driver}; Path=/; HttpOnly; SameSite=Strict`)
    expect((await ask(url, { headers: { cookie } })).body).toContain('<title>Saccade</title>')
    expect(await rightsAt(`${url}ws`, { cookie, origin: url.slice(0, -1) })).toEqual({ control: true, stop: false })
    // Another port of this machine is the same site to a browser: the cookie comes along, and does not help.
    for (const origin of ['http://localhost:5173', 'http://127.0.0.1:1', 'https://evil.example', 'null'])
      expect(await rightsAt(`${url}ws`, { cookie, origin })).toBe(403)
  })

  test('a browser without one is asked for it, and one that came by a link of another site goes on by itself', async () => {
    const url = await served({ tokens })
    const accept = 'text/html,*/*'
    const page = await ask(url, { headers: { accept } })
    expect(page).toMatchObject({ status: 401, headers: { 'content-type': 'text/html; charset=utf-8' } })
    expect(page.body).toContain('<input name="token" type="password"')
    expect(page.body).not.toContain('http-equiv="refresh"')
    const linked = await ask(url, { headers: { accept, 'sec-fetch-site': 'cross-site' } })
    expect(linked.body).toContain('http-equiv="refresh" content="0; url=./"')
  })

  test('what is answered and told never holds one, nor the address that was asked for', async () => {
    const url = await served({ tokens, tls: 'self-signed' })
    const base = url.slice(0, -1)
    const marked = 'Zebra42'
    for (const path of [...paths, '/healthz', `/${marked}`, `/..%2f${marked}`, `/ffmpeg/${marked}`])
      for (const text of [owner, `${owner}${marked}`])
        for (const headers of [
          {},
          { origin: 'https://evil.example' },
          { host: 'evil.example' },
          { accept: 'text/html' },
        ]) {
          const { body, headers: heads } = await ask(`${base}${path}?token=${text}&${marked}=1`, { headers })
          const { 'set-cookie': cookie, ...others } = heads
          expect(`${body}${JSON.stringify(others)}`).not.toMatch(/token-of-the|Zebra42|evil/)
          if (cookie !== undefined) expect([path, text]).toEqual(['/', owner])
        }
    const { body } = await ask(`${url}state.json`, bearer(owner))
    expect(`${body}${told.join()}${JSON.stringify(runs[0]?.snapshot())}`).not.toContain('token-of-the')
  })

  test('those that cannot stand in an address are refused, and not shown', async () => {
    const run = await idleRun('idle')
    for (const text of ['', 'a b', 'a;b', 'ä', 'a\r\nb', 'a/b'])
      await expect(run.serve({ tokens: [{ text, control: true, stop: true }] })).rejects.toThrow(
        /^a token must be of letters, digits and - \. _ ~$/,
      )
    await run.stop()
  })

  test('short ones are warned of', async () => {
    await served({ tokens: [{ text: 'short', control: true, stop: true }] })
    expect(told.join()).toContain('a token is shorter than 16 characters and can be guessed')
  })
})

const [outside] = reachableAddresses()

describe.skipIf(outside === undefined)('beyond this machine, by a network that it has', () => {
  test('the address that was reached is its name, and its page may ask', async () => {
    const url = await served({ host: '0.0.0.0', tokens, origins: ['https://robot.example'] })
    expect(new URL(url).hostname).toBe(outside)
    expect((await ask(`${url}state.json`, bearer(guest))).status).toBe(200)
    const local = url.replace(outside ?? '', '127.0.0.1')
    expect((await ask(`${local}state.json`, bearer(guest))).status).toBe(200)
    const named = (host: string) => ask(`${url}healthz`, { headers: { host } })
    expect((await named('robot.example')).status).toBe(200)
    // The loopback name of one who came from outside, and a name that points here without our doing.
    for (const host of ['localhost', '127.0.0.1', 'rebound.example']) expect((await named(host)).status).toBe(403)
    for (const origin of [url.slice(0, -1), 'https://robot.example'])
      expect(await rightsAt(`${url}ws?token=${guest}`, { origin })).toEqual({ control: false, stop: false })
    expect(await rightsAt(`${url}ws?token=${guest}`, { origin: 'http://robot.example' })).toBe(403)
    expect(told.join()).toContain('without --tls, whoever is on the network between can read the token')
  })

  test('who tries too often waits, and this machine does not', async () => {
    const url = await served({ host: '0.0.0.0', tokens })
    const statuses = []
    for (let k = 0; k < 60; k++) statuses.push((await ask(`${url}state.json?token=no`)).status)
    expect(statuses.slice(0, 40)).toEqual(Array.from({ length: 40 }, () => 401))
    expect(statuses.at(-1)).toBe(429)
    expect(await rightsAt(`${url}ws?token=${guest}`)).toBe(429)
    const local = url.replace(outside ?? '', '127.0.0.1')
    expect(await rightsAt(`${local}ws?token=${guest}`)).toEqual({ control: false, stop: false })
  })

  test('one address has no more than 96 connections open; the next is closed at once', async () => {
    const url = await served({ host: '0.0.0.0', tokens })
    const port = Number(new URL(url).port)
    const sockets = Array.from({ length: 97 }, () => connect(port, outside ?? ''))
    const closed = await Promise.race(
      sockets.map(
        (socket) =>
          new Promise((resolve) =>
            socket
              .on('error', () => undefined)
              .once('close', () => {
                resolve(socket)
              }),
          ),
      ),
    )
    expect(sockets).toContain(closed)
    expect((await ask(`http://127.0.0.1:${String(port)}/healthz`)).status).toBe(200)
    for (const socket of sockets) socket.destroy()
  })
})

describe('by TLS', () => {
  const openssl = (...words: string[]): Buffer =>
    execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'ignore'] })
  const shown = (url: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connectTls(
        { port: Number(new URL(url).port), host: '127.0.0.1', rejectUnauthorized: false },
        () => {
          resolve(socket.getPeerCertificate().fingerprint256)
          socket.destroy()
        },
      )
      socket.on('error', reject)
    })

  test('alone: a certificate of its own, the same in the next run, its fingerprint told, the key for the user alone', async () => {
    const url = await served({ tls: 'self-signed' })
    expect(url).toMatch(/^https:/)
    const fingerprint = await shown(url)
    expect(told.join()).toContain(fingerprint)
    expect(fingerprint).toMatch(/^([\dA-F]{2}:){31}[\dA-F]{2}$/)
    expect(await shown(await served({ tls: 'self-signed' }))).toBe(fingerprint)
    expect(readdirSync(join(folder, 'saccade'))).toEqual(['self-signed.pem'])
    expect(statSync(join(folder, 'saccade/self-signed.pem')).mode & 0o777).toBe(0o600)
    // A name that it does not hold makes it another one.
    expect(await shown(await served({ tls: 'self-signed', origins: ['https://robot.example'] }))).not.toBe(fingerprint)
    expect(await rightsAt(`${url}ws`)).toEqual({ control: true, stop: true })
    const secure = await served({ tls: 'self-signed', tokens })
    const first = await ask(`${secure}?token=${owner}`)
    expect(first.headers['set-cookie']?.[0]).toMatch(/; Secure$/)
  })

  test('with files; those that do not do are refused in words', async () => {
    const file = (name: string) => join(folder, name)
    const make = (name: string) =>
      openssl(
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost'],
        ...['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`), '-days', '2'],
      )
    make('a')
    make('b')
    writeFileSync(file('none.pem'), 'hello')
    openssl('ec', '-in', file('a.key'), '-aes128', '-passout', 'pass:x', '-out', file('locked.key'))
    const run = await idleRun('idle')
    runs.push(run)
    const serve = (cert: string, key: string) =>
      run.serve({ port: 0, tls: { certFile: file(cert), keyFile: file(key) } })
    await expect(serve('a.pem', 'b.key')).rejects.toThrow(
      /the key in \S+b\.key is not that of the certificate in \S+a\.pem/,
    )
    await expect(serve('no.pem', 'a.key')).rejects.toThrow(
      /cannot read the certificate \S+no\.pem: there is no such file/,
    )
    await expect(serve('a.pem', 'no.key')).rejects.toThrow(/cannot read the key \S+no\.key/)
    await expect(serve('none.pem', 'a.key')).rejects.toThrow(/there is no certificate in \S+none\.pem/)
    await expect(serve('a.pem', 'locked.key')).rejects.toThrow(/no key in \S+locked\.key .*not encrypted/)
    const url = await serve('a.pem', 'a.key')
    const expected = openssl('x509', '-in', file('a.pem'), '-noout', '-fingerprint', '-sha256').toString()
    expect(expected).toContain(await shown(url))
  })

  test('who speaks plain http is told what to write, who says nothing holds nothing up', async () => {
    const url = await served({ tls: 'self-signed' })
    const silent = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined)
    const plain = await ask(url.replace('https', 'http'))
    expect(plain).toMatchObject({
      status: 400,
      body: 'This run is served with TLS: write https:// in front of its address\n',
    })
    for (const run of runs.splice(0)) expect((await run.stop({ withinMs: 500 })).cutOff).toEqual([])
    silent.destroy()
  })
})

test('the page may run what saves a film, and that is there, from its package', async () => {
  const url = await served()
  const script = await ask(`${url}ffmpeg/ffmpeg-core.js`)
  expect(script).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' } })
  expect(script.body).toContain('export default createFFmpegCore')
  const wasm = await ask(`${url}ffmpeg/ffmpeg-core.wasm`, { method: 'HEAD' })
  expect(wasm).toMatchObject({ status: 200, headers: { 'content-type': 'application/wasm' } })
  for (const path of ['ffmpeg/', 'ffmpeg/package.json', 'ffmpeg/..%2f..%2fpackage.json'])
    expect((await ask(`${url}${path}`)).status).toBe(404)
  const policy = String((await ask(url)).headers['content-security-policy'])
  expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:")
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*/)
})

test('what goes to this machine is not deflated; what a proxy hands on to another is', async () => {
  const url = await served({}, 'idle-'.repeat(500)) // a state of more than 2 kB
  /** Bytes of the first two texts, what the run is and how it stands; and bytes on the wire, all from the first, until they were there. */
  const first = (headers: Readonly<Record<string, string>>) =>
    new Promise<{ readonly text: number; readonly wire: number }>((resolve, reject) => {
      const socket = new WebSocket(`${url.replace(/^http/, 'ws')}ws`, { headers })
      let came = (): number => 0
      socket.on('upgrade', ({ socket: raw }) => {
        came = () => raw.bytesRead
      })
      const texts: number[] = []
      socket.on('message', (data: Buffer) => {
        if (texts.push(data.byteLength) < 2) return
        socket.terminate()
        resolve({ text: texts.reduce((sum, one) => sum + one), wire: came() })
      })
      socket.on('error', reject)
    })
  const near = await first({})
  expect(near.wire).toBeGreaterThanOrEqual(near.text)
  const far = await first({ 'x-forwarded-for': '192.0.2.1' })
  expect(far.wire).toBeLessThan(0.7 * far.text)
})

import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Admission, hostDoor, localDoor, tokenDoor } from '../../src/adapters/web-door.js'
import { isLoopback, nameOf, neighbourOf } from '../../src/adapters/web-names.js'
import { credentialOf, newToken, Tokens } from '../../src/adapters/web-tokens.js'
import { runs } from '../helpers/runs.js'

type Facts = {
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly from?: string
  readonly to?: string
}

/** A request, as far as doors look at it. */
function request({ url = '/', headers = {}, from = '192.0.2.9', to = '192.0.2.1' }: Facts): IncomingMessage {
  const facts = { url, headers: { ...headers }, socket: { remoteAddress: from, localAddress: to } }
  return facts as unknown as IncomingMessage
}

const right = 'tokenoftheowner1'
const viewing = 'tokenforviewing2'
const names = { hosts: new Set(['robot.example']), origins: new Set(['https://robot.example']) }
const tokens = new Tokens([
  { text: right, control: true, stop: true },
  { text: viewing, control: false, stop: false },
])
const door = tokenDoor(tokens, { names, secure: false, cookie: 'saccade-1' })
const admit = (facts: Facts): Admission => door(request(facts)) as Admission
const ourHost = { host: '192.0.2.1:4747' }

/** Texts that are near what is wanted, and any others. */
const near = (wanted: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom(
      ...[wanted, ` ${wanted}`, `${wanted}x`, `x${wanted}`, wanted.slice(1), `${wanted}\0`, `${wanted}.`],
    ),
    fc.constantFrom(
      wanted.toUpperCase(),
      `${wanted},${wanted}`,
      `${wanted}@evil.example`,
      `evil.example/${wanted}`,
      '',
    ),
  )

describe('laws', () => {
  test('no text gets in as a token but the token itself, wherever it is shown', () => {
    const ways: readonly ((text: string) => Facts)[] = [
      (text) => ({ headers: { ...ourHost, authorization: `Bearer ${text}` } }),
      (text) => ({ headers: ourHost, url: `/?token=${encodeURIComponent(text)}` }),
      (text) => ({ headers: { ...ourHost, 'sec-websocket-protocol': `saccade, token.${text}` } }),
      (text) => ({ headers: { ...ourHost, cookie: `a=b; saccade-1=${text}` } }),
    ]
    fc.assert(
      fc.property(near(right), fc.constantFrom(...ways), (text, way) => {
        const admission = admit(way(text))
        // White space around a value, and what follows a comma or semicolon, is not of the value: HTTP says so.
        const shown = text.trim() === right || text.split(',').some((part) => part.trim() === right)
        if (admission.rights !== null) expect(shown).toBe(true)
        else expect(text).not.toBe(right)
      }),
      { numRuns: runs(500) },
    )
  })

  test('no Host gets in but the address that was reached, and names that were given', () => {
    fc.assert(
      fc.property(fc.oneof(near('192.0.2.1'), near('robot.example'), near('localhost')), (host) => {
        const { rights } = admit({ headers: { host, authorization: `Bearer ${right}` } })
        const equal = /^(192\.0\.2\.1|robot\.example)$/i.test(host)
        expect([host, rights !== null]).toEqual([host, equal])
      }),
      { numRuns: runs(500) },
    )
  })

  test('no Origin gets in but the server’s own, and those that were given', () => {
    const origins = fc.oneof(
      near('http://192.0.2.1:4747'),
      near('https://robot.example'),
      near('http://localhost:4747'),
    )
    fc.assert(
      fc.property(origins, (origin) => {
        const { rights } = admit({ headers: { ...ourHost, origin, authorization: `Bearer ${right}` } })
        const equal = ['http://192.0.2.1:4747', 'https://robot.example'].includes(origin.toLowerCase())
        expect([origin, rights !== null]).toEqual([origin, equal])
      }),
      { numRuns: runs(500) },
    )
  })

  test('without tokens none but this machine gets in', () => {
    const local = localDoor({ control: true, stop: true })
    const loopback = fc.constantFrom('127.0.0.1', '::1', '::ffff:127.0.0.1', '127.8.8.8')
    const address = fc.oneof(loopback, fc.ipV4(), fc.ipV6(), fc.string())
    const host = fc.oneof(near('localhost'), near('127.0.0.1'), near('[::1]:80'))
    fc.assert(
      fc.property(address, loopback, host, (from, to, named) => {
        const { rights } = local(request({ from, to, headers: { host: named } })) as Admission
        if (rights !== null) {
          expect(from).toMatch(/^(::ffff:)?127\.|^(0*:)*:?0*1$/)
          expect(named).toMatch(/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i)
        }
      }),
      { numRuns: runs(1000) },
    )
  })

  test('a refusal says nothing of what was asked', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), (text) => {
        const all = { host: text, origin: text, cookie: `saccade-1=${text}`, authorization: `Bearer ${text}` }
        for (const headers of [all, { ...ourHost, authorization: `Bearer ${text}` }, { ...ourHost, origin: text }]) {
          const admission = admit({ headers, url: `/?token=${text}` })
          if (admission.rights === null && !text.includes(' ')) expect(admission.why.includes(text)).toBe(false)
        }
      }),
    )
  })

  test('addresses of one IPv6 network are neighbours, those of others are not', () => {
    const group = fc.integer({ min: 1, max: 0xffff }).map((number) => number.toString(16))
    const half = fc.tuple(group, group, group, group).map((groups) => groups.join(':'))
    fc.assert(
      fc.property(half, half, half, (network, one, other) => {
        expect(neighbourOf(`${network}:${one}`)).toBe(neighbourOf(`${network}:${other}`))
        expect(neighbourOf(`${network}::1`)).toBe(network)
        expect(neighbourOf(`${network}:${one}`) === neighbourOf(`${other}:${one}`)).toBe(network === other)
      }),
    )
    expect(neighbourOf('fd00::2')).toBe('fd00:0:0:0')
    expect(neighbourOf('::ffff:192.0.2.7')).toBe('192.0.2.7')
    expect(neighbourOf('::1')).toBe(null)
  })
})

describe('a token', () => {
  test('gives the rights that it was given, and those of others with the same text', () => {
    expect(admit({ headers: { ...ourHost, authorization: `bearer ${viewing}` } }).rights).toEqual({
      control: false,
      stop: false,
    })
    const twice = new Tokens([
      { text: 'a', control: true, stop: false },
      { text: 'a', control: false, stop: true },
    ])
    expect(twice.rightsOf('a')).toEqual({ control: true, stop: true })
    expect(twice.rightsOf('b')).toBe(null)
    expect(new Tokens([]).rightsOf('')).toBe(null)
  })

  test('in the address goes into a cookie that no script and no other site sees', () => {
    const shown = { headers: ourHost, url: `/?x=1&token=${viewing}` }
    expect(admit(shown)).toMatchObject({ cookie: `saccade-1=${viewing}; Path=/; HttpOnly; SameSite=Strict` })
    const secure = tokenDoor(tokens, { names, secure: true, cookie: 'saccade-1' })
    expect(secure(request(shown))).toMatchObject({ cookie: expect.stringMatching(/; Secure$/) as string })
    expect(admit({ headers: { ...ourHost, cookie: `saccade-1=${viewing}` } })).toMatchObject({ cookie: null })
  })

  test('that is shown counts, and not the cookie beside it', () => {
    const cookie = `saccade-1=${right}`
    expect(admit({ headers: { ...ourHost, cookie, authorization: 'Bearer no' } }).rights).toBe(null)
    expect(admit({ headers: { ...ourHost, cookie }, url: '/?token=no' }).rights).toBe(null)
    // Another kind of authorization is that of a proxy between.
    expect(admit({ headers: { ...ourHost, cookie, authorization: 'Basic eDp5' } }).rights).not.toBe(null)
    expect(credentialOf(request({ headers: { cookie: 'saccade-12=a' } }), 'saccade-1')).toBe(null)
  })

  test('that is made is another one each time', () => {
    expect(newToken()).toMatch(/^[\da-f]{32}$/)
    expect(newToken()).not.toBe(newToken())
  })
})

describe('a mount', () => {
  const told: unknown[] = []
  const mount = (authorize: Parameters<typeof hostDoor>[0]['authorize']) =>
    hostDoor({ authorize, origins: new Set(['https://allowed.example']), onError: (error) => told.push(error) })
  const all = { control: true, stop: true }

  test('gives what its owner says, also later', async () => {
    expect(await mount(() => all)(request({}))).toMatchObject({ rights: all })
    expect(await mount(() => Promise.resolve(all))(request({}))).toMatchObject({ rights: all })
    expect(await mount(() => null)(request({}))).toMatchObject({ rights: null, status: 403 })
  })

  test('lets nobody in where that fails', async () => {
    const failed = new Error('x')
    expect(await mount(() => Promise.reject(failed))(request({}))).toMatchObject({ rights: null })
    expect(told).toEqual([failed])
  })

  test('refuses pages of other origins before its owner is asked', async () => {
    const open = mount(() => all)
    const from = (origin: string) => open(request({ headers: { host: 'a.example', origin } }))
    expect(await from('https://evil.example')).toMatchObject({ rights: null })
    expect(await from('null')).toMatchObject({ rights: null })
    for (const origin of ['https://a.example', 'http://a.example', 'https://allowed.example'])
      expect(await from(origin)).toMatchObject({ rights: all })
  })
})

test('names', () => {
  expect(nameOf('Robot.Example:80')).toBe('robot.example')
  expect(nameOf('[::1]:4747')).toBe('[::1]')
  for (const none of [undefined, '', 'a b', 'a:b', 'a:80:80', 'user@a', 'a/b', '[::1']) expect(nameOf(none)).toBe(null)
  for (const name of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]']) expect(isLoopback(name)).toBe(true)
  for (const name of ['', '0.0.0.0', '[::]', 'localhost.evil.example', '127.evil.example'])
    expect(isLoopback(name)).toBe(false)
})

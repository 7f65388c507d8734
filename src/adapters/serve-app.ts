import { createServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { hostname } from 'node:os'
import { SaccadeError } from '../core/errors.js'
import { guardConnections } from './guard-connections.js'
import { reachableAddresses } from './reachable-addresses.js'
import { sayHttps } from './say-https.js'
import { tlsPair, type TlsWish } from './tls-pair.js'
import type { WebApp } from './web-app.js'
import { type Door, localDoor, tokenDoor } from './web-door.js'
import { addressName, isLoopback, nameOf } from './web-names.js'
import { mountApp, type Mounted } from './web-server.js'
import { type Token, Tokens } from './web-tokens.js'

export type ServeWish = {
  /** `orFree` takes another port where the wanted one is taken. */
  readonly port: number
  readonly orFree: boolean
  /** Address or name to listen on. */
  readonly host: string
  /** None where every page of this machine may do all. */
  readonly tokens: readonly Token[]
  readonly origins: readonly string[]
  readonly tls: TlsWish | null
}

export type Served = Mounted & {
  readonly url: string
  /** Other addresses of the same. */
  readonly others: readonly string[]
  /** Of the certificate, and whether it is the same in the next run; null without TLS. */
  readonly certificate: { readonly fingerprint: string; readonly kept: boolean } | null
}

/** Heads and requests that come slower than this are given up; a browser takes milliseconds. */
const patience: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 2000,
  maxHeaderSize: 16_384,
}
const handshakeMs = 10_000

/**
 * Serves one app at `/` on a port of its own.
 *
 * @throws SaccadeError `port-taken`; `usage` where others could reach it without a token (W6), the address is none of this
 * machine, or the certificate does not do
 */
export async function serveApp(app: WebApp, asked: ServeWish): Promise<Served> {
  const wish = { ...asked, host: bare(asked.host) }
  const { host, origins } = wish
  if (nameOf(addressName(host)) === null || (wish.tokens.length === 0 && !isLoopback(addressName(host)))) refuse(host)
  const everywhere = host === '0.0.0.0' || host === '::'
  const own = everywhere ? reachableAddresses().filter((one) => host === '::' || !one.includes(':')) : [host]
  const originNames = origins.flatMap((origin) => nameOf(origin.replace(/^https?:\/\//, '')) ?? [])
  const names = [...new Set([...own, ...originNames, 'localhost', '127.0.0.1', '::1', hostname()])].map(bare)
  const tls = wish.tls === null ? null : await tlsPair(wish.tls, names)
  const server: Server =
    tls === null
      ? createServer(patience)
      : createTlsServer({ ...patience, cert: tls.cert, key: tls.key, handshakeTimeout: handshakeMs })
  if (tls !== null) sayHttps(server, handshakeMs)
  const closeConnections = guardConnections(server)
  const port = await listenOr(server, wish)
  const secure = tls !== null
  const hosts = new Set([...originNames, ...(everywhere ? [] : [addressName(host)])])
  const door: Door =
    wish.tokens.length === 0
      ? localDoor({ control: true, stop: true })
      : tokenDoor(new Tokens(wish.tokens), {
          names: { hosts, origins: new Set(origins) },
          secure,
          cookie: `saccade-${String(port)}`,
        })
  const mounted = mountApp(server, '/', app, { door, alone: true })
  const urlOf = (name: string): string => `${secure ? 'https' : 'http'}://${addressName(name)}:${String(port)}/`
  const [first = '127.0.0.1', ...others] = own
  return {
    url: urlOf(first),
    others: others.map(urlOf),
    certificate: tls === null ? null : { fingerprint: tls.fingerprint, kept: tls.kept },
    close: async (withinMs) => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
      })
      const cutOff = await mounted.close(withinMs)
      closeConnections()
      await closed
      return cutOff
    },
  }
}

function refuse(host: string): never {
  if (nameOf(addressName(host)) === null)
    throw new SaccadeError('cannot listen: the host must be an address or a name', {
      code: 'usage',
      remedy: 'write --host 0.0.0.0 for all addresses of this machine, or one of them',
    })
  throw new SaccadeError(`cannot listen on ${host} without a token: others than this machine could look and control`, {
    code: 'usage',
    remedy: 'add --token (one is made and printed), or leave --host out',
  })
}

async function listenOr(server: Server, { port, orFree, host }: ServeWish): Promise<number> {
  try {
    return await listen(server, port, host)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      throw new SaccadeError(`cannot listen on ${host}: it is no address of this machine`, {
        code: 'usage',
        remedy: 'write --host 0.0.0.0 for all of its addresses, or one of them',
        cause: error,
      })
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    if (orFree) return listen(server, 0, host)
    const why = code === 'EACCES' ? 'not open to this user' : 'taken by another program'
    throw new SaccadeError(`cannot serve on port ${String(port)}: it is ${why}`, {
      code: 'port-taken',
      remedy: 'choose another with --port N, or leave --port out for any free one',
      cause: error,
    })
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/** An IPv6 address without its brackets. */
function bare(name: string): string {
  return name.replace(/^\[(.*)\]$/, '$1')
}

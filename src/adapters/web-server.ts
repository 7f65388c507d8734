import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { type Duplex, pipeline } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { SaccadeError } from '../core/errors.js'
import type { ClientSocket, HubClient } from '../core/hub.js'

/** What a run serves: texts made on request, files of a folder, a socket. */
export type WebApp = {
  /** By path within the mount: `/healthz`. */
  readonly texts: Readonly<
    Record<string, () => { readonly status: number; readonly type: string; readonly body: string }>
  >
  /** Folder of the page, or null for none. */
  readonly folder: string | null
  readonly join: (socket: ClientSocket) => HubClient
}

/** A server of Node's own, as a host has one. */
export type HttpServer = Server

export type Mounted = {
  /**
   * Answers no more. Viewers that were told to go have so long to do it; then they are cut off.
   *
   * @returns those that were cut off, in words
   */
  readonly close: (withinMs: number) => Promise<readonly string[]>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

const headers: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' blob: data:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

/** Text from clients is small; a larger message closes the socket. */
const maxMessageBytes = 4096
const maxClients = 200
const localHosts = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** Whether a request comes from this machine's own pages: the Host is loopback, and so is the Origin, if there is one (W6). */
function isLocal(request: IncomingMessage): boolean {
  const { host, origin } = request.headers
  if (host === undefined || !localHosts.test(host)) return false
  if (origin === undefined) return true
  return /^https?:\/\//.test(origin) && localHosts.test(origin.replace(/^https?:\/\//, ''))
}

/** Answers under a path of a server; what lies elsewhere is left to the server's owner. */
export function mountApp(server: Server, path: string, app: WebApp, { guard }: { readonly guard: boolean }): Mounted {
  const base = path.replace(/\/+$/, '')
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false })
  const viewers = new Map<WebSocket, string>()

  const within = (request: IncomingMessage): string | null => {
    // Not by URL: it throws at what any page may ask for (`//`), and takes `//a/b` for the path /b of another host.
    const [path = ''] = (request.url ?? '/').split(/[?#]/, 1)
    if (path === base) return '/'
    return path.startsWith(`${base}/`) ? path.slice(base.length) : null
  }
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const inside = within(request)
    if (inside === null && !guard) return
    if (guard && !isLocal(request)) {
      send(response, 403, 'text/plain', 'Only pages of this machine may ask: use http://127.0.0.1\n')
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, 405, 'text/plain', 'Only GET is answered here\n')
      return
    }
    const text = inside === null ? undefined : app.texts[inside]?.()
    if (inside === null) sendNothing(response)
    else if (text !== undefined) send(response, text.status, text.type, text.body)
    else
      void sendFile(
        response,
        app.folder,
        inside === '/' ? '/index.html' : inside,
        base === '' ? '' : (request.url ?? ''),
      )
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const elsewhere = within(request) !== '/ws'
    // A host's own server may have other sockets.
    if (elsewhere && !guard) return
    socket.on('error', () => socket.destroy())
    const refusal =
      guard && !isLocal(request)
        ? '403 Forbidden'
        : elsewhere
          ? '404 Not Found'
          : sockets.clients.size >= maxClients
            ? '503 Service Unavailable'
            : null
    if (refusal !== null) {
      socket.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\n\r\n`, () => socket.destroy())
      return
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const client = app.join({
        send: (data) => {
          if (opened.readyState === opened.OPEN) opened.send(data)
        },
        bufferedBytes: () => opened.bufferedAmount,
        close: (code, reason) => {
          opened.close(code, reason)
        },
      })
      opened.on('message', (data, isBinary) => {
        client.received(isBinary || !Buffer.isBuffer(data) ? '' : data.toString('utf8'))
      })
      viewers.set(opened, whereFrom(request))
      opened.on('close', () => {
        viewers.delete(opened)
        client.gone()
      })
      opened.on('error', client.gone)
    })
  }
  server.on('request', onRequest)
  server.on('upgrade', onUpgrade)
  return {
    close: async (withinMs) => {
      server.off('request', onRequest)
      server.off('upgrade', onUpgrade)
      const closed = new Promise<void>((resolve) => {
        sockets.close(() => {
          resolve()
        })
      })
      let cutOff: readonly string[] = []
      // One that reads nothing does not see that it is to go.
      const limit = setTimeout(() => {
        cutOff = [...viewers.values()].map((where) => `a viewer at ${where}: did not go`)
        for (const viewer of viewers.keys()) viewer.terminate()
      }, withinMs)
      await closed
      clearTimeout(limit)
      return cutOff
    },
  }
}

/**
 * Listens on loopback and serves one app at `/`.
 *
 * @param port the wanted port; `orFree` takes another where it is taken
 * @throws SaccadeError `port-taken`
 */
export async function serveApp(
  app: WebApp,
  wanted: { readonly port: number; readonly orFree: boolean },
): Promise<{ readonly url: string } & Mounted> {
  const server = createServer()
  const mounted = mountApp(server, '/', app, { guard: true })
  const port = await listen(server, wanted.port).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES')))
      throw error
    if (wanted.orFree) return listen(server, 0)
    const why = error.code === 'EACCES' ? 'not open to this user' : 'taken by another program'
    throw new SaccadeError(`cannot serve on port ${String(wanted.port)}: it is ${why}`, {
      code: 'port-taken',
      remedy: 'choose another with --port N, or leave --port out for any free one',
      cause: error,
    })
  })
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    close: async (withinMs) => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
      })
      const cutOff = await mounted.close(withinMs)
      server.closeAllConnections()
      await closed
      return cutOff
    },
  }
}

function whereFrom({ socket }: IncomingMessage): string {
  return `${socket.remoteAddress ?? 'an unknown address'}:${String(socket.remotePort ?? 0)}`
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...headers, 'content-type': type })
  response.end(body)
}

function sendNothing(response: ServerResponse): void {
  send(response, 404, 'text/plain', 'There is nothing here: /, /healthz, /state.json, /metrics and /ws are\n')
}

async function sendFile(response: ServerResponse, folder: string | null, path: string, asked: string): Promise<void> {
  const file = folder === null ? null : join(folder, normalize(decode(path)))
  const facts = file === null || !file.startsWith(folder ?? '') ? null : await stat(file).catch(() => null)
  if (file === null || facts?.isFile() !== true) {
    sendNothing(response)
    return
  }
  // The page's addresses are relative: under a mount its own must end with a slash.
  if (path === '/index.html' && asked !== '' && !/\/(\?|$)|index\.html/.test(asked)) {
    response.writeHead(308, { ...headers, location: `${asked}/` })
    response.end()
    return
  }
  response.writeHead(200, {
    ...headers,
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    'content-length': facts.size,
  })
  // A file that goes away meanwhile, or an asker that does, is no failure of ours.
  pipeline(createReadStream(file), response, () => undefined)
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return ''
  }
}

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Rights } from '../core/wire.js'
import type { SocketPath } from './web-app.js'
import type { Door } from './web-door.js'
import type { WebLimits } from './web-limits.js'
import { neighbourOf } from './web-names.js'
import { pathWithin } from './web-path.js'
import { socketProtocol } from './web-tokens.js'

export type SocketsOptions = {
  readonly base: string
  readonly door: Door
  readonly limits: WebLimits
  /** Whether what lies outside of the mount is refused too. */
  readonly alone: boolean
}

export type Sockets = {
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Lets all go; cuts off, and names, those that did not within so long. */
  readonly close: (withinMs: number) => Promise<readonly string[]>
}

const mostClients = 200
const socketOptions = {
  /** Whoever was told to go and does not is cut off, after ms. */
  closeTimeout: 2000,
  /** For large texts, as the hub says for each; fast rather than small. */
  perMessageDeflate: { zlibDeflateOptions: { level: 3, memLevel: 7, chunkSize: 4096 }, clientNoContextTakeover: true },
} as const

/** The sockets of an app, by their path. */
export function socketsOf(
  paths: Readonly<Record<string, SocketPath>>,
  { base, door, limits, alone }: SocketsOptions,
): Sockets {
  const viewers = new Map<WebSocket, string>()
  /** Those about whom the door still thinks. */
  const waiting = new Set<Duplex>()
  const endpoints = new Map(
    Object.entries(paths).map(([at, path]) => {
      const server = new WebSocketServer({
        noServer: true,
        maxPayload: path.mostBytes,
        ...socketOptions,
        // Never the first that was offered: that may be the one with the token.
        handleProtocols: (offered) => (offered.has(socketProtocol) ? socketProtocol : false),
      })
      return [at, { path, server }] as const
    }),
  )

  /** What the client may do, or the status that refuses it. */
  const admit = async (request: IncomingMessage): Promise<Rights | string> => {
    const neighbour = neighbourOf(request.socket.remoteAddress)
    if (neighbour !== null) {
      const may = limits.mayTry(neighbour)
      limits.tried(neighbour)
      if (!may) return '429 Too Many Requests'
    }
    const admission = await door(request)
    if (admission.rights !== null) return admission.rights
    return admission.status === 401 ? '401 Unauthorized' : '403 Forbidden'
  }

  const join = (opened: WebSocket, request: IncomingMessage, path: SocketPath, rights: Rights): void => {
    const { socket } = request
    const neighbour = neighbourOf(socket.remoteAddress)
    if (neighbour !== null && !limits.enters(neighbour)) {
      opened.on('error', () => undefined) // it is going anyway
      opened.close(1013, 'too many clients at this address')
      return
    }
    // On this machine bytes cost nothing and deflate does; what comes through a proxy goes on to another one.
    const far = neighbour !== null || request.headers['x-forwarded-for'] !== undefined
    const client = path.join(
      {
        send: (text, compress) => {
          if (opened.readyState === opened.OPEN) opened.send(text, { compress: compress && far })
        },
        // Past the library, which writes frames whole too, so that none falls into another; only what it still deflates is overtaken.
        write: (frames) => {
          if (opened.readyState === opened.OPEN) socket.write(frames)
        },
        bufferedBytes: () => opened.bufferedAmount,
        ping: (words) => {
          if (opened.readyState === opened.OPEN) opened.ping(words)
        },
        close: (code, reason) => {
          opened.close(code, reason)
        },
      },
      rights,
    )
    opened.on('message', (data, isBinary) => {
      if (isBinary && client.receivedBytes !== undefined && Buffer.isBuffer(data)) client.receivedBytes(data)
      else client.received(isBinary || !Buffer.isBuffer(data) ? '' : data.toString('utf8'))
    })
    opened.on('pong', (words) => {
      client.pong?.(words.toString('latin1'))
    })
    viewers.set(opened, whereFrom(request))
    opened.on('close', () => {
      viewers.delete(opened)
      if (neighbour !== null) limits.leaves(neighbour)
      client.gone()
    })
    opened.on('error', client.gone)
  }

  return {
    onUpgrade: (request, socket, head) => {
      const inside = pathWithin(base, request.url)
      const endpoint = inside === null ? undefined : endpoints.get(inside)
      // A host's own server may have other sockets, and may have refused this one.
      if ((endpoint === undefined && !alone) || !socket.writable) return
      socket.on('error', () => socket.destroy())
      waiting.add(socket)
      void admit(request).then((admitted) => {
        waiting.delete(socket)
        if (!socket.writable) return
        if (typeof admitted === 'string') refuse(socket, admitted)
        else if (endpoint === undefined) refuse(socket, '404 Not Found')
        else if (endpoint.path.needs !== 'view' && !admitted[endpoint.path.needs]) refuse(socket, '403 Forbidden')
        else if (viewers.size >= mostClients) refuse(socket, '503 Service Unavailable')
        else
          endpoint.server.handleUpgrade(request, socket, head, (opened) => {
            join(opened, request, endpoint.path, admitted)
          })
      })
    },
    close: async (withinMs) => {
      for (const socket of waiting) socket.destroy()
      const servers = [...endpoints.values()].map(({ server }) => server)
      const closed = servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => {
              resolve()
            })
          }),
      )
      let cutOff: readonly string[] = []
      // One that reads nothing does not see that it is to go.
      const limit = setTimeout(() => {
        cutOff = [...viewers.values()].map((where) => `a viewer at ${where}: did not go`)
        for (const { clients } of servers) for (const client of clients) client.terminate()
      }, withinMs)
      await Promise.all(closed)
      clearTimeout(limit)
      return cutOff
    },
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`, () => socket.destroy())
}

function whereFrom({ socket }: IncomingMessage): string {
  return `${socket.remoteAddress ?? 'an unknown address'}:${String(socket.remotePort ?? 0)}`
}

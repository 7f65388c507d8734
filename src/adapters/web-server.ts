import type { IncomingMessage, Server } from 'node:http'
import type { WebApp } from './web-app.js'
import type { Door } from './web-door.js'
import { WebLimits } from './web-limits.js'
import { mountBase } from './web-path.js'
import { requestsOf } from './web-requests.js'
import { socketsOf } from './web-sockets.js'

/** A server of Node's own, as a host has one: of http or https. */
export type HttpServer = Server

/** A request as Node gives it. */
export type HttpRequest = IncomingMessage

export type MountHow = {
  readonly door: Door
  /** Whether the server is ours alone: then what lies elsewhere is answered too, with nothing. */
  readonly alone: boolean
}

export type Mounted = {
  /**
   * Answers no more. Viewers that were told to go have so long to do it; then they are cut off.
   *
   * @returns those that were cut off, in words
   */
  readonly close: (withinMs: number) => Promise<readonly string[]>
}

/** Of one address beyond this machine: open sockets; tries at once, and how many more a second. */
const neighbours = { most: 64, burst: 40, perSecond: 2 }

/**
 * Answers under a path of a server, beside what its owner answers; what lies elsewhere is left to the owner. Where the owner's
 * own listener has answered a request already, or destroyed a socket, nothing is added.
 */
export function mountApp(server: Server, path: string, app: WebApp, { door, alone }: MountHow): Mounted {
  const limits = new WebLimits({ ...neighbours, nowMs: () => performance.now() })
  const options = { base: mountBase(path), door, limits, alone }
  const onRequest = requestsOf(app, options)
  const { onUpgrade, close } = socketsOf(app.sockets, options)
  server.on('request', onRequest)
  server.on('upgrade', onUpgrade)
  return {
    close: (withinMs) => {
      server.off('request', onRequest)
      server.off('upgrade', onUpgrade)
      return close(withinMs)
    },
  }
}

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { WebLimits } from './web-limits.js'
import { neighbourOf } from './web-names.js'

/** Sockets of viewers, and some for their pages. */
const mostConnections = 400
const mostOfOneAddress = 96

/** Bounds the open connections of a server, in all and for one address: who holds many open and says nothing shuts nobody out. */
export function guardConnections(server: Server): void {
  server.maxConnections = mostConnections
  const limits = new WebLimits({ most: mostOfOneAddress, burst: Infinity, perSecond: 0, nowMs: () => 0 })
  server.on('connection', (socket: Socket) => {
    const neighbour = neighbourOf(socket.remoteAddress)
    if (neighbour === null) return
    if (limits.enters(neighbour))
      socket.once('close', () => {
        limits.leaves(neighbour)
      })
    else socket.destroy()
  })
}

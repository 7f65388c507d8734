import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { WebLimits } from './web-limits.js'
import { neighbourOf } from './web-names.js'

/** Sockets of viewers, and some for their pages. */
const mostConnections = 400
const mostOfOneAddress = 96

/**
 * Bounds the open connections of a server, in all and for one address: who holds many open and says nothing shuts nobody out.
 *
 * @returns what closes all of them, also those that the server does not know as clients yet: in the middle of a handshake
 */
export function guardConnections(server: Server): () => void {
  server.maxConnections = mostConnections
  const limits = new WebLimits({ most: mostOfOneAddress, burst: Infinity, perSecond: 0, nowMs: () => 0 })
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    const neighbour = neighbourOf(socket.remoteAddress)
    if (neighbour !== null && !limits.enters(neighbour)) {
      socket.destroy()
      return
    }
    open.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      if (neighbour !== null) limits.leaves(neighbour)
    })
  })
  return () => {
    for (const socket of open) socket.destroy()
  }
}

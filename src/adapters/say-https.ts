import type { Server } from 'node:http'
import type { Socket } from 'node:net'

const tlsHandshake = 0x16
const words = 'This run is served with TLS: write https:// in front of its address\n'

/** Tells those who speak plain http to a server of https what to write; without it, a browser says that the connection broke. */
export function sayHttps(server: Server, patienceMs: number): void {
  const secure = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const broken = (): void => {
      socket.destroy()
    }
    socket.setTimeout(patienceMs, broken)
    socket.once('error', broken)
    socket.once('readable', () => {
      const first = socket.read(1) as Buffer | null
      if (first === null) return
      socket.unshift(first)
      if (first[0] !== tlsHandshake) {
        socket.resume()
        socket.end(
          `HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: ${String(words.length)}\r\nconnection: close\r\n\r\n${words}`,
        )
        return
      }
      socket.setTimeout(0)
      socket.off('timeout', broken)
      socket.off('error', broken)
      for (const listener of secure) listener.call(server, socket)
    })
  })
}

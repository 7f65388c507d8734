import {
  cameraHeaderBytes,
  cameraVersion,
  type CameraHeader,
  type CameraHello,
  type CameraWant,
  type FromCamera,
  type ToCamera,
  writeCameraHeader,
} from '../../../src/core/camera-wire.js'
import { openConnection, socketWorld } from '../../../src/client/index.js'

export type CameraLinkListener = {
  readonly onWant: (want: CameraWant) => void
  readonly onAck: (seq: number) => void
  readonly onTaken: (by: string) => void
  /** The connection is away; it comes back by itself. */
  readonly onLost: (reason: string) => void
}

export type CameraLink = {
  /** Whether a message would leave at once rather than wait behind others. */
  readonly clear: () => boolean
  readonly send: (header: CameraHeader, payload: ArrayBuffer) => void
  readonly close: () => void
}

/** More than this unsent, and sound is left out too. */
const fullBytes = 64_000

/** The socket to `/camera`, which answers for this page's clock and comes back by itself. */
export function cameraLink(
  who: Pick<CameraHello, 'id' | 'label' | 'video' | 'audio'>,
  listener: CameraLinkListener,
): CameraLink {
  const address = new URL('camera', location.href)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  address.hash = ''
  let socket: WebSocket | null = null
  const say = (message: FromCamera): void => {
    connection.send(JSON.stringify(message))
  }
  const world = socketWorld(address.href, [])
  const connection = openConnection(
    {
      ...world,
      open: () => {
        const opened = world.open()
        socket = opened as WebSocket
        return opened
      },
    },
    {
      onLink: (link) => {
        if (link.is === 'open') say({ type: 'hello', version: cameraVersion, ...who })
        else if (link.is === 'waiting') listener.onLost(link.reason)
      },
      onText: (text) => {
        const message = JSON.parse(text) as ToCamera
        switch (message.type) {
          case 'time':
            say({ type: 'time', serverMs: message.serverMs, clientMs: performance.now() })
            break
          case 'want':
            listener.onWant(message)
            break
          case 'ack':
            listener.onAck(message.seq)
            break
          case 'taken':
            connection.close()
            listener.onTaken(message.by)
            break
        }
      },
      onBinary: () => undefined,
    },
  )
  return {
    clear: () => socket?.readyState === WebSocket.OPEN && socket.bufferedAmount < fullBytes,
    send: (header, payload) => {
      const message = new Uint8Array(cameraHeaderBytes + payload.byteLength)
      writeCameraHeader(header, new DataView(message.buffer))
      message.set(new Uint8Array(payload), cameraHeaderBytes)
      if (socket?.readyState === WebSocket.OPEN) socket.send(message)
    },
    close: () => {
      connection.close()
    },
  }
}

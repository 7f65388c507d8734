import type { SocketLike, SocketWorld } from '../adapters/socket-world.js'
import type { Link } from './link.js'
import { retryAfterMs } from './retry-after-ms.js'

export type ConnectionListener = {
  readonly onLink: (link: Link) => void
  readonly onText: (text: string) => void
  readonly onBinary: (bytes: ArrayBuffer) => void
}

export type Connection = {
  /** Sends where it is open; gives whether it was. */
  send(text: string): boolean
  /** Tries at once, where it waits. */
  retry(): void
  close(): void
}

/** A socket that neither opens nor fails, or says nothing any more though the run tells of itself ten times a second. */
const openWithinMs = 8000
const silentForMs = 15_000

/** A socket to the run that comes back by itself, sooner at first, and gives up never. */
export function openConnection(world: SocketWorld, listener: ConnectionListener): Connection {
  let socket: SocketLike | null = null
  let attempt = 1
  let closed = false
  let open = false
  let retryTimer: unknown = null
  let watchTimer: unknown = null
  let lastHeardMs = 0

  /** Looks again when the silence so far would be over, so that no timer is made for each message. */
  const watch = (withinMs: number, reason: string): void => {
    world.cancel(watchTimer)
    const leftMs = lastHeardMs + withinMs - world.nowMs()
    if (leftMs <= 0) drop(reason)
    else {
      watchTimer = world.later(() => {
        watch(withinMs, reason)
      }, leftMs)
    }
  }

  const drop = (reason: string): void => {
    if (socket === null || closed) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
    socket = null
    open = false
    world.cancel(watchTimer)
    const delayMs = retryAfterMs(attempt, world.chance())
    attempt++
    listener.onLink({ is: 'waiting', attempt, retryAtMs: world.nowMs() + delayMs, reason })
    retryTimer = world.later(start, delayMs)
  }

  const start = (): void => {
    if (closed || socket !== null) return
    world.cancel(retryTimer)
    listener.onLink({ is: 'connecting', attempt })
    const mine = world.open()
    socket = mine
    mine.binaryType = 'arraybuffer'
    lastHeardMs = world.nowMs()
    watch(openWithinMs, 'The connection did not open in time')
    mine.onopen = () => {
      open = true
      lastHeardMs = world.nowMs()
      watch(silentForMs, 'The run said nothing for 15 seconds')
      listener.onLink({ is: 'open', sinceMs: lastHeardMs })
    }
    mine.onmessage = ({ data }) => {
      // Not before it has spoken: a server that takes and closes at once is still backed off from.
      attempt = 1
      lastHeardMs = world.nowMs()
      if (typeof data === 'string') listener.onText(data)
      else if (data instanceof ArrayBuffer) listener.onBinary(data)
    }
    mine.onclose = ({ code, reason }) => {
      drop(closeWords(code, reason))
    }
  }
  start()

  return {
    send: (text) => {
      if (socket === null || !open) return false
      socket.send(text)
      return true
    },
    retry: () => {
      if (socket === null) start()
    },
    close: () => {
      closed = true
      world.cancel(retryTimer)
      world.cancel(watchTimer)
      if (socket !== null) {
        socket.onopen = socket.onmessage = socket.onclose = null
        socket.close()
      }
      socket = null
    },
  }
}

function closeWords(code: number, reason: string): string {
  if (reason !== '') return `The run closed the connection: ${reason}`
  if (code === 1008) return 'The run refused what this page sent'
  if (code === 1013) return 'The run has too many viewers just now'
  return ''
}

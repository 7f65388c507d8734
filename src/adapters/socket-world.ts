/** The part of WebSocket that is used. */
export type SocketLike = {
  binaryType: string
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null
  send(text: string): void
  close(): void
}

/** The world outside of a client, handed in: tests bring their own clock. */
export type SocketWorld = {
  readonly open: () => SocketLike
  readonly nowMs: () => number
  readonly chance: () => number
  readonly later: (run: () => void, delayMs: number) => unknown
  readonly cancel: (timer: unknown) => void
}

/** Makes a socket, as the `WebSocket` of browsers, of Node 22 and of `ws` do. */
export type SocketConstructor = new (address: string, protocols?: string[]) => unknown

/** Clock, timers and sockets as browsers and Node have them. It imports nothing, so that it serves in both. */
export function socketWorld(address: string, protocols: string[], constructor?: SocketConstructor): SocketWorld {
  const timers = new Map<unknown, ReturnType<typeof setTimeout>>()
  return {
    open: () => {
      const make = constructor ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket
      if (make === undefined)
        throw new TypeError('there is no WebSocket here: give one as an option, as `WebSocket` of the package ws')
      // Whoever has one keeps to the interface of the Web.
      return (protocols.length === 0 ? new make(address) : new make(address, protocols)) as SocketLike
    },
    nowMs: () => performance.now(),
    chance: Math.random,
    later: (run, delayMs) => {
      const timer = {}
      timers.set(
        timer,
        setTimeout(() => {
          timers.delete(timer)
          run()
        }, delayMs),
      )
      return timer
    },
    cancel: (timer) => {
      clearTimeout(timers.get(timer))
      timers.delete(timer)
    },
  }
}

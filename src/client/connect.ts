import { type SocketConstructor, type SocketWorld, socketWorld } from '../adapters/socket-world.js'
import { ClockOffset } from '../core/clock-offset.js'
import type {
  BinaryHeader,
  Command,
  Hello,
  LossNotice,
  OptionChange,
  PacketJson,
  RunState,
  ServerMessage,
  StateChanges,
  Want,
} from '../core/wire.js'
import { headerBytes, protocolVersion, readHeader } from '../core/wire.js'
import { ClientError } from './client-error.js'
import { openConnection } from './connection.js'
import type { Link } from './link.js'
import { ToldState } from './told-state.js'
import { withOption } from './with-option.js'

/** A picture (a JPEG) or a packet of sound, as its header tells it. */
export type Payload = {
  readonly header: BinaryHeader
  readonly channel: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export type ClientEvents = {
  link: Link
  /** A run answers: the first time, after each new connection, and when another run is there. */
  hello: Hello
  /** The whole state, each time that some of it changed. What did not change is the same object as before. */
  state: RunState
  picture: Payload
  sound: Payload
  /** Results, some at once. */
  data: readonly PacketJson[]
  /** So many were lost on the way here. */
  lost: LossNotice
  /** An option was changed, by whomever; `hello.controls` of the client has its new value. */
  set: OptionChange
}

export type ConnectOptions = {
  /** What a run asks for that is served beyond its own machine. */
  readonly token?: string
  /** Where there is none: `WebSocket` of the package ws, in Node before 22. */
  readonly WebSocket?: SocketConstructor
  /**
   * `auto` (unless told): a picture counts as shown when its listeners return. `manual`: when `acknowledge` is called, which
   * is better where it is shown later; without it the run sends three pictures and then one now and then.
   */
  readonly acknowledge?: 'auto' | 'manual'
  /** What is wanted of channels from the start; all, unless told. */
  readonly want?: Want['channels']
  /** Clock, timers and socket: those of this machine unless told. */
  readonly world?: SocketWorld
}

/** The run's clock on this machine's `performance.now()`; null before the first answer. */
export type RunClock = {
  readonly toClient: (runMs: number) => number | null
  /** The most that `toClient` can be wrong by, in ms. */
  readonly errorMs: number | null
}

/** A connection to a run, which comes back by itself and gives up never. */
export type Client = {
  /** Calls with each event from now on; returns how to stop it. */
  readonly on: <E extends keyof ClientEvents>(event: E, listener: (value: ClientEvents[E]) => void) => () => void
  readonly hello: Hello | null
  readonly state: RunState | null
  readonly clock: RunClock
  /** By channel name: false for nothing, or a codec and how many a second. Kept over reconnections. */
  readonly want: (channels: Want['channels']) => void
  /** Resolves when it is done. @throws ClientError why it was refused, or that the connection was lost meanwhile */
  readonly do: (command: Command) => Promise<void>
  /** @param heldMs so long did showing take since it could begin: decoding, the next frame of the screen. That is not the link. */
  readonly acknowledge: (header: Pick<BinaryHeader, 'channel' | 'seq'>, heldMs?: number) => void
  /** Tries at once, where it waits. */
  readonly retry: () => void
  readonly close: () => void
}

const askTimeEveryMs = 10_000

/**
 * Connects to a run: `connect('http://127.0.0.1:4747/')`, the address at which its page is.
 *
 * @example
 * const run = connect('http://127.0.0.1:4747/')
 * run.on('picture', ({ bytes }) => show(bytes))
 * run.on('state', ({ robot }) => console.log(robot?.ageMs))
 * await run.do({ do: 'pause' })
 * @throws TypeError where the address is none, or there is no WebSocket
 */
export function connect(url: string, options: ConnectOptions = {}): Client {
  const { token, acknowledge = 'auto' } = options
  const address = new URL('ws', url.endsWith('/') ? url : `${url}/`)
  address.protocol = address.protocol.replace('http', 'ws')
  const protocols = token === undefined ? [] : ['saccade', `token.${token}`]
  const world = options.world ?? socketWorld(address.href, protocols, options.WebSocket)

  const listeners = new Map<keyof ClientEvents, Set<(value: never) => void>>()
  const tell = <E extends keyof ClientEvents>(event: E, value: ClientEvents[E]): void => {
    for (const listener of [...(listeners.get(event) ?? [])]) (listener as (value: ClientEvents[E]) => void)(value)
  }
  const told = new ToldState()
  let clock = new ClockOffset()
  const asked = new Map<number, { readonly done: () => void; readonly failed: (error: ClientError) => void }>()
  let hello: Hello | null = null
  let wanted: Want['channels'] = options.want ?? {}
  let lastId = 0
  let timer: unknown = null

  const send = (message: object): boolean => connection.send(JSON.stringify(message))
  const askTime = (): void => {
    send({ type: 'time', clientMs: world.nowMs() })
    world.cancel(timer)
    timer = world.later(askTime, askTimeEveryMs)
  }
  const failAll = (why: string): void => {
    for (const [id, { failed }] of [...asked]) {
      asked.delete(id)
      failed(new ClientError(why, 'whether it was done is not known: see the state when the run is there again'))
    }
  }

  const take = (message: Exclude<ServerMessage, StateChanges>): void => {
    switch (message.type) {
      case 'hello':
        if (message.run !== hello?.run) clock = new ClockOffset()
        hello = message
        if (Object.keys(wanted).length > 0) send({ type: 'want', channels: wanted })
        askTime()
        tell('hello', message)
        return
      case 'telemetry':
        tell('state', message)
        return
      case 'data':
        tell('data', message.packets)
        return
      case 'lost':
        tell('lost', message)
        return
      case 'time':
        clock.add(message.clientMs, world.nowMs(), message.nowMs)
        return
      case 'set':
        if (hello !== null) hello = withOption(hello, message)
        tell('set', message)
        return
      case 'done':
        asked.get(message.id)?.done()
        asked.delete(message.id)
        return
      case 'refused':
        asked.get(message.id)?.failed(new ClientError(message.why, message.remedy))
        asked.delete(message.id)
    }
  }

  const takeBinary = (buffer: ArrayBuffer): void => {
    // Of another version of the protocol, or of none.
    if (buffer.byteLength < headerBytes || new Uint8Array(buffer)[0] !== protocolVersion) return
    const header = readHeader(new DataView(buffer))
    const channel = hello?.channels[header.channel]?.name
    if (channel === undefined) return
    tell(header.kind === 'video' ? 'picture' : 'sound', { header, channel, bytes: new Uint8Array(buffer, headerBytes) })
    if (header.kind === 'video' && acknowledge === 'auto') client.acknowledge(header)
  }

  const client: Client = {
    on: (event, listener) => {
      const known = listeners.get(event) ?? new Set()
      listeners.set(event, known)
      known.add(listener)
      return () => known.delete(listener)
    },
    get hello() {
      return hello
    },
    get state() {
      return told.state
    },
    clock: {
      toClient: (runMs) => {
        const offset = clock.at(world.nowMs())
        return offset === null ? null : runMs + offset.offsetMs
      },
      get errorMs() {
        return clock.at(world.nowMs())?.errorMs ?? null
      },
    },
    want: (channels) => {
      wanted = { ...wanted, ...channels }
      if (hello !== null) send({ type: 'want', channels })
    },
    do: (command) =>
      new Promise((done, failed) => {
        const id = ++lastId
        if (send({ type: 'do', id, ...command })) asked.set(id, { done, failed })
        else failed(new ClientError('there is no connection to the run', 'try again when `link` tells that it is open'))
      }),
    acknowledge: ({ channel, seq }, heldMs) => {
      send({ type: 'ack', channel, seq, ...(heldMs === undefined ? {} : { heldMs }) })
    },
    retry: () => {
      connection.retry()
    },
    close: () => {
      world.cancel(timer)
      connection.close()
      failAll('the connection was closed')
    },
  }
  const connection = openConnection(world, {
    onLink: (link) => {
      if (link.is !== 'open') {
        world.cancel(timer)
        failAll('the connection to the run was lost')
      }
      tell('link', link)
    },
    onText: (text) => {
      const message = told.read(text)
      if (message !== null) take(message)
    },
    onBinary: takeBinary,
  })
  return client
}

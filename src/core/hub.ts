import { z } from 'zod'
import type { Clock } from './clock.js'
import {
  type BinaryHeader,
  type ChannelKind,
  type ClientMessage,
  type PacketJson,
  type Rights,
  headerBytes,
  writeHeader,
} from './wire.js'

/** A client's socket, as the hub needs it. None of these throws. */
export type ClientSocket = {
  readonly send: (data: string | Uint8Array) => void
  /** What was sent and not yet taken by the network. */
  readonly bufferedBytes: () => number
  readonly close: (code: number, reason: string) => void
}

/** What the owner of the socket calls. */
export type HubClient = { readonly received: (text: string) => void; readonly gone: () => void }

export type Channel = {
  /** Whether anyone looks: where nobody does, nothing is encoded. */
  readonly watched: () => boolean
  readonly picture: (header: Omit<BinaryHeader, 'channel' | 'kind'>, payload: Uint8Array) => void
  readonly sound: (header: Omit<BinaryHeader, 'channel' | 'kind'>, payload: Uint8Array) => void
  readonly data: (packet: PacketJson) => void
}

const pictureWindow = 5
const soundWindow = 10
const dataWindow = 256
const unshownPictures = 3
const batchMs = 33
/** A client with this much unsent is too slow for control messages, and is let go with a reason (W1). */
const tooSlowBytes = 8_000_000
const fullBytes = 1_000_000

const clientMessage: z.ZodType<ClientMessage> = z.strictObject({
  type: z.literal('ack'),
  channel: z.number().int().min(0).max(0xffff),
  seq: z.number().int().min(0).max(0xffffffff),
})

type Client = {
  readonly socket: ClientSocket
  readonly windows: Map<number, { readonly bound: number; readonly waiting: Uint8Array[] }>
  readonly data: PacketJson[]
  readonly lost: Map<string, number>
  unshown: number
  acknowledges: boolean
}

/**
 * Where sinks put what people see, and clients take it: each client has bounded windows of its own (W1),
 * so that a slow one loses pictures of its own and delays nobody (W2).
 */
export class Hub {
  readonly channels: { readonly name: string; readonly kind: ChannelKind }[] = []
  /** What a new client is told first; set by who serves the hub. */
  greet: (rights: Rights) => string = () => '{}'
  readonly #clock: Clock
  readonly #clients = new Set<Client>()
  #batching: (() => void) | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get clients(): number {
    return this.#clients.size
  }

  channel(name: string, kind: ChannelKind): Channel {
    const number = this.channels.push({ name, kind }) - 1
    const binary =
      (as: 'video' | 'audio', bound: number) =>
      (header: Omit<BinaryHeader, 'channel' | 'kind'>, payload: Uint8Array): void => {
        const message = new Uint8Array(headerBytes + payload.byteLength)
        writeHeader({ ...header, channel: number, kind: as }, new DataView(message.buffer))
        message.set(payload, headerBytes)
        for (const client of this.#clients) this.#offer(client, number, bound, message)
      }
    return {
      watched: () => this.#clients.size > 0,
      picture: binary('video', pictureWindow),
      sound: binary('audio', soundWindow),
      data: (packet) => {
        this.#offerData(packet)
      },
    }
  }

  /** A text for everyone, as telemetry. */
  broadcast(text: string): void {
    for (const client of this.#clients) this.#control(client, text)
  }

  join(socket: ClientSocket, rights: Rights = { control: false, stop: false }): HubClient {
    const client: Client = {
      socket,
      windows: new Map(),
      data: [],
      lost: new Map(),
      unshown: 0,
      acknowledges: false,
    }
    this.#clients.add(client)
    socket.send(this.greet(rights))
    return {
      received: (text) => {
        this.#received(client, text)
      },
      gone: () => this.#clients.delete(client),
    }
  }

  /** Lets every client go. */
  close(reason: string): void {
    this.#batching?.()
    this.#batching = null
    for (const client of this.#clients) client.socket.close(1001, reason)
    this.#clients.clear()
  }

  #control(client: Client, text: string): void {
    if (client.socket.bufferedBytes() > tooSlowBytes) {
      this.#letGo(client, 1013, 'too slow to be told the state')
      return
    }
    client.socket.send(text)
  }

  #letGo(client: Client, code: number, reason: string): void {
    this.#clients.delete(client)
    client.lost.clear()
    client.socket.close(code, reason)
  }

  #offer(client: Client, channel: number, bound: number, message: Uint8Array): void {
    let window = client.windows.get(channel)
    if (window === undefined) {
      window = { bound, waiting: [] }
      client.windows.set(channel, window)
    }
    window.waiting.push(message)
    if (window.waiting.length > bound) {
      window.waiting.shift()
      const name = this.channels[channel]?.name ?? String(channel)
      client.lost.set(name, (client.lost.get(name) ?? 0) + 1)
    }
    this.#flush(client)
  }

  #flush(client: Client): void {
    for (const [, window] of client.windows) {
      const picture = window.bound === pictureWindow
      while (window.waiting.length > 0 && client.socket.bufferedBytes() < fullBytes) {
        if (picture && client.acknowledges && client.unshown >= unshownPictures) break
        const message = window.waiting.shift()
        if (message === undefined) break
        if (picture) client.unshown++
        client.socket.send(message)
      }
    }
  }

  #offerData(packet: PacketJson): void {
    if (this.#clients.size === 0) return
    for (const client of this.#clients) {
      client.data.push(packet)
      if (client.data.length > dataWindow) {
        const { tap } = client.data.shift() ?? packet
        client.lost.set(tap, (client.lost.get(tap) ?? 0) + 1)
      }
    }
    this.#batching ??= this.#clock.at(this.#clock.nowMs() + batchMs, () => {
      this.#batching = null
      this.#sendBatches()
    })
  }

  #sendBatches(): void {
    for (const client of this.#clients) {
      if (client.socket.bufferedBytes() > fullBytes) continue
      const packets = client.data.splice(0)
      if (packets.length > 0) client.socket.send(JSON.stringify({ type: 'data', packets }))
    }
  }

  /** Tells each client what it lost since it was last told (W3); called with the telemetry. */
  tellLosses(): void {
    for (const client of this.#clients) {
      for (const [channel, count] of client.lost) {
        this.#control(client, JSON.stringify({ type: 'lost', channel, count }))
      }
      client.lost.clear()
    }
  }

  #received(client: Client, text: string): void {
    // Closing takes a while, in which a client may go on talking.
    if (!this.#clients.has(client)) return
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      parsed = null
    }
    const message = clientMessage.safeParse(parsed)
    if (!message.success) {
      this.#letGo(client, 1008, 'not a message of this protocol: {"type":"ack","channel":0,"seq":0} is')
      return
    }
    client.acknowledges = true
    client.unshown = Math.max(0, client.unshown - 1)
    this.#flush(client)
  }
}

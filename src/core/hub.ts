import { changesOf } from './changes.js'
import type { ClientSocket, HubClient } from './client-socket.js'
import type { Clock } from './clock.js'
import { type Control, refuseAll } from './control.js'
import { type Framed, frameMessage, roomBefore, roomBehind } from './socket-frames.js'
import { Viewer } from './viewer.js'
import {
  type BinaryHeader,
  type ChannelInfo,
  type ChannelKind,
  type Codec,
  type PacketJson,
  type Rights,
  type RunState,
  type ServerMessage,
  type ViewersState,
  headerBytes,
  writeHeader,
} from './wire.js'

export type { ClientSocket, HubClient } from './client-socket.js'

type Header = Omit<BinaryHeader, 'channel' | 'kind'>

/** Bytes that are left free before and behind a picture or sound: the hub writes there what makes it a message. */
export const messageRoom = { before: roomBefore + headerBytes, behind: roomBehind } as const

/** Who is to have a picture, by the JPEG quality that each of them takes. */
export type Takers = {
  /** Each is to be encoded once; empty where nobody is to have it. */
  readonly qualities: readonly number[]
  /** @param rooms the JPEG of each of the qualities, in its `messageRoom` */
  readonly give: (header: Omit<Header, 'quality'>, rooms: readonly Uint8Array[]) => void
}

export type Channel = {
  /** Whether anyone wants it: where nobody does, nothing is encoded. */
  readonly watched: () => boolean
  /** In which codecs somebody wants it; what is offered in others goes to nobody. */
  readonly wanted: () => ReadonlySet<Codec>
  /** Asks, for each picture, who is to have it. @param quality of the best, 1 to 100 */
  readonly takers: (quality: number) => Takers
  /** Goes to those who want it in the codec that the header tells: offered once for each codec that is wanted. */
  readonly sound: (header: Header, payload: Uint8Array) => void
  readonly data: (packet: PacketJson) => void
}

/** Results are told together; about as often as pictures come, so that they find theirs. */
const batchMs = 33
const heartbeatMs = 30_000
const nothingMore: Rights = { control: false, stop: false }

/**
 * Where sinks put what people see, and clients take it: each client has bounded windows of its own (W1),
 * so that a slow one loses pictures of its own and delays nobody (W2).
 */
export class Hub {
  readonly channels: ChannelInfo[] = []
  /** What a new client is told first; set by who serves the hub. */
  greet: (rights: Rights) => string = () => '{}'
  /** The state that a new client is told then, and whose changes all are told. */
  state: (() => RunState) | null = null
  /** Somebody begins to want the state; set by who tells it. */
  nowWanted: () => void = () => undefined
  /** What does the commands of clients; set by who serves the hub. */
  control: Control = refuseAll
  readonly #clock: Clock
  readonly #viewers = new Set<Viewer>()
  #told: RunState | null = null
  #written: { readonly state: RunState; readonly text: string } | null = null
  #cancelBatch: (() => void) | null = null
  #cancelBeat: (() => void) | null = null
  #pings = 0
  readonly #gone = { pictures: 0, sounds: 0, packets: 0, bytes: 0, dropped: { overflow: 0, pace: 0, gone: 0 } }

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get clients(): number {
    return this.#viewers.size
  }

  /** Whether anybody wants to be told the state. */
  get stateWanted(): boolean {
    for (const { wantsState } of this.#viewers) if (wantsState) return true
    return false
  }

  /** Exact counts of what was sent and what was not. */
  get viewers(): ViewersState {
    const each = [...this.#viewers].map(({ state }) => state)
    const all = { ...this.#gone, dropped: { ...this.#gone.dropped }, waiting: 0 }
    for (const one of each) {
      add(all, one)
      all.waiting += one.waiting
    }
    return { all, each }
  }

  /** @param codecs what clients may ask for, the one first that they get unless they ask */
  channel(name: string, kind: ChannelKind, codecs: readonly Codec[] = []): Channel {
    const number = this.channels.push({ name, kind, ...(codecs.length === 0 ? {} : { codecs }) }) - 1
    /** @param room the payload, behind and before free bytes */
    const framed = (as: 'video' | 'audio', header: Header, room: Uint8Array): Framed => {
      writeHeader({ ...header, channel: number, kind: as }, new DataView(room.buffer, room.byteOffset + roomBefore))
      return frameMessage(room, this.#nextPing())
    }
    const wanting = (): readonly Viewer[] => [...this.#viewers].filter(({ wishes }) => wishes.wants(number))
    return {
      watched: () => {
        for (const { wishes } of this.#viewers) if (wishes.wants(number)) return true
        return false
      },
      wanted: () => new Set(wanting().flatMap(({ wishes }) => wishes.codec(number) ?? [])),
      takers: (quality) => {
        const nowMs = this.#clock.nowMs()
        const qualities: number[] = []
        const takers: Viewer[][] = []
        for (const viewer of this.#viewers) {
          const step = viewer.paceOf(number, nowMs)
          if (step === null) continue
          const its = Math.max(1, Math.round(quality * step.quality))
          const at = qualities.indexOf(its)
          if (at >= 0) takers[at]?.push(viewer)
          else {
            qualities.push(its)
            takers.push([viewer])
          }
        }
        return {
          qualities,
          give: (header, rooms) => {
            for (const [nth, room] of rooms.entries()) {
              const message = framed('video', { ...header, quality: qualities[nth] ?? 0 }, room)
              for (const viewer of takers[nth] ?? []) viewer.offer(number, 'video', header.seq, message)
            }
          },
        }
      },
      sound: (header, payload) => {
        const room = new Uint8Array(messageRoom.before + payload.byteLength + messageRoom.behind)
        room.set(payload, messageRoom.before)
        const message = framed('audio', header, room)
        for (const viewer of wanting())
          if (viewer.wishes.codec(number) === header.codec) viewer.offer(number, 'audio', header.seq, message)
      },
      data: (packet) => {
        this.#offerData(number, packet)
      },
    }
  }

  /** @param rights what this client may do beyond viewing (W6) */
  join(socket: ClientSocket, rights: Rights = nothingMore): HubClient {
    const viewer = new Viewer(socket, rights, {
      nowMs: this.#clock.nowMs,
      channels: this.channels,
      nextPing: () => this.#nextPing(),
      control: (command) => this.control(command),
      wantsState: () => {
        this.nowWanted()
      },
      left: (one) => {
        this.#left(one)
      },
    })
    // What all were told last, so that the next changes are those of this client too.
    if (this.#viewers.size === 0) this.#told = this.state?.() ?? null
    this.#viewers.add(viewer)
    viewer.say(this.greet(rights))
    if (this.#told !== null) viewer.say(this.#whole(this.#told))
    viewer.beat(this.#clock.nowMs())
    this.#cancelBeat ??= this.#beatLater()
    this.nowWanted()
    return {
      received: (text) => {
        viewer.received(text)
      },
      pong: (words) => {
        viewer.pong(words)
      },
      gone: () => {
        viewer.gone()
      },
    }
  }

  /**
   * Tells everyone how the state changed since the last time, and what was lost on the way to them (W3).
   *
   * @param state null where nobody wants it
   */
  tell(state: RunState | null): void {
    const before = this.#told
    this.#told = state ?? before
    const told = this.#told
    if (this.#viewers.size === 0) return
    const changes = state === null || before === null ? null : changesOf(before, state)
    const text = changes === null ? null : JSON.stringify({ type: 'changes', ...changes })
    const first = before === null && state !== null ? this.#whole(state) : text
    const nowMs = this.#clock.nowMs()
    for (const viewer of this.#viewers) viewer.tellState(first, () => (told === null ? '{}' : this.#whole(told)), nowMs)
  }

  /** Tells everyone, and loses it for nobody (W1). */
  sayToAll(message: ServerMessage): void {
    const text = JSON.stringify(message)
    for (const viewer of [...this.#viewers]) viewer.say(text)
  }

  /** Lets every client go. */
  close(reason: string): void {
    this.#cancelBatch?.()
    this.#cancelBatch = null
    for (const viewer of this.#viewers) viewer.letGo(1001, reason)
  }

  #nextPing(): number {
    return ++this.#pings
  }

  #left(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    add(this.#gone, viewer.state)
    if (this.#viewers.size > 0) return
    this.#cancelBeat?.()
    this.#cancelBeat = null
  }

  #beatLater(): () => void {
    return this.#clock.at(this.#clock.nowMs() + heartbeatMs, () => {
      this.#cancelBeat = this.#beatLater()
      for (const viewer of this.#viewers) viewer.beat(this.#clock.nowMs())
    })
  }

  /** All of a state, written once however many are told it: some come and go fast. */
  #whole(state: RunState): string {
    if (this.#written?.state !== state) this.#written = { state, text: JSON.stringify({ type: 'telemetry', ...state }) }
    return this.#written.text
  }

  #offerData(channel: number, packet: PacketJson): void {
    if (this.#viewers.size === 0) return
    const nowMs = this.#clock.nowMs()
    const text = JSON.stringify(packet)
    for (const viewer of this.#viewers) viewer.offerData(channel, packet.tap, text, nowMs)
    this.#cancelBatch ??= this.#clock.at(nowMs + batchMs, () => {
      this.#cancelBatch = null
      for (const viewer of this.#viewers) viewer.sendData()
    })
  }
}

type Sums = { pictures: number; sounds: number; packets: number; bytes: number; dropped: Record<string, number> }

function add(sums: Sums, one: ViewersState['all']): void {
  for (const count of ['pictures', 'sounds', 'packets', 'bytes'] as const) sums[count] += one[count]
  for (const [cause, count] of Object.entries(one.dropped)) sums.dropped[cause] = (sums.dropped[cause] ?? 0) + count
}

import { Allowance } from './allowance.js'
import type { ClientSocket } from './client-socket.js'
import { readClientMessage } from './read-client-message.js'
import { type Control, refusalByRights } from './control.js'
import { type Pace, PicturePace } from './picture-pace.js'
import { ChannelWishes } from './channel-wishes.js'
import { SignsOfLife } from './signs-of-life.js'
import type { Framed } from './socket-frames.js'
import type { ChannelInfo, Command, Rights, ServerMessage, ViewerState } from './wire.js'

/** What waits for a client of one channel, at most (W1). */
const windowOf = { video: 5, audio: 10 } as const
const dataWindow = 256
/** With so much unsent, what can wait waits. */
const cloggedBytes = 256_000
/** With so much unsent a client is too slow for control messages, and is let go with a reason (W1). */
const tooSlowBytes = 8_000_000
/** So is one that was clogged for so long and took nothing. */
const stuckMs = 10_000
/** Text below this goes as it is: a frame of deflate would save less than it costs. */
const compressFrom = 2048
const [messagesPerSecond, messagesAtOnce] = [200, 400]
const commandsAtOnce = 16
const lossesEveryMs = 1000
/** Marks a ping that had the link for itself. */
const bareTrip = -1

/** What of the hub its viewers need. */
export type ViewerHost = {
  readonly nowMs: () => number
  readonly channels: readonly ChannelInfo[]
  /** The number of a ping, which nobody had before. */
  readonly nextPing: () => number
  readonly control: Control
  /** It wants to be told the state, and did not. */
  readonly wantsState: () => void
  /** It was let go, or has gone. */
  readonly left: (viewer: Viewer) => void
}

type Window = {
  readonly kind: 'video' | 'audio'
  readonly waiting: { readonly message: Framed; readonly seq: number }[]
}
export type DropCause = keyof ViewerState['dropped']

/** One client: its windows, its wishes, its pace, and exact counts of what it got and did not get. */
export class Viewer {
  readonly pace = new PicturePace()
  readonly wishes: ChannelWishes
  readonly #socket: ClientSocket
  readonly #host: ViewerHost
  readonly #rights: Rights
  readonly #allowance: Allowance
  readonly #life: SignsOfLife
  readonly #windows = new Map<number, Window>()
  #data: { readonly tap: string; readonly text: string }[] = []
  readonly #lost = new Map<string, number>()
  #lossesToldAtMs = -Infinity
  /** Something waits in a window. */
  #waits = false
  #commands = 0
  #here = true
  #wantsState = true
  /** It missed changes of the state: it is told all of it when it can take that. */
  #missedState = false
  /** While it is clogged: the least that was unsent, and since when it is no less. */
  #clog: { readonly bytes: number; readonly sinceMs: number } | null = null
  readonly #counts = {
    pictures: 0,
    sounds: 0,
    packets: 0,
    bytes: 0,
    dropped: { overflow: 0, pace: 0, gone: 0 } satisfies Record<DropCause, number>,
  }

  constructor(socket: ClientSocket, rights: Rights, host: ViewerHost) {
    this.#socket = socket
    this.#rights = rights
    this.#host = host
    this.wishes = new ChannelWishes(host.channels)
    this.#life = new SignsOfLife(socket.ping, host.nextPing)
    this.#allowance = new Allowance(messagesPerSecond, messagesAtOnce, host.nowMs())
  }

  get wantsState(): boolean {
    return this.#wantsState
  }

  get state(): ViewerState {
    const { dropped, ...counts } = this.#counts
    return { ...counts, dropped: { ...dropped }, waiting: this.#waiting, step: this.pace.step }
  }

  /** Whether it is to have a picture that comes now, and how good a one; what it does not get is counted. */
  paceOf(channel: number, nowMs: number): Exclude<Pace, string> | null {
    if (!this.wishes.inTurn(channel, nowMs)) return null
    const pace = this.pace.offer(channel, nowMs, this.#socket.bufferedBytes() > cloggedBytes)
    if (typeof pace === 'object') return pace
    this.#lose(channel, 'pace')
    return null
  }

  offer(channel: number, kind: 'video' | 'audio', seq: number, message: Framed): void {
    if (!this.#waits && this.#socket.bufferedBytes() <= cloggedBytes) {
      this.#send(channel, kind, seq, message)
      return
    }
    this.#waits = true
    let window = this.#windows.get(channel)
    if (window === undefined) this.#windows.set(channel, (window = { kind, waiting: [] }))
    window.waiting.push({ message, seq })
    if (window.waiting.length > windowOf[kind]) {
      window.waiting.shift()
      this.#lose(channel, 'overflow')
    }
    this.flush()
  }

  /** @param text the packet as JSON, written once for all */
  offerData(channel: number, tap: string, text: string, nowMs: number): void {
    if (!this.wishes.inTurn(channel, nowMs)) return
    this.#data.push({ tap, text })
    if (this.#data.length <= dataWindow) return
    this.#loseOf(this.#data.shift()?.tap ?? tap, 'overflow')
  }

  /** Sends what waits, while the network takes it. */
  flush(): void {
    if (!this.#waits) return
    this.#waits = false
    for (const [channel, { kind, waiting }] of this.#windows) {
      while (waiting.length > 0 && this.#socket.bufferedBytes() <= cloggedBytes) {
        const next = waiting.shift()
        if (next !== undefined) this.#send(channel, kind, next.seq, next.message)
      }
      if (waiting.length > 0) this.#waits = true
    }
  }

  #send(channel: number, kind: 'video' | 'audio', seq: number, { alone, asking, ping, bytes }: Framed): void {
    this.#clog = null
    this.#counts.bytes += bytes
    if (kind === 'audio') {
      this.#counts.sounds++
      this.#socket.write(alone)
      return
    }
    const nowMs = this.#host.nowMs()
    this.#counts.pictures++
    if (this.pace.measuresTrip(nowMs)) this.#life.ask(bareTrip, nowMs)
    const mark = this.pace.sent(channel, seq, bytes, nowMs)
    if (mark !== null) this.#life.asks(ping, mark, nowMs)
    this.#socket.write(mark === null ? alone : asking)
  }

  sendData(): void {
    if (this.#data.length === 0 || this.#socket.bufferedBytes() > cloggedBytes) return
    const packets = this.#data
    this.#data = []
    this.#counts.packets += packets.length
    this.#text(`{"type":"data","packets":[${packets.map(({ text }) => text).join(',')}]}`)
  }

  /** What is never lost: a client too slow for it is let go (W1). */
  say(text: string): void {
    if (this.#socket.bufferedBytes() > tooSlowBytes) this.letGo(1013, 'too slow to be told the state')
    else this.#text(text)
  }

  /**
   * Tells it how the state changed, or all of it, where it missed changes: one that takes nothing is told later, once.
   *
   * @param changes null where nothing changed
   */
  tellState(changes: string | null, whole: () => string, nowMs: number): void {
    const bytes = this.#socket.bufferedBytes()
    if (bytes <= cloggedBytes) this.#clog = null
    else if (this.#clog === null || bytes < this.#clog.bytes) this.#clog = { bytes, sinceMs: nowMs }
    else if (nowMs - this.#clog.sinceMs >= stuckMs) {
      this.letGo(1013, 'too slow to be told the state: it took nothing for 10 s')
      return
    }
    if (bytes > cloggedBytes || !this.#wantsState) this.#missedState ||= changes !== null
    else if (this.#missedState) {
      this.#missedState = false
      this.say(whole())
    } else if (changes !== null) this.say(changes)
    this.flush()
    this.#tellLosses(nowMs)
  }

  /** Finds out whether it still lives (W5): one that gave no sign since the last beat is gone. */
  beat(nowMs: number): void {
    if (!this.#life.beat(nowMs)) this.letGo(1001, 'it gave no sign of life between two heartbeats')
  }

  pong(words: string): void {
    const nowMs = this.#host.nowMs()
    const answer = this.#here ? this.#life.answer(words, nowMs) : null
    if (answer === null) return
    if (answer.mark === bareTrip) this.pace.roundTrip(answer.tookMs, nowMs)
    const next = answer.mark > 0 ? this.pace.answered(answer.mark, nowMs) : null
    if (next !== null) this.#life.ask(next, nowMs)
    this.flush()
  }

  received(text: string): void {
    // Closing takes a while, in which a client may go on talking.
    if (!this.#here) return
    this.#life.seen()
    const nowMs = this.#host.nowMs()
    const message = readClientMessage(text)
    if (message === null) {
      this.letGo(1008, 'not a message of this protocol: {"type":"ack","channel":0,"seq":0} is')
      return
    }
    if (!this.#allowance.take(nowMs)) {
      this.letGo(1008, `more than ${String(messagesPerSecond)} messages a second`)
      return
    }
    switch (message.type) {
      case 'ack':
        this.pace.acknowledged(message.channel, message.seq, nowMs, message.heldMs)
        this.flush()
        return
      case 'time':
        this.#answer({ type: 'time', clientMs: message.clientMs, nowMs })
        return
      case 'want':
        // What was under way when it stopped looking tells nothing of the link.
        if (this.wishes.set(message)) this.pace.forget()
        // Meanwhile nobody may have asked what changed.
        if (message.state === false) this.#missedState = true
        if (message.state === undefined || message.state === this.#wantsState) return
        this.#wantsState = message.state
        if (message.state) this.#host.wantsState()
        return
      case 'do':
        void this.#do(message.id, message)
    }
  }

  letGo(code: number, reason: string): void {
    if (!this.#here) return
    this.gone()
    this.#socket.close(code, reason)
  }

  /** Its socket is closed: what waited for it is counted. */
  gone(): void {
    if (!this.#here) return
    this.#here = false
    this.#counts.dropped.gone += this.#waiting
    for (const { waiting } of this.#windows.values()) waiting.length = 0
    this.#data = []
    this.#lost.clear()
    this.#host.left(this)
  }

  get #waiting(): number {
    let waiting = this.#data.length
    for (const window of this.#windows.values()) waiting += window.waiting.length
    return waiting
  }

  #lose(channel: number, cause: DropCause): void {
    this.#loseOf(this.#host.channels[channel]?.name ?? String(channel), cause)
  }

  #loseOf(name: string, cause: DropCause): void {
    this.#counts.dropped[cause]++
    this.#lost.set(name, (this.#lost.get(name) ?? 0) + 1)
  }

  #tellLosses(nowMs: number): void {
    if (this.#lost.size === 0 || nowMs - this.#lossesToldAtMs < lossesEveryMs || !this.#here) return
    this.#lossesToldAtMs = nowMs
    const lost = [...this.#lost]
    this.#lost.clear()
    for (const [channel, count] of lost) this.#answer({ type: 'lost', channel, count })
  }

  async #do(id: number, command: Command): Promise<void> {
    const refused =
      refusalByRights(command, this.#rights) ??
      (this.#commands >= commandsAtOnce && command.do !== 'stop'
        ? { why: 'too many commands at once', remedy: 'wait for the answer to one before the next' }
        : await this.#done(command))
    if (this.#here) this.#answer(refused === null ? { type: 'done', id } : { type: 'refused', id, ...refused })
  }

  async #done(command: Command): ReturnType<Control> {
    this.#commands++
    try {
      return await this.#host.control(command)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { why, remedy: 'see the events of the run' }
    } finally {
      this.#commands--
    }
  }

  #answer(message: ServerMessage): void {
    this.say(JSON.stringify(message))
  }

  #text(text: string): void {
    this.#counts.bytes += text.length
    this.#socket.send(text, text.length >= compressFrom)
  }
}

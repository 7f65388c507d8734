import { readCameraMessage } from './camera-messages.js'
import {
  cameraHeaderBytes,
  readCameraHeader,
  type CameraHello,
  type CameraHeader,
  type ToCamera,
} from './camera-wire.js'
import { ClockOffset, type Offset } from './clock-offset.js'
import type { Clock } from './clock.js'
import type { ClientSocket, HubClient } from './client-socket.js'
import type { Stamp } from './packet.js'

/** A picture or a chunk of sound as it came, its time already on our clock. */
export type CameraItem = {
  readonly header: CameraHeader
  readonly payload: Uint8Array
  readonly captured: { readonly atMs: number; readonly stamp: Stamp }
  /** How many the browser left out just before it. */
  readonly lost: number
  /** It was taken, or a newer one was. Call once. */
  readonly through: () => void
}

/** What the owner of the socket calls. */
export type CameraSocket = HubClient & { readonly receivedBytes: (bytes: Uint8Array) => void }

/** What a browser's connection asks of the place. */
export type CameraHost = {
  /** A browser wants the place: null where it has it now, else who has it. */
  readonly admit: (client: CameraClient) => { readonly by: string } | null
  /** Its clock is known: from now on its items can be used. */
  readonly ready: (client: CameraClient) => void
  readonly offer: (item: CameraItem) => void
  readonly refused: (why: 'early' | 'old' | 'order') => void
  readonly left: (client: CameraClient) => void
}

/** Questions in a row at first, so that the clock is known well at once; then one a second. */
const firstQuestions = 6
const questionEveryMs = 1000
/** A browser that answers nothing for so long is gone, also when its socket does not know yet. */
const silentForMs = 5000
/** Older than this on arrival, a picture shows what no robot should act on. */
const mostAgeMs = 5000
/** A browser that left out more between two that it sent counts wrongly. */
const mostLost = 1_000_000

/** One browser's connection: who it is, what its clock says, what it sends. Whatever comes, it never throws. */
export class CameraClient {
  hello: CameraHello | null = null
  readonly #socket: ClientSocket
  readonly #clock: Clock
  readonly #host: CameraHost
  readonly #offset = new ClockOffset()
  readonly #lastSeq = { video: -1, audio: -1 }
  #askedMs: number | null = null
  #answers = 0
  #over = false
  #cancel: () => void

  constructor(socket: ClientSocket, clock: Clock, host: CameraHost) {
    this.#socket = socket
    this.#clock = clock
    this.#host = host
    this.#cancel = this.#later(silentForMs, () => {
      this.close(1008, 'said nothing: the first message is {"type":"hello",…}')
    })
  }

  get isReady(): boolean {
    return this.#answers > 0 && !this.#over
  }

  get offset(): Offset | null {
    return this.#offset.at(this.#clock.nowMs())
  }

  send(message: ToCamera): void {
    if (!this.#over) this.#socket.send(JSON.stringify(message), false)
  }

  received(text: string): void {
    // Closing takes a while, in which a browser may go on talking.
    if (!this.#over) this.#text(text)
  }

  receivedBytes(bytes: Uint8Array): void {
    if (!this.#over) this.#binary(bytes)
  }

  close(code: number, reason: string): void {
    if (this.#over) return
    this.gone()
    this.#socket.close(code, reason)
  }

  gone(): void {
    if (this.#over) return
    this.#over = true
    this.#cancel()
    this.#host.left(this)
  }

  #text(text: string): void {
    const message = readCameraMessage(text)
    if (message?.type === 'hello' && this.hello === null) {
      this.hello = message
      const taken = this.#host.admit(this)
      if (taken === null) {
        this.#ask()
        return
      }
      this.send({ type: 'taken', by: taken.by })
      this.close(1013, 'the place is taken')
    } else if (message?.type === 'time' && message.serverMs === this.#askedMs) this.#answered(message.clientMs)
    else this.close(1008, 'not a message of this protocol')
  }

  #ask(): void {
    if (this.#over) return
    this.#askedMs = this.#clock.nowMs()
    this.send({ type: 'time', serverMs: this.#askedMs })
    this.#cancel()
    this.#cancel = this.#later(silentForMs, () => {
      this.close(1013, 'it answered nothing for 5 seconds')
    })
  }

  #answered(theirMs: number): void {
    this.#offset.add(this.#askedMs ?? 0, this.#clock.nowMs(), theirMs)
    this.#askedMs = null
    this.#answers++
    if (this.#answers === 1) this.#host.ready(this)
    this.#cancel()
    if (this.#answers < firstQuestions) this.#ask()
    else {
      this.#cancel = this.#later(questionEveryMs, () => {
        this.#ask()
      })
    }
  }

  #binary(bytes: Uint8Array): void {
    const header = readCameraHeader(bytes)
    if ('refused' in header) {
      this.close(1008, header.refused)
      return
    }
    const { kind, seq } = header
    const through = (): void => {
      if (kind === 'video') this.send({ type: 'ack', seq })
    }
    const { offset } = this
    const lost = seq - this.#lastSeq[kind] - 1
    // The first number is the browser's to choose: none is missing before it.
    const missing = this.#lastSeq[kind] < 0 ? 0 : lost
    if (missing > mostLost) {
      this.close(1008, `${String(missing)} were left out: seq counts what was captured`)
      return
    }
    const nowMs = this.#clock.nowMs()
    const atMs = offset === null ? 0 : Math.min(nowMs, header.capturedAtMs + offset.offsetMs)
    const wrong = offset === null ? 'early' : missing < 0 ? 'order' : atMs < nowMs - mostAgeMs ? 'old' : null
    if (wrong !== null || offset === null) {
      this.#host.refused(wrong ?? 'early')
      through()
      return
    }
    this.#lastSeq[kind] = seq
    const stamp = { kind: header.stamp === 'captured' ? 'browser' : 'arrival', uncertaintyMs: offset.errorMs } as const
    const payload = bytes.subarray(cameraHeaderBytes)
    this.#host.offer({ header, payload, captured: { atMs, stamp }, lost: missing, through })
  }

  #later(inMs: number, call: () => void): () => void {
    return this.#clock.at(this.#clock.nowMs() + inMs, call)
  }
}

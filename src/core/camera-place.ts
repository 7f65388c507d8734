import type { DecodeJpeg } from './adapters.js'
import { CameraClient, type CameraItem, type CameraSocket } from './camera-client.js'
import { createPictureTrack, type CameraTrack, usualBoxPx } from './camera-picture-track.js'
import { createSoundTrack } from './camera-sound-track.js'
import type { CameraWant } from './camera-wire.js'
import type { Clock } from './clock.js'
import { SaccadeError } from './errors.js'
import type { ClientSocket } from './client-socket.js'
import type { AudioWish, DecodedPicture, DecodedSound, OpenedMedium, VideoWish } from './media-source.js'
import type { CameraState } from './wire.js'

/** Of pictures, so many may be under way: enough to fill a way of 100 ms at 30 fps, too few to queue up. */
const mostUnacked = 3

type Track<Item, Wish> = CameraTrack<Item> & { readonly wish: Wish }

/**
 * The one place of a run for a browser's camera and microphone (`browser:`): a stream reads from it, a socket fills it.
 * Either may come and go: a stream without a browser waits, a second browser is told that the place is taken, and what comes
 * back goes on in the same stream.
 */
export class CameraPlace {
  /** Where people open the run's page; set by who serves it. */
  openAt: string | null = null
  readonly #clock: Clock
  readonly #tell: (text: string) => void
  readonly #sockets = new Set<CameraClient>()
  #stream: string | null = null
  #video: Track<DecodedPicture, VideoWish> | null = null
  #audio: Track<DecodedSound, AudioWish> | null = null
  #client: CameraClient | null = null
  /** People were told that it waits. */
  #invited = false
  #dropped: Record<string, number> = {}

  constructor(clock: Clock, tell: (text: string) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  /** Opens the place as a medium. @throws SaccadeError `config` where another stream has it */
  open(stream: string, jpegDecoder: () => Promise<DecodeJpeg>): OpenedMedium {
    if (this.#stream !== null && this.#stream !== stream) {
      throw new SaccadeError(`cannot open browser: again: ${this.#stream} has it, and a run takes one browser`, {
        code: 'config',
        where: 'browser:',
        remedy: `let both read ${this.#stream}`,
      })
    }
    this.#stream = stream
    return {
      live: true,
      independent: true,
      decoder: 'libjpeg-turbo, from a browser',
      durationMs: () => null,
      video: (wish, pool) => {
        const track = createPictureTrack(wish, pool, jpegDecoder(), {
          refused: this.#count,
          closed: () => {
            if (this.#video?.reader === track.reader) this.#video = null
            this.#changed()
          },
        })
        this.#video = { ...track, wish }
        this.#changed()
        return track.reader
      },
      audio: (wish) => {
        const track = createSoundTrack(wish, {
          refused: this.#count,
          closed: () => {
            if (this.#audio?.reader === track.reader) this.#audio = null
            this.#changed()
          },
        })
        this.#audio = { ...track, wish }
        this.#changed()
        return track.reader
      },
    }
  }

  /** What a stream waits for or takes; null where none does. */
  get wants(): { readonly video: boolean; readonly audio: boolean } | null {
    return this.#stream === null ? null : { video: this.#video !== null, audio: this.#audio !== null }
  }

  /** As `/state.json` tells it; null where no stream opens `browser:`. */
  state(): CameraState | null {
    const { wants } = this
    if (this.#stream === null || wants === null) return null
    const offset = this.#client?.offset ?? null
    const round = (ms: number): number => Math.round(ms * 100) / 100
    return {
      stream: this.#stream,
      ...wants,
      from: this.#client?.hello?.label ?? null,
      offsetMs: offset === null ? null : round(offset.offsetMs),
      uncertaintyMs: offset === null ? null : round(offset.errorMs),
      dropped: { ...this.#dropped },
    }
  }

  /** A browser connects. */
  join(socket: ClientSocket): CameraSocket {
    const client = new CameraClient(socket, this.#clock, {
      admit: (asking) => this.#admit(asking),
      ready: () => {
        client.send(this.#want())
      },
      offer: (item) => {
        this.#offer(item)
      },
      refused: this.#count,
      left: (leaving) => {
        this.#left(leaving)
      },
    })
    this.#sockets.add(client)
    return {
      received: (text) => {
        client.received(text)
      },
      receivedBytes: (bytes) => {
        client.receivedBytes(bytes)
      },
      // Its answers for the clock are signs of life.
      pong: () => undefined,
      gone: () => {
        client.gone()
      },
    }
  }

  /** Lets every browser go. */
  close(reason: string): void {
    this.#stream = null
    for (const client of [...this.#sockets]) client.close(1001, reason)
  }

  readonly #count = (why: string): void => {
    this.#dropped[why] = (this.#dropped[why] ?? 0) + 1
  }

  #admit(asking: CameraClient): { readonly by: string } | null {
    const before = this.#client
    if (this.#stream === null) {
      asking.close(1013, 'no stream of this run waits for a browser')
      return null
    }
    if (before !== null && before.hello?.id !== asking.hello?.id)
      return { by: before.hello?.label ?? 'another browser' }
    this.#client = asking
    this.#invited = false
    // Its socket of before may not know yet that it is gone.
    before?.send({ type: 'taken', by: asking.hello?.label ?? '' })
    before?.close(1013, 'the same browser came again')
    this.#tell(`${this.#stream}: the camera and microphone of ${asking.hello?.label ?? ''} are here`)
    return null
  }

  #left(client: CameraClient): void {
    this.#sockets.delete(client)
    if (this.#client !== client) return
    this.#client = null
    if (this.#stream === null) return
    this.#tell(`${this.#stream}: ${client.hello?.label ?? 'the browser'} has gone`)
    this.#invite()
  }

  #offer(item: CameraItem): void {
    const track = item.header.kind === 'video' ? this.#video : this.#audio
    // It was on its way when the stream closed.
    if (track === null) item.through()
    else track.offer(item)
  }

  /** A stream began to read a track, or ended. */
  #changed(): void {
    if (this.#video === null && this.#audio === null) {
      this.#stream = null
      this.#invited = false
    } else if (this.#client === null) this.#invite()
    if (this.#client?.isReady === true) this.#client.send(this.#want())
  }

  #want(): CameraWant {
    const audio = this.#audio?.wish
    return {
      type: 'want',
      video: this.#video === null ? null : { fitPx: this.#video.wish.fitPx ?? usualBoxPx },
      audio: audio === undefined ? null : { sampleRateHz: audio.sampleRateHz, samplesPerChunk: audio.samplesPerChunk },
      mostUnacked,
    }
  }

  #invite(): void {
    if (this.#invited || this.#stream === null) return
    this.#invited = true
    const where = this.openAt === null ? "open this run's page" : `open ${this.openAt}`
    this.#tell(
      `${this.#stream}: waits for a browser's camera and microphone: ${where} and press "Use this camera and microphone"`,
    )
  }
}

import type { BinaryHeader, ChannelInfo, Codec } from '../../../src/core/wire.js'
import type { Heard } from './heard.js'
import { SoundDecoder, wantedCodec } from './sound-decoder.js'
import { SoundPlayer } from './sound-player.js'

export type ListeningWorld = {
  readonly heard: (heard: Heard) => void
  /** Another codec is wanted. */
  readonly codecChanged: () => void
  /** How old is now what was captured then; null before that is known. */
  readonly ageMs: (capturedAtMs: number) => number | null
}

/** The way of the sound through the page: asked for, decoded, drawn, and played where somebody listens. */
export class Listening {
  readonly player = new SoundPlayer()
  readonly #world: ListeningWorld
  readonly #decoder: SoundDecoder
  #canDecode = SoundDecoder.canDecodeOpus
  #channel: ChannelInfo | null = null
  #delayMs: number | null = null
  #format: string | null = null

  constructor(world: ListeningWorld) {
    this.#world = world
    this.#decoder = new SoundDecoder(
      (heard) => {
        this.#heard(heard)
      },
      () => {
        this.#canDecode = false
        this.#world.codecChanged()
      },
    )
  }

  /** From capture to the ear, smoothed; null where nothing is heard. */
  get delayMs(): number | null {
    return this.player.playing ? this.#delayMs : null
  }

  /** How the sound comes here, in words. */
  get format(): string | null {
    return this.#format
  }

  /** What to ask the run for; null before a run with sound greeted, and where any codec will do. */
  get codec(): Codec | null {
    return wantedCodec(this.#channel?.codecs, this.#canDecode)
  }

  get decodedByBrowser(): number {
    return this.#decoder.decoded
  }

  /** A run says what it has: what came before was of another one. */
  greet(channels: readonly ChannelInfo[]): void {
    this.#decoder.clear()
    this.player.clear()
    this.#delayMs = this.#format = null
    this.#channel = channels.find(({ kind }) => kind === 'audio') ?? null
  }

  take(header: BinaryHeader, message: ArrayBuffer): void {
    this.#format = `${String(header.sourceWidthPx / 1000)} kHz ${header.codec === 'opus' ? 'Opus' : header.codec.toUpperCase()}`
    this.#decoder.take(header, message)
  }

  #heard(heard: Heard): void {
    this.#world.heard(heard)
    this.player.play(heard)
    const [ageMs, aheadMs] = [this.#world.ageMs(heard.capturedAtMs), this.player.aheadMs]
    if (ageMs === null || aheadMs === null) return
    this.#delayMs = this.#delayMs === null ? ageMs + aheadMs : this.#delayMs + (ageMs + aheadMs - this.#delayMs) * 0.05
  }
}

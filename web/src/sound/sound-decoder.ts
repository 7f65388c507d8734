import { type BinaryHeader, type Codec, headerBytes } from '../../../src/core/wire.js'
import type { Heard } from './heard.js'

/** What an encoder of Opus looks ahead: decoded sound is so much older than its message says. */
const opusDelayMs = 6.5

/** A browser that is busy elsewhere decodes late: rather than hear what is old, it forgets all that waits. */
const mostWaiting = 10

/** Opus where the browser can decode it: over plain http from another machine it may not, and PCM does without. */
export function wantedCodec(offered: readonly Codec[] | undefined, canDecode: boolean): Codec | null {
  if (offered === undefined) return null
  return canDecode && offered.includes('opus') ? 'opus' : offered.includes('pcm') ? 'pcm' : null
}

/** Makes samples of messages, in their order: PCM at once, Opus by the browser's own decoder. */
export class SoundDecoder {
  readonly #heard: (heard: Heard) => void
  readonly #failed: () => void
  #decoder: AudioDecoder | null = null
  #rateHz = 0
  /** Chunks of Opus that came out of the decoder. */
  decoded = 0

  /** @param failed the browser's decoder gave up: another codec has to be asked for */
  constructor(heard: (heard: Heard) => void, failed: () => void) {
    this.#heard = heard
    this.#failed = failed
  }

  static get canDecodeOpus(): boolean {
    return 'AudioDecoder' in globalThis
  }

  take({ codec, capturedAtMs, sourceWidthPx: sampleRateHz }: BinaryHeader, message: ArrayBuffer): void {
    if (codec === 'pcm') {
      const pcm = new Int16Array(message, headerBytes, (message.byteLength - headerBytes) >> 1)
      this.#heard({ capturedAtMs, sampleRateHz, samples: Float32Array.from(pcm, (sample) => sample / 32_768) })
    } else if (codec === 'opus') this.#opus(sampleRateHz, capturedAtMs, new Uint8Array(message, headerBytes))
  }

  clear(): void {
    if (this.#decoder !== null && this.#decoder.state !== 'closed') this.#decoder.close()
    this.#decoder = null
  }

  #opus(rateHz: number, capturedAtMs: number, data: Uint8Array<ArrayBuffer>): void {
    if (rateHz !== this.#rateHz || (this.#decoder?.decodeQueueSize ?? 0) > mostWaiting) this.clear()
    this.#rateHz = rateHz
    if (this.#decoder === null) {
      this.#decoder = new AudioDecoder({
        output: (audio) => {
          this.#output(audio)
        },
        error: () => {
          this.clear()
          this.#failed()
        },
      })
      this.#decoder.configure({ codec: 'opus', sampleRate: rateHz, numberOfChannels: 1 })
    }
    const timestamp = Math.round((capturedAtMs - opusDelayMs) * 1000)
    this.#decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp, data }))
  }

  #output(audio: AudioData): void {
    const samples = new Float32Array(audio.numberOfFrames)
    audio.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
    const { sampleRate: sampleRateHz, timestamp } = audio
    audio.close()
    this.decoded++
    this.#heard({ capturedAtMs: timestamp / 1000, sampleRateHz, samples })
  }
}

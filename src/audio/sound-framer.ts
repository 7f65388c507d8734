import type { Packet } from '../core/packet.js'
import type { Sound } from '../core/ports.js'

/** A stretch of sound of the length that a codec wants. */
export type SoundFrame = {
  readonly samples: Float32Array
  readonly sampleRateHz: number
  /** Of its first sample. */
  readonly capturedAtMs: number
  /** Of the packet that brought its first sample: frames of one packet have the same. */
  readonly seq: number
  /** How many packets were lost just before it. */
  readonly lost: number
  /** It does not go on where the one before it ended. */
  readonly anew: boolean
}

/** What is open: the frame that is being filled. */
type Begun = Omit<SoundFrame, 'samples'> & { readonly samples: Float32Array; readonly filled: number }

/**
 * Cuts packets of sound, of any length, into frames of one length.
 *
 *     in    -[  30 ms ]-[  30 ms ]-   x   -[ 20 ms]-
 *     out   -[20 ms]----[20|20 ms]-[rest]-[ 20 ms]-
 *
 * Samples in are samples out, in order. After a loss, a hole in time or a new life upstream it begins anew: what was begun leaves as a
 * frame of its own, shorter than the others. A packet that is just one frame goes through without a copy.
 */
export class SoundFramer {
  readonly #frameMs: number
  #begun: Begun | null = null
  #last: Packet<Sound> | null = null
  /** Where the next sample belongs. */
  #endMs = 0

  constructor(frameMs: number) {
    this.#frameMs = frameMs
  }

  take(packet: Packet<Sound>): readonly SoundFrame[] {
    const { samples, sampleRateHz } = packet.value
    const frames: SoundFrame[] = []
    const anew = this.#beginsAnew(packet)
    if (anew) frames.push(...this.flush())
    const size = Math.round((sampleRateHz * this.#frameMs) / 1000)
    const { seq } = packet
    for (let from = 0; from < samples.length;) {
      const first = from === 0
      const begun: Begun = this.#begun ?? {
        samples: first && samples.length === size ? samples : new Float32Array(size),
        filled: 0,
        sampleRateHz,
        capturedAtMs: packet.capturedAtMs + (from * 1000) / sampleRateHz,
        seq,
        lost: first ? packet.lost : 0,
        anew: first && anew,
      }
      const part = samples.subarray(from, from + size - begun.filled)
      if (begun.samples !== samples) begun.samples.set(part, begun.filled)
      from += part.length
      this.#begun = { ...begun, filled: begun.filled + part.length }
      if (this.#begun.filled === size) frames.push(...this.flush())
    }
    this.#last = packet
    this.#endMs = packet.capturedAtMs + (samples.length * 1000) / sampleRateHz
    return frames
  }

  /** What was begun, if anything. */
  flush(): readonly SoundFrame[] {
    if (this.#begun === null) return []
    const { filled, samples, ...rest } = this.#begun
    this.#begun = null
    return [{ ...rest, samples: samples.subarray(0, filled) }]
  }

  #beginsAnew({ lost, epoch, origin, value, capturedAtMs }: Packet<Sound>): boolean {
    const last = this.#last
    if (last === null || lost > 0 || epoch !== last.epoch || origin.name !== last.origin.name) return true
    // Stamps of arrival are not even: less than a frame is no hole.
    return value.sampleRateHz !== last.value.sampleRateHz || Math.abs(capturedAtMs - this.#endMs) >= this.#frameMs
  }
}

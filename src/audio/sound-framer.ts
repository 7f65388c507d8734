import type { Packet, StampKind } from '../core/packet.js'
import type { Sound } from '../core/ports.js'
import { createResampler, type Resampler } from './resampler.js'

/** A stretch of sound of the length and at the rate that a codec wants. */
export type SoundFrame = {
  readonly samples: Float32Array
  readonly sampleRateHz: number
  /** Of its first sample. */
  readonly capturedAtMs: number
  /** Of the packet that brought its first sample: frames of one packet have the same. */
  readonly seq: number
  readonly stamp: StampKind
  /** How many packets were lost just before it. */
  readonly lost: number
}

/** The frame that is being filled. */
type Begun = SoundFrame & { readonly filled: number }

/** A sound without a break: how it is resampled, and how many samples came and left since it began. */
type Stretch = { readonly resampler: Resampler; readonly rateHz: number; came: number; left: number }

/**
 * Cuts packets of sound, of any length and rate, into frames of one length at the rate that is wanted.
 *
 *     in    -[  30 ms ]-[  30 ms ]-   x   -[ 20 ms]-
 *     out   -[20 ms]----[20|20 ms]-[rest]-[ 20 ms]-
 *
 * Samples in are samples out, in order. After a loss, a hole in time or a new life upstream it begins anew: what was begun leaves as a
 * frame of its own, shorter than the others. A packet that is just one frame at its own rate goes through without a copy.
 */
export class SoundFramer {
  readonly #frameMs: number
  readonly #rateFor: (rateHz: number) => number
  #begun: Begun | null = null
  #stretch: Stretch | null = null
  #last: Packet<Sound> | null = null

  /** @param rateFor the rate of the frames, in whole Hz, for that of the sound */
  constructor(frameMs: number, rateFor: (rateHz: number) => number) {
    this.#frameMs = frameMs
    this.#rateFor = rateFor
  }

  take(packet: Packet<Sound>): readonly SoundFrame[] {
    const { capturedAtMs, seq, stamp, value } = packet
    const frames: SoundFrame[] = []
    if (this.#beginsAnew(packet)) {
      frames.push(...this.flush())
      this.#stretch = null
    }
    this.#last = packet
    const stretch = (this.#stretch ??= this.#begin(value.sampleRateHz))
    const { rateHz, resampler } = stretch
    const samples = resampler.take(value.samples)
    // Where the rates do not divide each other, the first sample lies a little behind the packet's.
    const behindMs = (stretch.left * 1000) / rateHz - (stretch.came * 1000) / value.sampleRateHz - resampler.delayMs
    stretch.came += value.samples.length
    stretch.left += samples.length
    const size = Math.round((rateHz * this.#frameMs) / 1000)
    for (let from = 0; from < samples.length;) {
      const first = from === 0
      const begun: Begun = this.#begun ?? {
        samples: first && samples.length === size ? samples : new Float32Array(size),
        filled: 0,
        sampleRateHz: rateHz,
        capturedAtMs: capturedAtMs + behindMs + (from * 1000) / rateHz,
        seq,
        stamp: stamp.kind,
        lost: first ? packet.lost : 0,
      }
      const part = samples.subarray(from, from + size - begun.filled)
      if (begun.samples !== samples) begun.samples.set(part, begun.filled)
      from += part.length
      this.#begun = { ...begun, filled: begun.filled + part.length }
      if (this.#begun.filled === size) frames.push(...this.flush())
    }
    return frames
  }

  /** What was begun, if anything. */
  flush(): readonly SoundFrame[] {
    if (this.#begun === null) return []
    const { filled, samples, ...rest } = this.#begun
    this.#begun = null
    return [{ ...rest, samples: samples.subarray(0, filled) }]
  }

  #begin(fromHz: number): Stretch {
    const rateHz = this.#rateFor(fromHz)
    return { resampler: createResampler(fromHz, rateHz), rateHz, came: 0, left: 0 }
  }

  #beginsAnew({ lost, epoch, origin, value, capturedAtMs }: Packet<Sound>): boolean {
    const last = this.#last
    if (last === null || lost > 0 || epoch !== last.epoch || origin.name !== last.origin.name) return true
    const { sampleRateHz, samples } = last.value
    const endMs = last.capturedAtMs + (samples.length * 1000) / sampleRateHz
    // Stamps of arrival are not even: less than a frame is no hole.
    return value.sampleRateHz !== sampleRateHz || Math.abs(capturedAtMs - endMs) >= this.#frameMs
  }
}

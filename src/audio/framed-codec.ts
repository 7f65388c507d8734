import type { SoundCodec, SoundEncoder } from '../core/sound-encoder.js'
import { pcm16 } from './pcm16.js'
import { SoundFramer } from './sound-framer.js'

/** What Opus is at its best with, and what `media` gives. */
const frameMs = 20

/** Writes frames in their order. */
export type FrameWriter = {
  /** @param pcm 20 ms; shorter where the sound breaks off */
  readonly write: (pcm: Int16Array<ArrayBuffer>, sampleRateHz: number) => Uint8Array
  readonly close?: () => void
}

/** A codec whose messages are 20 ms each, at the rate that `rateFor` gives for that of the sound. */
export function framedCodec(
  codec: SoundCodec['codec'],
  rateFor: (rateHz: number) => number,
  open: () => FrameWriter | Promise<FrameWriter>,
): SoundCodec {
  const encoderOf = ({ write, close }: FrameWriter): SoundEncoder => {
    const framer = new SoundFramer(frameMs, rateFor)
    return {
      encode: (packet) =>
        framer.take(packet).map(({ samples, sampleRateHz, ...times }) => ({
          header: { ...times, codec, quality: 0, sourceWidthPx: sampleRateHz, sourceHeightPx: 1 },
          payload: write(pcm16(samples), sampleRateHz),
        })),
      ...(close === undefined ? {} : { close }),
    }
  }
  return {
    codec,
    open: () => {
      const writer = open()
      return 'then' in writer ? writer.then(encoderOf) : encoderOf(writer)
    },
  }
}

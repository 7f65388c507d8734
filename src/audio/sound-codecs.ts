import {
  type Adapters,
  type CreateOpusEncoder,
  type OpusEncoder,
  type OpusRate,
  opusRatesHz,
} from '../core/adapters.js'
import type { SoundCodec } from '../core/sound-encoder.js'
import { framedCodec, type FrameWriter } from './framed-codec.js'
import { alaw, type CompandingLaw, mulaw } from './g711.js'

/** G.711 is defined for this rate, and others' decoders take it for granted. */
const telephoneRateHz = 8000

/** All codecs that sound can be sent in on this machine; PCM, which everyone can play, first. */
export function soundCodecs({ opusEncoders }: Pick<Adapters, 'opusEncoders'>): readonly SoundCodec[] {
  const telephone = (): number => telephoneRateHz
  return [
    framedCodec('pcm', (rateHz) => rateHz, openPcm),
    ...(opusEncoders === null ? [] : [framedCodec('opus', opusRateFor, async () => openOpus(await opusEncoders()))]),
    framedCodec('mulaw', telephone, () => openG711(mulaw)),
    framedCodec('alaw', telephone, () => openG711(alaw)),
  ]
}

/** The lowest rate of Opus that loses nothing. */
function opusRateFor(rateHz: number): OpusRate {
  return opusRatesHz.find((rate) => rate >= rateHz) ?? 48_000
}

function openPcm(): FrameWriter {
  return { write: (pcm) => new Uint8Array(pcm.buffer) }
}

function openG711({ encode }: CompandingLaw): FrameWriter {
  return { write: (pcm) => Uint8Array.from(pcm, encode) }
}

/** One encoder, which goes on over a break in the sound: whoever decodes has heard the same past. Another rate is another sound. */
function openOpus(create: CreateOpusEncoder): FrameWriter {
  let current: { readonly encoder: OpusEncoder; readonly rateHz: number } | null = null
  return {
    write: (pcm, rateHz) => {
      if (current?.rateHz !== rateHz) {
        current?.encoder.close()
        current = { encoder: create(opusRateFor(rateHz)), rateHz }
      }
      return current.encoder.encode(pcm)
    },
    close: () => {
      current?.encoder.close()
      current = null
    },
  }
}

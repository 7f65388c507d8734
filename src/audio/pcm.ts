import type { SoundCodec } from '../core/sound-encoder.js'

/** Samples of −1 to 1 as 16 bits, little endian; louder ones are cut. */
export function pcmOf(samples: Float32Array): Int16Array<ArrayBuffer> {
  const pcm = new Int16Array(samples.length)
  for (let i = 0; i < samples.length; i++) pcm[i] = Math.max(-1, Math.min(1, samples[i] ?? 0)) * 32_767
  return pcm
}

/** PCM of 16 bits, mono, at the rate of the source: one message for each packet. */
export const pcm: SoundCodec = {
  codec: 'pcm',
  open: () => ({
    encode: (packet) => {
      const { seq, lost, capturedAtMs, stamp, value } = packet
      return [
        {
          header: {
            seq,
            lost,
            capturedAtMs,
            stamp: stamp.kind,
            codec: 'pcm',
            quality: 0,
            sourceWidthPx: value.sampleRateHz,
            sourceHeightPx: 1,
          },
          payload: new Uint8Array(pcmOf(value.samples).buffer),
        },
      ]
    },
  }),
}

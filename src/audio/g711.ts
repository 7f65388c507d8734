/** One law of G.711: a sample of 16 bits as 8, and back. */
export type CompandingLaw = {
  /** @param sample 16 bits, −32768..32767 */
  readonly encode: (sample: number) => number
  /** @param code 8 bits, 0..255 */
  readonly decode: (code: number) => number
}

/**
 * µ-law, as in North America and Japan (ITU-T G.711, table 2): 8 segments of 16 steps, each twice as wide as the one before.
 * Negative samples are mirrored by one's complement and magnitudes are 14 bits, as in the ITU's own program (G.191).
 */
export const mulaw: CompandingLaw = lawOf(
  (sample) => {
    const magnitude = Math.min(8158, (sample < 0 ? ~sample : sample) >> 2) + 33
    const segment = 26 - Math.clz32(magnitude)
    const code = (segment << 4) | ((magnitude >> (segment + 1)) & 15)
    return code ^ (sample < 0 ? 0x7f : 0xff)
  },
  (code) => {
    const inverse = code ^ 0xff
    const magnitude = (((inverse & 15) * 2 + 33) << ((inverse >> 4) & 7)) - 33
    return (inverse & 0x80) === 0 ? magnitude * 4 : -magnitude * 4
  },
)

/** A-law, as in the rest of the world (ITU-T G.711, table 1): magnitudes of 13 bits, and every second bit of a code inverted. */
export const alaw: CompandingLaw = lawOf(
  (sample) => {
    const magnitude = (sample < 0 ? ~sample : sample) >> 4
    const segment = Math.max(0, 28 - Math.clz32(magnitude))
    const code = (segment << 4) | ((magnitude >> Math.max(0, segment - 1)) & 15)
    return code ^ (sample < 0 ? 0x55 : 0xd5)
  },
  (code) => {
    const plain = code ^ 0x55
    const segment = (plain >> 4) & 7
    const step = (plain & 15) * 16 + 8
    const magnitude = segment === 0 ? step : (step + 256) << (segment - 1)
    return (plain & 0x80) === 0 ? -magnitude : magnitude
  },
)

/** Decoding is looked up: 256 answers. */
function lawOf(encode: CompandingLaw['encode'], expand: CompandingLaw['decode']): CompandingLaw {
  const answers = Int16Array.from({ length: 256 }, (_, code) => expand(code))
  return { encode, decode: (code) => answers[code & 0xff] ?? 0 }
}

import type { SoundPiece } from '../live/recording.js'

/** Pieces that come so much earlier or later than they should are still taken as one sound. */
const jitterMs = 30

/**
 * Pieces of sound as one WAV file of 16 bits, mono, from one time to another: what was lost is silent, so that the rest stays
 * where it was heard.
 *
 * @returns null without sound in that time
 */
export function waveFile(
  pieces: readonly SoundPiece[],
  fromMs: number,
  untilMs: number,
): Uint8Array<ArrayBuffer> | null {
  const rateHz = pieces[pieces.length - 1]?.rateHz
  if (rateHz === undefined || untilMs <= fromMs) return null
  const samples = new Int16Array(Math.round(((untilMs - fromMs) * rateHz) / 1000))
  let [heard, nextAt] = [false, -Infinity]
  for (const { atMs, pcm, rateHz: own } of pieces) {
    if (own !== rateHz) continue
    const told = Math.round(((atMs - fromMs) * rateHz) / 1000)
    const at = Math.abs(told - nextAt) <= (jitterMs * rateHz) / 1000 ? nextAt : told
    nextAt = at + pcm.length
    const [first, last] = [Math.max(0, -at), Math.min(pcm.length, samples.length - at)]
    if (first >= last) continue
    samples.set(pcm.subarray(first, last), at + first)
    heard = true
  }
  return heard ? withHeader(samples, rateHz) : null
}

/** RIFF, `fmt ` and `data`, as Microsoft wrote it down in 1991. */
function withHeader(samples: Int16Array, rateHz: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(44 + samples.byteLength)
  const view = new DataView(file.buffer)
  const word = (at: number, text: string): void => {
    for (let i = 0; i < 4; i++) view.setUint8(at + i, text.charCodeAt(i))
  }
  word(0, 'RIFF')
  view.setUint32(4, 36 + samples.byteLength, true)
  word(8, 'WAVE')
  word(12, 'fmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rateHz, true)
  view.setUint32(28, rateHz * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  word(36, 'data')
  view.setUint32(40, samples.byteLength, true)
  for (let i = 0; i < samples.length; i++) view.setInt16(44 + 2 * i, samples[i] ?? 0, true)
  return file
}

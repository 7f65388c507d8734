/** Samples of −1..1 as 16 bits: what was 16 bits before, divided by 32768, comes out the same. Louder is clipped. */
export function pcm16(samples: Float32Array): Int16Array<ArrayBuffer> {
  const pcm = new Int16Array(samples.length)
  for (let i = 0; i < samples.length; i++) {
    pcm[i] = Math.max(-32_768, Math.min(32_767, Math.round((samples[i] ?? 0) * 32_768)))
  }
  return pcm
}

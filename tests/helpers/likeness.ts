/**
 * How much one sound is another that is late by up to so many samples: the correlation where it is largest, how late that is, and
 * the signal-to-noise ratio there in dB.
 */
export function likeness(
  sent: Float32Array,
  heard: Float32Array,
  upToSamples: number,
): { readonly correlation: number; readonly lateSamples: number; readonly snrDb: number } {
  let best = { correlation: -1, lateSamples: 0, snrDb: -Infinity }
  for (let late = 0; late <= upToSamples; late++) {
    const count = Math.min(sent.length, heard.length - late)
    let [both, own, other, noise] = [0, 0, 0, 0]
    for (let n = 0; n < count; n++) {
      const [a, b] = [sent[n] ?? 0, heard[n + late] ?? 0]
      both += a * b
      own += a * a
      other += b * b
      noise += (a - b) ** 2
    }
    const correlation = both / Math.sqrt(own * other)
    if (correlation > best.correlation) best = { correlation, lateSamples: late, snrDb: 10 * Math.log10(own / noise) }
  }
  return best
}

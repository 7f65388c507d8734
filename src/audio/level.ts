/** How loud a stretch of sound is, against full scale (a sample of 1): 0 dBFS is a square wave of full scale. */
export type Level = {
  readonly rmsDbfs: number
  readonly peakDbfs: number
}

/** The least level: 16 bits hold nothing below −96. Silence has this instead of −∞, which JSON cannot write. */
export const floorDbfs = -100

/** The level of samples of −1..1: 20·log10 of the root mean square and of the largest. Both are {@link floorDbfs} at least. */
export function levelOf(samples: Float32Array): Level {
  let squares = 0
  let peak = 0
  for (const sample of samples) {
    squares += sample * sample
    peak = Math.max(peak, Math.abs(sample))
  }
  return { rmsDbfs: decibels(Math.sqrt(squares / Math.max(1, samples.length))), peakDbfs: decibels(peak) }
}

function decibels(amplitude: number): number {
  return Math.max(floorDbfs, 20 * Math.log10(amplitude))
}

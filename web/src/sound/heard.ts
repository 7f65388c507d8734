/** A stretch of sound as it can be drawn and played: mono, −1..1. Times are the run's. */
export type Heard = {
  /** Of its first sample. */
  readonly capturedAtMs: number
  readonly sampleRateHz: number
  readonly samples: Float32Array
}

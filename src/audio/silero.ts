import type { InferenceJob, TensorLike } from '../core/inference.js'

/** A window of 32 ms at 16 kHz and what came before it. The worker keeps nothing, so a restart loses nothing. */
export type SileroInput = {
  /** 512 samples, −1..1. */
  readonly samples: Float32Array
  /** The 64 samples before them; zeros at the start. */
  readonly context: Float32Array
  /** The 256 numbers that the last window gave; zeros at the start. */
  readonly state: Float32Array
}

export type SileroResult = {
  /** That someone speaks in this window, 0 to 1. */
  readonly probability: number
  /** To hand in with the next window. */
  readonly state: Float32Array
}

const windowSamples = 512
const contextSamples = 64
const stateSize = 256
const sampleRateHz = 16_000n

/**
 * Tells speech from other sound with Silero VAD v5, one window at a time, 16 kHz mono.
 *
 * Version 5 wants the last 64 samples before the window in front of it (snakers4/silero-vad, utils_vad.py, OnnxWrapper).
 *
 * @throws RangeError when one of the three arrays has another length
 */
export const job: InferenceJob<SileroInput, SileroResult> = createJob()

function createJob(): InferenceJob<SileroInput, SileroResult> {
  const window = new Float32Array(contextSamples + windowSamples)
  const state = new Float32Array(stateSize)
  const tensors = {
    input: { type: 'float32', dims: [1, window.length], data: window },
    state: { type: 'float32', dims: [2, 1, 128], data: state },
    sr: { type: 'int64', dims: [], data: BigInt64Array.of(sampleRateHz) },
  } as const
  return {
    inputs: [
      { name: 'input', type: 'float32', dims: [null, null] },
      { name: 'state', type: 'float32', dims: [2, null, 128] },
      { name: 'sr', type: 'int64', dims: [] },
    ],
    outputs: [
      { name: 'output', type: 'float32', dims: [null, 1] },
      { name: 'stateN', type: 'float32', dims: [null, null, null] },
    ],
    example: () => ({
      samples: new Float32Array(windowSamples),
      context: new Float32Array(contextSamples),
      state: new Float32Array(stateSize),
    }),
    prepare: (input) => {
      window.set(ofLength(contextSamples, 'context', input.context), 0)
      window.set(ofLength(windowSamples, 'samples', input.samples), contextSamples)
      state.set(ofLength(stateSize, 'state', input.state))
      return tensors
    },
    finish: (outputs) => ({
      probability: reals(outputs['output'])[0] ?? NaN,
      // A copy: the tensor must not be kept, and it may lie in a larger buffer.
      state: reals(outputs['stateN']).slice(),
    }),
  }
}

function ofLength(length: number, name: string, numbers: Float32Array): Float32Array {
  if (numbers.length === length) return numbers
  throw new RangeError(
    `cannot judge the window as ${name} must have ${String(length)} numbers: it has ${String(numbers.length)}`,
  )
}

function reals(tensor: TensorLike | undefined): Float32Array {
  return tensor?.data instanceof Float32Array ? tensor.data : new Float32Array(0)
}

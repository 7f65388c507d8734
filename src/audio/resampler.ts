/** Gives a sound at another sample rate. */
export type Resampler = {
  /** The next samples, of any number; what is not yet enough for an output waits for the next call. */
  readonly take: (samples: Float32Array) => Float32Array
  /** How much later an output leaves than the sound that it stands for. */
  readonly delayMs: number
}

/** Zero crossings of the sinc on each side: the transition is 0.85 to 1.15 of the lower half rate (to 8 kHz: 3.4 to 4.6 kHz). */
const crossings = 15
/** Kaiser: 72 dB in the stop band; a word of G.711 holds 38. */
const beta = 7

/**
 * From one whole sample rate to another, by a polyphase FIR: a sinc under a Kaiser window, 6 dB down at the half of the lower rate.
 * From 16 to 8 kHz it is a half-band filter of 61 coefficients, and the delay is 1.9 ms.
 */
export function createResampler(fromHz: number, toHz: number): Resampler {
  if (fromHz === toHz) return { take: (samples) => samples, delayMs: 0 }
  const divisor = greatestCommonDivisor(fromHz, toHz)
  const [up, down] = [toHz / divisor, fromHz / divisor]
  const cutOff = Math.min(1, up / down)
  const half = Math.ceil(crossings / cutOff)
  const width = 2 * half + 1
  const phases: (Float64Array | undefined)[] = []
  // Before the first sample it was silent: the first output stands in the middle of the window.
  let waiting = new Float32Array(width - 1)
  /** Inputs that went by before those that wait, and outputs so far. */
  let [passed, given] = [0, 0]
  return {
    delayMs: (half * 1000) / fromHz,
    take(samples) {
      const all = new Float32Array(waiting.length + samples.length)
      all.set(waiting)
      all.set(samples, waiting.length)
      const inputs = passed + samples.length + waiting.length - (width - 1)
      const out = new Float32Array(Math.ceil((inputs * up) / down) - given)
      for (let n = 0; n < out.length; n++, given++) {
        const phase = (given * down) % up
        const coefficients = (phases[phase] ??= kernel(half, phase / up, cutOff))
        const from = Math.floor((given * down) / up) - passed
        let sum = 0
        for (let k = 0; k < width; k++) sum += (coefficients[k] ?? 0) * (all[from + k] ?? 0)
        out[n] = sum
      }
      const used = Math.min(all.length, Math.floor((given * down) / up) - passed)
      passed += used
      waiting = all.slice(used)
      return out
    },
  }
}

/** The coefficients for an output that lies so much of a sample behind the middle one. Their sum is 1. */
function kernel(half: number, fraction: number, cutOff: number): Float64Array {
  const raw = Float64Array.from({ length: 2 * half + 1 }, (_, n) => {
    const at = n - half - fraction
    const x = Math.PI * at * cutOff
    return (x === 0 ? 1 : Math.sin(x) / x) * bessel(beta * Math.sqrt(Math.max(0, 1 - (at / half) ** 2)))
  })
  // Beyond the window it is zero, and not the small rest of its edge.
  if (fraction > 0) raw[0] = 0
  const sum = raw.reduce((total, one) => total + one, 0)
  return raw.map((one) => one / sum)
}

/** The modified Bessel function of the first kind and order zero, by its power series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1]
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

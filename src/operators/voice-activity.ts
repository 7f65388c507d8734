import { z } from 'zod'
import { defineOperator } from '../core/define.js'
import { holdModel } from '../core/hold-model.js'
import type { JobInput } from '../core/inference.js'
import type { Packet } from '../core/packet.js'
import { soundPort, type Sound, type Voice, voicePort } from '../core/ports.js'
import { duration } from '../core/units.js'
import { byOrigin } from './by-origin.js'
import { modelWords } from './model-options.js'

const options = z.strictObject({
  threshold: z.number().min(0).max(1).default(0.5).describe('speech begins at this probability, 0 to 1'),
  release: z.number().min(0).max(1).default(0.35).describe('speech goes on above this probability'),
  hangover: duration().prefault('250ms').describe('speech ends after so long below it'),
  model: z.string().default('silero-vad-v5').describe('a model of the package, or a path of a Silero v5 .onnx'),
  ...modelWords,
})

/** The model sees windows of 512 samples at 16 kHz, with 64 of context before them. */
const windowSamples = 512
const contextSamples = 64
const stateSize = 256
const sampleRateHz = 16_000

type VoiceInput = JobInput & {
  readonly samples: Float32Array
  readonly context: Float32Array
  readonly state: Float32Array
}
type VoiceOutput = { readonly probability: number; readonly state: Float32Array }

/** Whether someone speaks, of probabilities in order: hysteresis and hangover. */
export function createSpeechGate(settings: {
  readonly threshold: number
  readonly release: number
  readonly hangover: number
}): (probability: number, windowMs: number) => boolean {
  let speaking = false
  let quietMs = 0
  return (probability, windowMs) => {
    if (probability >= settings.threshold) speaking = true
    quietMs = probability >= settings.release ? 0 : quietMs + windowMs
    if (quietMs > settings.hangover) speaking = false
    return speaking
  }
}

/** What is kept of one microphone between chunks. */
function createListener(settings: z.output<typeof options>, run: (input: VoiceInput) => Promise<VoiceOutput>) {
  const gate = createSpeechGate(settings)
  const windowMs = (windowSamples / sampleRateHz) * 1000
  let pending = new Float32Array(windowSamples)
  let filled = 0
  let context = new Float32Array(contextSamples)
  let state: Float32Array = new Float32Array(stateSize)
  let voice = { probability: 0, speaking: false }
  return {
    /** After a gap in the sound the model starts anew: what it heard is not what came before. */
    reset(): void {
      filled = 0
      context = new Float32Array(contextSamples)
      state = new Float32Array(stateSize)
    },
    async hear(samples: Float32Array): Promise<Voice> {
      for (let from = 0; from < samples.length;) {
        const taken = samples.subarray(from, from + windowSamples - filled)
        pending.set(taken, filled)
        filled += taken.length
        from += taken.length
        if (filled < windowSamples) break
        const window = pending
        const answer = await run({ samples: window, context, state })
        state = answer.state
        context = window.slice(windowSamples - contextSamples)
        pending = new Float32Array(windowSamples)
        filled = 0
        voice = { probability: answer.probability, speaking: gate(answer.probability, windowMs) }
      }
      return voice
    },
  }
}

/**
 * Says how probable speech is, with Silero in a worker thread: for each chunk, as of the last full window of 32 ms.
 *
 *     in    -s-s-s-s-s-s-    20 ms of 16 kHz mono
 *     out   -v-v-v-v-v-v-    {probability, speaking}
 *
 * One for one, in order; completes after the run in flight. A gap in the sound starts the model's memory anew.
 *
 * @example
 * media('demo:demo.mp4').audio$.pipe(voiceActivity({ threshold: 0.5 }))
 * @throws SaccadeError `model`, `missing`
 */
export const voiceActivity = defineOperator({
  name: 'voice-activity',
  summary: 'Says how probable speech is, with Silero in a worker thread.',
  input: soundPort,
  output: voicePort,
  options,
  changeable: ['threshold', 'release', 'hangover'],
  main: 'threshold',
  example: { threshold: 0.5, hangover: '250ms' },
  reads: () => ({ sound: { sampleRateHz } }),
  inSequence: true,
  infers: true,
  work: (settings, context) => {
    const { run, by, open, close } = holdModel<VoiceInput, VoiceOutput>(context, {
      ...settings,
      name: settings.model,
      version: 'v5',
      job: 'audio/silero',
    })
    const listeners = byOrigin(() => createListener(settings, run))
    const hear = async (sound: Sound, { packet }: { readonly packet: Packet<Sound> }): Promise<Voice> => {
      const { state: listener } = listeners(packet)
      if (packet.lost > 0) listener.reset()
      const voice = await listener.hear(sound.samples)
      return { ...voice, by: by() }
    }
    return Object.assign(hear, { open, close })
  },
})

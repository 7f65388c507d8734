import type { CameraWant } from '../../../src/core/camera-wire.js'
import { SampleClock } from './sample-clock.js'
import worklet from './sound-worklet.ts?worker&url'

export type CapturedChunk = {
  /** +1 for each chunk that was captured. */
  readonly seq: number
  /** Of its first sample, on the page's clock. */
  readonly capturedAtMs: number
  readonly pcm: ArrayBuffer
}

type Posted = { readonly firstSample: number; readonly pcm: ArrayBuffer }

/**
 * Calls for each chunk of sound, resampled by the browser, mono. Returns how to stop.
 *
 * @throws where the browser cannot resample a microphone (Firefox, at rates other than its own)
 */
export async function captureSound(
  stream: MediaStream,
  { sampleRateHz, samplesPerChunk }: NonNullable<CameraWant['audio']>,
  take: (chunk: CapturedChunk) => void,
): Promise<() => void> {
  const context = new AudioContext({ sampleRate: sampleRateHz, latencyHint: 'interactive' })
  const stop = (): void => void context.close().catch(() => undefined)
  try {
    await context.audioWorklet.addModule(worklet)
    const node = new AudioWorkletNode(context, 'chunks', {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
      processorOptions: { samplesPerChunk },
    })
    context.createMediaStreamSource(stream).connect(node)
    const clock = new SampleClock(sampleRateHz)
    const latencyMs = latencyOf(stream)
    node.port.onmessage = ({ data }: MessageEvent<Posted>) => {
      const { firstSample, pcm } = data
      const takenMs = clock.came(firstSample, samplesPerChunk, performance.now()) - latencyMs
      take({ seq: Math.floor(firstSample / samplesPerChunk), capturedAtMs: takenMs, pcm })
    }
  } catch (error) {
    stop()
    throw error
  }
  // Without a click of its user a page may have to wait for one before it hears.
  const wake = (): void => void context.resume().catch(() => undefined)
  wake()
  addEventListener('pointerdown', wake, { once: true })
  return () => {
    removeEventListener('pointerdown', wake)
    stop()
  }
}

/** How late the driver hands sound over, where it says so. */
function latencyOf(stream: MediaStream): number {
  const settings = stream.getAudioTracks()[0]?.getSettings() as { readonly latency?: number } | undefined
  return (settings?.latency ?? 0) * 1000
}

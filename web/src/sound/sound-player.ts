import type { Heard } from './heard.js'
import { JitterBuffer } from './jitter-buffer.js'

/**
 * Plays sound as it comes, each stretch at its time, by plain buffers: worklets need a secure page, and a phone that opened the run's
 * plain address has none. Silent until somebody asks, as browsers want a click.
 */
export class SoundPlayer {
  #context: AudioContext | null = null
  #buffer = new JitterBuffer()
  #planned = new Set<AudioBufferSourceNode>()
  #aheadMs: number | null = null

  get listening(): boolean {
    return this.#context !== null
  }

  /** Whether the browser plays: it may wait for another click. */
  get playing(): boolean {
    return this.#context?.state === 'running'
  }

  /** From now until the newest sound is heard, with what the device takes; null before there is any. */
  get aheadMs(): number | null {
    if (this.#context === null || this.#aheadMs === null) return null
    // Not every browser knows it.
    const deviceMs = (this.#context.outputLatency as number | undefined) ?? this.#context.baseLatency
    return this.#aheadMs + deviceMs * 1000
  }

  get interruptions(): number {
    return this.#buffer.interruptions
  }

  /** To be called in a click. */
  listen(): void {
    this.#context ??= new AudioContext({ latencyHint: 'interactive' })
    void this.#context.resume()
  }

  mute(): void {
    void this.#context?.close()
    this.#context = null
    this.clear()
  }

  /** What comes now is of another run. */
  clear(): void {
    this.#drop()
    this.#buffer = new JitterBuffer()
    this.#aheadMs = null
  }

  play({ capturedAtMs, sampleRateHz, samples }: Heard): void {
    const context = this.#context
    if (context?.state !== 'running' || samples.length === 0) return
    const nowMs = context.currentTime * 1000
    const slot = this.#buffer.take({ fromMs: capturedAtMs, lastsMs: (samples.length * 1000) / sampleRateHz }, nowMs)
    if (slot === null) return
    if (slot.anew) this.#drop()
    this.#aheadMs = slot.atMs - nowMs
    const source = context.createBufferSource()
    source.buffer = context.createBuffer(1, samples.length, sampleRateHz)
    source.buffer.getChannelData(0).set(samples)
    source.playbackRate.value = slot.rate
    source.connect(context.destination)
    source.onended = () => this.#planned.delete(source)
    source.start(slot.atMs / 1000)
    this.#planned.add(source)
  }

  #drop(): void {
    for (const source of this.#planned) source.disconnect()
    this.#planned.clear()
  }
}

/** What an AudioWorklet finds around it; the DOM's types do not know it. */
declare const currentFrame: number
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare function registerProcessor(
  name: string,
  processor: new (options: {
    readonly processorOptions: { readonly samplesPerChunk: number }
  }) => AudioWorkletProcessor,
): void

/** Gathers mono samples into chunks of PCM and posts each with the number of its first sample. */
class Chunks extends AudioWorkletProcessor {
  readonly #samplesPerChunk: number
  #chunk: Int16Array<ArrayBuffer>
  #filled = 0
  #firstSample = 0

  constructor({ processorOptions }: { readonly processorOptions: { readonly samplesPerChunk: number } }) {
    super()
    this.#samplesPerChunk = processorOptions.samplesPerChunk
    this.#chunk = new Int16Array(this.#samplesPerChunk)
  }

  process([input]: readonly (readonly Float32Array[])[]): boolean {
    const channel = input?.[0]
    if (channel === undefined) return true
    for (let i = 0; i < channel.length; i++) {
      if (this.#filled === 0) this.#firstSample = currentFrame + i
      this.#chunk[this.#filled++] = Math.max(-1, Math.min(1, channel[i] ?? 0)) * 32_767
      if (this.#filled < this.#samplesPerChunk) continue
      const { buffer } = this.#chunk
      this.port.postMessage({ firstSample: this.#firstSample, pcm: buffer }, [buffer])
      this.#chunk = new Int16Array(this.#samplesPerChunk)
      this.#filled = 0
    }
    return true
  }
}

registerProcessor('chunks', Chunks)

/** One step of the drawn sound. */
export const binMs = 5

/** The loudest and the quietest sample of every 5 ms, and when somebody spoke, over the last seconds. Times are the run's. */
export class SoundHistory {
  readonly spanMs: number
  readonly #low: Float32Array
  readonly #high: Float32Array
  readonly #bins: number
  #newestBin = -Infinity
  #speech: { fromMs: number; untilMs: number }[] = []
  #voiceMs = -Infinity

  constructor(spanMs: number) {
    this.spanMs = spanMs
    this.#bins = Math.ceil(spanMs / binMs) + 1
    this.#low = new Float32Array(this.#bins)
    this.#high = new Float32Array(this.#bins)
  }

  /** @param samples mono, −1..1 */
  addSound(capturedAtMs: number, rateHz: number, samples: Float32Array): void {
    const perBin = Math.max(1, Math.round((rateHz * binMs) / 1000))
    const firstBin = Math.round(capturedAtMs / binMs)
    for (let start = 0, bin = firstBin; start < samples.length; start += perBin, bin++) {
      let [low, high] = [0, 0]
      const end = Math.min(start + perBin, samples.length)
      for (let i = start; i < end; i++) {
        const sample = samples[i] ?? 0
        if (sample < low) low = sample
        if (sample > high) high = sample
      }
      this.#put(bin, low, high)
    }
  }

  /** How sure the stage is that somebody speaks, drawn where no sound comes to the page. */
  addLevel(capturedAtMs: number, level: number): void {
    const bin = Math.round(capturedAtMs / binMs)
    const half = Math.min(1, Math.max(0, level)) * 0.8
    // Voice comes every 20 to 32 ms: what lies between holds the value.
    const from = (bin - this.#newestBin) * binMs < 80 ? this.#newestBin + 1 : bin
    for (let b = from; b <= bin; b++) this.#put(b, -half, half)
  }

  addVoice(capturedAtMs: number, speaking: boolean): void {
    const gapMs = capturedAtMs - this.#voiceMs
    this.#voiceMs = capturedAtMs
    const last = this.#speech[this.#speech.length - 1]
    if (speaking) {
      if (last !== undefined && gapMs < 200 && capturedAtMs - last.untilMs <= gapMs + 1) last.untilMs = capturedAtMs
      else this.#speech.push({ fromMs: capturedAtMs, untilMs: capturedAtMs })
    }
    const oldest = capturedAtMs - this.spanMs
    if ((this.#speech[0]?.untilMs ?? Infinity) < oldest)
      this.#speech = this.#speech.filter(({ untilMs }) => untilMs >= oldest)
  }

  clear(): void {
    this.#low.fill(0)
    this.#high.fill(0)
    this.#newestBin = -Infinity
    this.#speech = []
    this.#voiceMs = -Infinity
  }

  /** End of the newest step; null before the first. */
  get newestMs(): number | null {
    return Number.isFinite(this.#newestBin) ? (this.#newestBin + 1) * binMs : null
  }

  get speech(): readonly { readonly fromMs: number; readonly untilMs: number }[] {
    return this.#speech
  }

  /** Lowest and highest, −1 to 1, between two times. */
  between(fromMs: number, untilMs: number): readonly [number, number] {
    let [low, high] = [0, 0]
    const first = Math.max(Math.floor(fromMs / binMs), this.#newestBin - this.#bins + 1)
    const last = Math.min(Math.floor(untilMs / binMs), this.#newestBin)
    for (let bin = first; bin <= last; bin++) {
      const i = this.#index(bin)
      low = Math.min(low, this.#low[i] ?? 0)
      high = Math.max(high, this.#high[i] ?? 0)
    }
    return [low, high]
  }

  #put(bin: number, low: number, high: number): void {
    if (bin > this.#newestBin) {
      // What was lost between is silence, not the sound of the round before.
      const first = Math.max(this.#newestBin + 1, bin - this.#bins + 1)
      for (let b = Number.isFinite(first) ? first : bin; b < bin; b++) {
        this.#low[this.#index(b)] = 0
        this.#high[this.#index(b)] = 0
      }
      this.#newestBin = bin
    } else if (bin <= this.#newestBin - this.#bins) return
    this.#low[this.#index(bin)] = low
    this.#high[this.#index(bin)] = high
  }

  #index(bin: number): number {
    return ((bin % this.#bins) + this.#bins) % this.#bins
  }
}

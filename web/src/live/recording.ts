export type Shot = { readonly atMs: number; readonly jpeg: Uint8Array<ArrayBuffer> }

export type SoundPiece = { readonly atMs: number; readonly rateHz: number; readonly pcm: Int16Array }

/** What was seen and heard, oldest first. Times are the run's clock. */
export type Taken = { readonly shots: readonly Shot[]; readonly sound: readonly SoundPiece[] }

/** A phone must live with it too. */
const mostBytes = 64 * 1024 * 1024

/** The last seconds of one picture and of the sound, as they came: bounded by time and by bytes, the oldest goes first. */
export class Recording {
  readonly spanMs: number
  readonly #mostBytes: number
  readonly #shots: Shot[] = []
  readonly #sound: SoundPiece[] = []
  /** Times for which nobody looked. */
  #gaps: readonly { readonly fromMs: number; readonly untilMs: number }[] = []
  #bytes = 0
  #unseen = false

  constructor(spanMs = 30_000, most = mostBytes) {
    this.spanMs = spanMs
    this.#mostBytes = most
  }

  addPicture(atMs: number, jpeg: Uint8Array<ArrayBuffer>): void {
    const last = this.#shots[this.#shots.length - 1]
    // What comes late, or a second time, has no place in a film.
    if (last !== undefined && atMs <= last.atMs) return
    if (this.#unseen && last !== undefined) {
      const kept = this.#gaps.filter(({ untilMs }) => untilMs > atMs - this.spanMs)
      this.#gaps = [...kept, { fromMs: last.atMs, untilMs: atMs }]
    }
    this.#unseen = false
    this.#shots.push({ atMs, jpeg })
    this.#bytes += jpeg.byteLength
    this.#trim()
  }

  /** @param samples −1 to 1; kept in 16 bits, as the film will hold them */
  addSound(atMs: number, rateHz: number, samples: Float32Array): void {
    const pcm = Int16Array.from(samples, (sample) => Math.max(-1, Math.min(1, sample)) * 32_767)
    this.#sound.push({ atMs, rateHz, pcm })
    this.#bytes += pcm.byteLength
    this.#trim()
  }

  /** Nobody looked for a while, and nothing came: the next picture follows a gap. */
  goOn(): void {
    this.#unseen = true
  }

  get bytes(): number {
    return this.#bytes
  }

  /** How much of a film there would be. */
  get lengthMs(): number {
    return (this.#shots[this.#shots.length - 1]?.atMs ?? 0) - (this.#shots[0]?.atMs ?? 0)
  }

  /** How much of its span is missing, as nobody looked. */
  get unseenMs(): number {
    const oldestMs = (this.#shots[this.#shots.length - 1]?.atMs ?? 0) - this.spanMs
    const missing = this.#gaps.map(({ fromMs, untilMs }) => Math.max(0, untilMs - Math.max(fromMs, oldestMs)))
    return missing.reduce((sum, ms) => sum + ms, 0)
  }

  /** It cannot hold its whole span: the pictures are too large. */
  get isFull(): boolean {
    return this.#bytes > this.#mostBytes * 0.98 && this.lengthMs < this.spanMs - 1000
  }

  take(): Taken {
    return { shots: [...this.#shots], sound: [...this.#sound] }
  }

  clear(): void {
    this.#shots.length = 0
    this.#sound.length = 0
    this.#gaps = []
    this.#bytes = 0
    this.#unseen = false
  }

  #trim(): void {
    const newestMs = Math.max(
      this.#shots[this.#shots.length - 1]?.atMs ?? -Infinity,
      this.#sound[this.#sound.length - 1]?.atMs ?? -Infinity,
    )
    for (;;) {
      const [shot] = this.#shots
      const [sound] = this.#sound
      const shotMs = shot?.atMs ?? Infinity
      const soundMs = sound?.atMs ?? Infinity
      if (Math.min(shotMs, soundMs) >= newestMs - this.spanMs && this.#bytes <= this.#mostBytes) return
      const gone = shotMs <= soundMs ? this.#shots.shift()?.jpeg : this.#sound.shift()?.pcm
      if (gone === undefined) return
      this.#bytes -= gone.byteLength
    }
  }
}

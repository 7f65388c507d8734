/** The pings of one client and their answers: how long the way there and back takes, and whether anybody is there (W5). */
export class SignsOfLife {
  readonly #ping: (words: string) => void
  /** When those without an answer were sent. */
  readonly #open = new Map<number, number>()
  #count = 0
  #seen = true

  /** @param ping sends words that the answer brings back */
  constructor(ping: (words: string) => void) {
    this.#ping = ping
  }

  /** @param mark what the answer tells of; 0 for a sign of life alone */
  ask(mark: number, nowMs: number): void {
    this.#count++
    this.#open.set(this.#count, nowMs)
    this.#ping(`${String(this.#count)} ${String(mark)}`)
  }

  /** It said something. */
  seen(): void {
    this.#seen = true
  }

  /** Asks whether it lives. @returns false where it gave no sign since the last time */
  beat(nowMs: number): boolean {
    if (!this.#seen) return false
    this.#seen = false
    this.ask(0, nowMs)
    return true
  }

  /** What the answer to a ping tells; null where nobody asked for it. */
  answer(words: string, nowMs: number): { readonly tookMs: number; readonly mark: number } | null {
    const [number = 0, mark = 0] = words.split(' ', 2).map(Number)
    const sentAtMs = this.#open.get(number)
    if (sentAtMs === undefined) return null
    this.#seen = true
    // Whoever was asked more than once may answer the last one only.
    for (const known of this.#open.keys()) if (known <= number) this.#open.delete(known)
    return { tookMs: nowMs - sentAtMs, mark }
  }
}

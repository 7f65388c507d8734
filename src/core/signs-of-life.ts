/** The pings of one client and their answers: how long the way there and back takes, and whether anybody is there (W5). */
export class SignsOfLife {
  readonly #ping: (words: string) => void
  readonly #nextPing: () => number
  /** Those without an answer, in the order in which they went out. */
  readonly #open = new Map<number, { readonly mark: number; readonly sentAtMs: number }>()
  #seen = true

  /** @param ping sends words that the answer brings back @param nextPing the number of a ping, which nobody had before */
  constructor(ping: (words: string) => void, nextPing: () => number) {
    this.#ping = ping
    this.#nextPing = nextPing
  }

  /** @param mark what the answer tells of; 0 for a sign of life alone */
  ask(mark: number, nowMs: number): void {
    const number = this.#nextPing()
    this.asks(number, mark, nowMs)
    this.#ping(String(number))
  }

  /** A ping of that number goes out, behind a picture. */
  asks(number: number, mark: number, nowMs: number): void {
    this.#open.set(number, { mark, sentAtMs: nowMs })
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
    const number = Number(words)
    const asked = this.#open.get(number)
    if (asked === undefined) return null
    this.#seen = true
    // Whoever was asked more than once may answer the last one only.
    for (const before of this.#open.keys()) {
      this.#open.delete(before)
      if (before === number) break
    }
    return { tookMs: nowMs - asked.sentAtMs, mark: asked.mark }
  }
}

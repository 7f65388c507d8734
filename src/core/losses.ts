import type { Origin } from './packet.js'

/** How many were lost and are yet to be told of, by origin (E8). Nearly always there are none, which costs nothing. */
export class Losses {
  readonly #untold = new Map<Origin, number>()

  add(origin: Origin, count: number): void {
    if (count > 0) this.#untold.set(origin, (this.#untold.get(origin) ?? 0) + count)
  }

  has(origin: Origin): boolean {
    return this.#untold.size > 0 && this.#untold.has(origin)
  }

  /** What the next packet of this origin has to say; it is said once. */
  take(origin: Origin): number {
    if (this.#untold.size === 0) return 0
    const count = this.#untold.get(origin) ?? 0
    this.#untold.delete(origin)
    return count
  }
}

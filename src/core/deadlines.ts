import type { Clock } from './clock.js'

type Begun = { readonly begunAtMs: number }

/** The ends of the times of all that is under way: one timer for all, as whoever began first is due first. */
export class Deadlines<T extends Begun> {
  readonly #timeoutMs: number
  readonly #clock: Clock
  /** In the order in which they began. */
  readonly #underWay: ReadonlySet<T>
  readonly #late: (item: T) => void
  readonly #done: () => void
  #cancel: (() => void) | null = null

  /**
   * @param late is called for each whose time is up, and takes it out of those under way
   * @param done is called after all of one instant
   */
  constructor(
    timeoutMs: number,
    clock: Clock,
    underWay: ReadonlySet<T>,
    tell: { readonly late: (item: T) => void; readonly done: () => void },
  ) {
    this.#timeoutMs = timeoutMs
    this.#clock = clock
    this.#underWay = underWay
    this.#late = tell.late
    this.#done = tell.done
  }

  /** Something has begun. The timer is not set anew for each: it looks who is there when it is called. */
  watch(): void {
    if (this.#cancel !== null) return
    const [oldest] = this.#underWay
    if (oldest === undefined) return
    const clock = this.#clock
    this.#cancel = clock.at(oldest.begunAtMs + this.#timeoutMs, () => {
      // After all that is due at this instant: an answer at the very end of its time still counts.
      this.#cancel = clock.at(clock.nowMs(), () => {
        this.#cancel = null
        this.#look()
      })
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  #look(): void {
    const nowMs = this.#clock.nowMs()
    for (const item of this.#underWay) {
      if (item.begunAtMs + this.#timeoutMs > nowMs) break
      this.#late(item)
    }
    this.#done()
    this.watch()
  }
}

import { BehaviorSubject } from 'rxjs'
import type { Clock } from './clock.js'

/**
 * Whether the sources of a run are to wait. Idempotent both ways.
 *
 *     paused$   -no--------yes-------no---
 *     lasted    -0---------0~~~~~~~~~50---    on the run's clock, which goes on
 */
export class Pausing {
  /** What it is now, and each change of it. */
  readonly paused$ = new BehaviorSubject(false)
  readonly #clock: Clock
  #beforeMs = 0
  #sinceMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get paused(): boolean {
    return this.paused$.value
  }

  /** How long the run was paused so far, in ms, all pauses together: what has a pace of its own is put off by that. */
  lastedMs(): number {
    return this.paused ? this.#beforeMs + this.#clock.nowMs() - this.#sinceMs : this.#beforeMs
  }

  pause(): void {
    if (this.paused) return
    this.#sinceMs = this.#clock.nowMs()
    this.paused$.next(true)
  }

  resume(): void {
    if (!this.paused) return
    this.#beforeMs = this.lastedMs()
    this.paused$.next(false)
  }
}

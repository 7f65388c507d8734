import type { Clock } from '../../src/core/clock.js'

type Timer = { readonly dueMs: number; readonly call: () => void }

/** A clock that moves only when it is told to: `jump` goes to the next timer and calls it. */
export class HandClock implements Clock {
  readonly virtual = false
  readonly #timers = new Set<Timer>()
  #nowMs = 0

  nowMs = (): number => this.#nowMs

  at = (dueMs: number, call: () => void): (() => void) => {
    const timer = { dueMs, call }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  timers = (): number => this.#timers.size

  work = (): never => {
    throw new Error('this clock does no work')
  }

  /** @returns whether there was a timer */
  jump(): boolean {
    const [next] = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)
    if (next === undefined) return false
    this.#timers.delete(next)
    this.#nowMs = Math.max(this.#nowMs, next.dueMs)
    next.call()
    return true
  }

  pass(ms: number): void {
    this.#nowMs += ms
  }
}

import type { Answer, Clock, WorkKey } from '../core/clock.js'

/** A clock that tells what still waits on it. */
export type WatchedClock = Clock & {
  /** Timers and work that were neither called nor cancelled, in words. */
  readonly waiting: () => readonly string[]
}

/**
 * The same clock, which knows what waits on it (T1, S5). `costMs` says how long work takes, `called` runs around each
 * call of a timer.
 */
export function watchClock(
  clock: Clock,
  costMs: (key: WorkKey) => number = () => 0,
  called: (call: () => void) => void = (call) => {
    call()
  },
): WatchedClock {
  const waiting = new Set<string>()
  let count = 0
  const wait = (what: string): (() => void) => {
    const entry = `${what} (${String(++count)})`
    waiting.add(entry)
    return () => {
      waiting.delete(entry)
    }
  }
  return {
    virtual: clock.virtual,
    nowMs: clock.nowMs,
    timers: clock.timers,
    at(dueMs, call) {
      const over = wait(`a timer for ${String(dueMs)} ms`)
      const cancel = clock.at(dueMs, () => {
        over()
        called(call)
      })
      return () => {
        over()
        cancel()
      }
    },
    work<T>(key: WorkKey, start: Parameters<typeof clock.work<T>>[1], deliver: (answer: Answer<T>) => void) {
      const over = wait(`the work of ${key.stage} on item ${String(key.seq)}`)
      const cancel = clock.work<T>({ ...key, costMs: costMs(key) }, start, (answer) => {
        over()
        called(() => {
          deliver(answer)
        })
      })
      return () => {
        over()
        cancel()
      }
    },
    waiting: () => [...waiting],
  }
}

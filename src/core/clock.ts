/** Who asks for real work, so that answers of one instant have one order (T2). */
export type WorkKey = {
  readonly stage: string
  readonly seq: number
  /** Virtual time that the work takes; 0 unless declared. */
  readonly costMs?: number
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

/**
 * The one clock of a run: everything that waits, waits on it (T1).
 * On the virtual clock time moves only when nothing real is under way (T2).
 */
export type Clock = {
  readonly virtual: boolean
  /** Monotonic, in ms. */
  readonly nowMs: () => number
  /** Calls once at the given time or as soon after as possible, never before, never in this turn. Returns how to cancel. */
  readonly at: (dueMs: number, call: () => void) => () => void
  /** Starts real work and delivers its answer: as it comes on the real clock, in a fixed order on the virtual one. Returns how to cancel the delivery. */
  readonly work: <T>(key: WorkKey, start: () => PromiseLike<T>, deliver: (answer: Answer<T>) => void) => () => void
  /** How many calls of `at` are still to come: neither made nor cancelled. */
  readonly timers: () => number
}

/** A clock as one runtime has it. */
export type OwnClock = Clock & {
  /** Resolves when none of its timers is left; at once where there is none. */
  readonly idle: () => Promise<void>
}

/** The same clock for one runtime: `timers` counts those that were set through it, and no one else's. */
export function ownClock(clock: Clock): OwnClock {
  let live = 0
  let waiting: (() => void)[] = []
  const ended = (): void => {
    live--
    if (live > 0) return
    const all = waiting
    waiting = []
    for (const resolve of all) resolve()
  }
  return {
    virtual: clock.virtual,
    nowMs: clock.nowMs,
    work: clock.work,
    at(dueMs, call) {
      let waits = true
      live++
      const cancel = clock.at(dueMs, () => {
        waits = false
        try {
          call()
        } finally {
          ended()
        }
      })
      return () => {
        if (!waits) return
        waits = false
        cancel()
        ended()
      }
    },
    timers: () => live,
    idle: () =>
      live === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve)
          }),
  }
}

/** Settles a promise into an answer and hands it on; what `deliver` throws is not swallowed. */
export function settle<T>(start: () => PromiseLike<T>, deliver: (answer: Answer<T>) => void): void {
  let promise: PromiseLike<T>
  try {
    promise = start()
  } catch (error) {
    promise = Promise.reject(error)
  }
  promise.then(
    (value) => {
      deliver({ ok: true, value })
    },
    (error: unknown) => {
      deliver({ ok: false, error })
    },
  )
}

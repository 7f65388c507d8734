/** Who asks for work, so that answers of one instant have one order (T2). */
export type WorkKey = {
  readonly stage: string
  readonly seq: number
  /** Virtual time that the work takes; 0 unless declared. */
  readonly costMs?: number
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

/**
 * Starts work. What is real (a worker, a read) gives a promise, and virtual time stands still until it settles; other work
 * calls `answer`, at once or when a timer of this clock or a packet brings it to, and virtual time goes on meanwhile.
 */
export type StartWork<T> = (answer: (answer: Answer<T>) => void) => PromiseLike<T> | undefined

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
  /**
   * Starts work and delivers its answer: as it comes on the real clock; in a fixed order on the virtual one, where it is real
   * or has a cost. What answers without a promise is delivered in the turn it answers in. Returns how to cancel the delivery.
   */
  readonly work: <T>(key: WorkKey, start: StartWork<T>, deliver: (answer: Answer<T>) => void) => () => void
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

/**
 * Starts work, and hands on its answer where it comes later than in this turn; what `later` throws is not swallowed.
 *
 * @returns the answer, where it is there already; else whether what is under way is real
 */
export function begin<T>(start: StartWork<T>, later: (answer: Answer<T>) => void): Answer<T> | 'real' | 'other' {
  let early: Answer<T> | null = null
  let begun = false
  let promise: PromiseLike<T> | undefined
  try {
    promise = start((answer) => {
      if (begun) later(answer)
      else early = answer
    })
  } catch (error) {
    promise = Promise.reject(error)
  }
  begun = true
  if (promise === undefined) return (early as Answer<T> | null) ?? 'other'
  promise.then(
    (value) => {
      later({ ok: true, value })
    },
    (error: unknown) => {
      later({ ok: false, error })
    },
  )
  return 'real'
}

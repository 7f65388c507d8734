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

/** Waits for a promise, but no longer than until the given time of the clock; leaves no timer behind. */
export async function waitAtMost(clock: Clock, untilMs: number, promise: Promise<unknown>): Promise<void> {
  let cancel: () => void = () => undefined
  const late = new Promise<void>((resolve) => {
    cancel = clock.at(untilMs, resolve)
  })
  await Promise.race([promise, late])
  cancel()
}

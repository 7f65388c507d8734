import { createPool, type FramePool, watchNewPools } from '../core/pool.js'
import { type FrameTrace, traceFrames } from './frame-trace.js'

const traces = new WeakMap<FramePool, FrameTrace>()

/**
 * A pool for tests: it remembers where each share was taken, and sees who writes to a frame that was handed on.
 *
 * @example
 * const runtime = new Runtime({ clock: createVirtualClock(), pool: tracedPool() })
 */
export function tracedPool(bound?: number): FramePool {
  const trace = traceFrames()
  const pool = createPool(bound, trace.watch)
  traces.set(pool, trace)
  return pool
}

/**
 * Fails where frames of a runtime were not given back, or were written to by someone else than their maker (S6). With a
 * traced pool it says where each share was taken. Wait for `runtime.closed()` first: a worker may still read.
 *
 * @example
 * afterEach(async () => { await runtime.closed(); expectNoLeaks(runtime) })
 * @throws Error with the number of frames, and file and line of each share
 */
export function expectNoLeaks({ pool }: { readonly pool: FramePool }): void {
  const trace = traces.get(pool)
  if (trace !== undefined) {
    trace.check()
    return
  }
  const { lent, forgotten } = pool.count()
  if (lent + forgotten === 0) return
  throw new Error(
    `${String(lent + forgotten)} frames were not given back; make the runtime with pool: tracedPool() to hear where they were taken`,
  )
}

/**
 * Traces every pool that is made from now on, wherever that is: for the setup file of a test runner. What comes back fails
 * where frames taken since its last call were not given back.
 *
 * @example
 * const check = tracePools()
 * afterEach(() => { check() })
 */
export function tracePools(): () => void {
  const trace = traceFrames()
  watchNewPools(trace.watch)
  return trace.check
}

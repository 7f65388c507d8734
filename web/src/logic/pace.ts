export type Timer = (run: () => void, delayMs: number) => unknown

/**
 * Calls at most once in `everyMs`, the first time at once, and never loses the last call: numbers that people read.
 */
export function pace(run: () => void, everyMs: number, nowMs: () => number, later: Timer): () => void {
  let lastMs = -Infinity
  let waiting = false
  return () => {
    if (waiting) return
    const wait = lastMs + everyMs - nowMs()
    if (wait <= 0) {
      lastMs = nowMs()
      run()
      return
    }
    waiting = true
    later(() => {
      waiting = false
      lastMs = nowMs()
      run()
    }, wait)
  }
}

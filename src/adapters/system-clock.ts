import { begin, type Clock } from '../core/clock.js'

/** The longest that one timer can wait. */
const longestMs = 2 ** 31 - 1

/** Real time: monotonic, timers never early (Node's own come up to 1 ms too soon). */
export const systemClock: Clock = {
  virtual: false,
  nowMs: () => performance.now(),
  at(dueMs, call) {
    let timer: NodeJS.Timeout | undefined
    let soon: NodeJS.Immediate | undefined
    const arm = (): void => {
      const leftMs = dueMs - performance.now()
      if (leftMs > 0.05) timer = setTimeout(check, Math.min(Math.ceil(leftMs), longestMs))
      else soon = setImmediate(call)
    }
    const check = (): void => {
      if (performance.now() >= dueMs) call()
      else arm()
    }
    arm()
    return () => {
      clearTimeout(timer)
      clearImmediate(soon)
    }
  },
  work(_key, start, deliver) {
    let wanted = true
    const begun = begin(start, (answer) => {
      if (wanted) deliver(answer)
    })
    if (typeof begun === 'object') deliver(begun)
    return () => {
      wanted = false
    }
  },
}

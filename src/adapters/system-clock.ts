import { begin, type Clock } from '../core/clock.js'

/** The longest that one timer can wait. */
const longestMs = 2 ** 31 - 1

/** Timers neither called nor cancelled, of the whole process. */
let live = 0

/** Real time: monotonic, timers never early (Node's own come up to 1 ms too soon). */
export const systemClock: Clock = {
  virtual: false,
  nowMs: () => performance.now(),
  at(dueMs, call) {
    let timer: NodeJS.Timeout | undefined
    let soon: NodeJS.Immediate | undefined
    let waits = true
    live++
    /** Whether this is its end: it has one, be it called or cancelled. */
    const ends = (): boolean => {
      if (!waits) return false
      waits = false
      live--
      return true
    }
    const due = (): void => {
      if (ends()) call()
    }
    const arm = (): void => {
      const leftMs = dueMs - performance.now()
      if (leftMs > 0.05) timer = setTimeout(check, Math.min(Math.ceil(leftMs), longestMs))
      else soon = setImmediate(due)
    }
    const check = (): void => {
      if (performance.now() >= dueMs) due()
      else arm()
    }
    arm()
    return () => {
      ends()
      clearTimeout(timer)
      clearImmediate(soon)
    }
  },
  timers: () => live,
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

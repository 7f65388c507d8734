import { type Answer, type Clock, settle, type WorkKey } from './clock.js'

type Timer = { readonly dueMs: number; readonly order: number; readonly call: () => void; live: boolean }

type Job = {
  readonly dueMs: number
  readonly key: WorkKey
  readonly order: number
  readonly deliver: (answer: Answer<unknown>) => void
  answer: Answer<unknown> | null
  live: boolean
}

export type VirtualClock = Clock & {
  /**
   * Lets virtual time pass until `until()` is true, or nothing is left to wait for.
   * Between two steps every promise of the step before has had its turn.
   */
  readonly run: (until: () => boolean) => Promise<void>
}

/**
 * Time that moves only when nothing real is under way (T2): a run on it is a pure function of its inputs.
 * One step is: wait until all real work has answered, then deliver the answer first in (due time, stage, seq);
 * if none is due, call the earliest timer.
 */
export function createVirtualClock(): VirtualClock {
  let nowMs = 0
  let order = 0
  /** Timers neither called nor cancelled. */
  let live = 0
  let wake: () => void = () => undefined
  const timers: Timer[] = []
  let jobs: Job[] = []

  function step(): boolean {
    const due = jobs.filter((job) => job.live).sort(byDueStageSeq)[0]
    const timer = nextTimer(timers)
    if (due !== undefined && (timer === undefined || due.dueMs <= timer.dueMs)) {
      nowMs = Math.max(nowMs, due.dueMs)
      jobs = jobs.filter((job) => job !== due && job.live)
      if (due.answer !== null) due.deliver(due.answer)
      return true
    }
    if (timer === undefined) return false
    timers.shift()
    nowMs = Math.max(nowMs, timer.dueMs)
    timer.live = false
    live--
    timer.call()
    return true
  }

  return {
    virtual: true,
    nowMs: () => nowMs,
    at(dueMs, call) {
      const timer: Timer = { dueMs: Math.max(dueMs, nowMs), order: order++, call, live: true }
      insert(timers, timer)
      wake()
      live++
      return () => {
        if (timer.live) live--
        timer.live = false
      }
    },
    timers: () => live,
    work(key, start, deliver) {
      const job: Job = {
        dueMs: nowMs + (key.costMs ?? 0),
        key,
        order: order++,
        deliver: deliver as (answer: Answer<unknown>) => void,
        answer: null,
        live: true,
      }
      jobs.push(job)
      settle(start, (answer) => {
        job.answer = answer
        wake()
      })
      return () => {
        job.live = false
        wake()
      }
    },
    async run(until) {
      while (!until()) {
        await turn()
        if (jobs.some((job) => job.live && job.answer === null)) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
          continue
        }
        if (until()) return
        if (!step()) return
      }
    },
  }
}

function byDueStageSeq(a: Job, b: Job): number {
  if (a.dueMs !== b.dueMs) return a.dueMs - b.dueMs
  if (a.key.stage !== b.key.stage) return a.key.stage < b.key.stage ? -1 : 1
  return a.key.seq - b.key.seq || a.order - b.order
}

function nextTimer(timers: Timer[]): Timer | undefined {
  while (timers[0]?.live === false) timers.shift()
  return timers[0]
}

/** Keeps the list in order of (due, registration): new timers mostly belong near the end. */
function insert(timers: Timer[], timer: Timer): void {
  let index = timers.length
  while (index > 0 && (timers[index - 1]?.dueMs ?? 0) > timer.dueMs) index--
  timers.splice(index, 0, timer)
}

/** One turn of the event loop, so that every promise that can go on has gone on. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(0)
  })
}

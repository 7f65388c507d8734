import { type Answer, begin, type Clock, type WorkKey } from './clock.js'
import { Heap } from './heap.js'

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
 * if none is due, call the earliest timer. Work that waits on this clock itself, and answers without a promise, is no
 * reason to stand still; where nothing else is left to do, it is waited for too.
 */
export function createVirtualClock(): VirtualClock {
  let nowMs = 0
  let order = 0
  /** Timers neither called nor cancelled. */
  let live = 0
  let wake: () => void = () => undefined
  const timers = new Heap<Timer>((a, b) => (a.dueMs === b.dueMs ? a.order < b.order : a.dueMs < b.dueMs))
  /** Answered, and not delivered yet. */
  const answers = new Heap<Job>(byDueStageSeq)
  /** Work without an answer. */
  const pending = { real: 0, other: 0 }

  function step(): boolean {
    const { first: due } = answers
    const { first: timer } = timers
    if (due !== undefined && (timer === undefined || due.dueMs <= timer.dueMs)) {
      nowMs = Math.max(nowMs, due.dueMs)
      answers.shift()
      due.live = false
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
      timers.push(timer)
      wake()
      live++
      return () => {
        if (!timer.live) return
        live--
        timer.live = false
        timers.calledOff()
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
      const hand = (answer: Answer<unknown>, inTurn: boolean): void => {
        job.answer = answer
        if (inTurn && job.dueMs <= nowMs) {
          job.live = false
          job.deliver(answer)
        } else answers.push(job)
      }
      const begun = begin(start, (answer) => {
        if (!job.live || job.answer !== null) return
        pending[kind]--
        hand(answer, kind === 'other')
        wake()
      })
      const kind = begun === 'real' ? 'real' : 'other'
      if (typeof begun === 'object') hand(begun, true)
      else pending[kind]++
      return () => {
        if (!job.live) return
        job.live = false
        if (job.answer === null) pending[kind]--
        else answers.calledOff()
        wake()
      }
    },
    async run(until) {
      const turns = createTurns()
      const woken = async (): Promise<void> => {
        turns.close()
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      try {
        while (!until()) {
          await turns.next()
          if (pending.real > 0) await woken()
          else if (until()) return
          else if (step()) continue
          else if (pending.other > 0) await woken()
          else return
        }
      } finally {
        turns.close()
      }
    },
  }
}

function byDueStageSeq(a: Job, b: Job): boolean {
  if (a.dueMs !== b.dueMs) return a.dueMs < b.dueMs
  if (a.key.stage !== b.key.stage) return a.key.stage < b.key.stage
  return a.key.seq === b.key.seq ? a.order < b.order : a.key.seq < b.key.seq
}

/** Turns of the event loop: in each, every promise that can go on goes on. Closed, it keeps no process alive. */
function createTurns(): { readonly next: () => Promise<void>; readonly close: () => void } {
  let channel: MessageChannel | null = null
  let turned: () => void = () => undefined
  return {
    next: () =>
      new Promise((resolve) => {
        if (channel === null) {
          channel = new MessageChannel()
          channel.port1.onmessage = () => {
            turned()
          }
        }
        turned = resolve
        channel.port2.postMessage(0)
      }),
    close() {
      channel?.port1.close()
      channel = null
    },
  }
}

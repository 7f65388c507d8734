/*
 * Asynchronous work in the plainest words: who waits, who is under way and until when, whose result waits for its turn. It knows
 * nothing of the package and of RxJS. Time is a list of instants; at each, answers come before anything else, as soon as
 * they are due.
 */

export type WorkItem = {
  readonly atMs: number
  readonly seq: number
  readonly busyMs: number
  readonly costMs: number
  readonly fails: boolean
  readonly key: number
}

export type ModelProcess = {
  readonly concurrency: number
  readonly order: 'input' | 'completion' | 'latest'
  readonly timeoutMs?: number
  /** Items of one key are worked on one after another. */
  readonly byKey?: boolean
  readonly onError: 'fail' | 'skip'
  /** How many may wait before it, the oldest going first: 0 drops what cannot be taken, and no gate holds anyone. */
  readonly queue: number
}

export type WorkEnd =
  | { readonly how: 'complete' | 'error' | 'cancel'; readonly atMs: number }
  | { readonly how: 'take'; readonly count: number }

export type WorkOutcome = {
  readonly given: readonly { readonly seq: number; readonly atMs: number }[]
  readonly ended: 'complete' | 'error' | 'stage' | null
  readonly counts: Readonly<Record<'overflow' | 'error' | 'overtaken', number>>
  readonly mostUnderWay: number
}

type Job = WorkItem & { dueMs: number; begun: boolean; result: 'value' | 'error' | null; gone: boolean; slot: boolean }

export function modelProcess(options: ModelProcess, items: readonly WorkItem[], end: WorkEnd): WorkOutcome {
  const { concurrency, order, timeoutMs = Infinity, byKey = false, onError, queue } = options
  const given: { seq: number; atMs: number }[] = []
  const counts = { overflow: 0, error: 0, overtaken: 0 }
  const waiting: WorkItem[] = []
  /** All that was taken and has a place, in the order in which it came. */
  let jobs: Job[] = []
  const busyUntilMs: number[] = []
  let over = false
  let ended: WorkOutcome['ended'] = null
  let stopped = false
  const isOver = (): boolean => stopped
  let mostUnderWay = 0

  const stop = (how: WorkOutcome['ended']): void => {
    ended = how
    stopped = true
  }
  const underWay = (): readonly Job[] => jobs.filter(({ begun, dueMs }) => begun && dueMs < Infinity)
  const places = (): number => jobs.filter(({ slot }) => slot).length

  const begin = (job: Job, nowMs: number): void => {
    job.begun = true
    job.dueMs = nowMs + Math.min(job.costMs, timeoutMs)
    mostUnderWay = Math.max(mostUnderWay, underWay().length)
  }
  const take = (item: WorkItem, nowMs: number): void => {
    const job: Job = { ...item, dueMs: Infinity, begun: false, result: null, gone: false, slot: true }
    const behind = byKey && jobs.some(({ key }) => key === job.key)
    jobs.push(job)
    if (!behind || concurrency === 1) begin(job, nowMs)
  }
  const leave = (job: Job, nowMs: number): void => {
    jobs = jobs.filter((one) => one !== job)
    if (job.gone || stopped) return
    if (job.result === 'error') {
      counts.error++
      if (onError === 'fail') stop('stage')
      return
    }
    given.push({ seq: job.seq, atMs: nowMs })
    if (job.busyMs > 0 && queue > 0) busyUntilMs.push(nowMs + job.busyMs)
    if (end.how === 'take' && given.length === end.count) stop(null)
  }

  /** The work of a job is done: who may leave does, in the order that is kept. */
  const settle = (job: Job, nowMs: number): void => {
    job.dueMs = Infinity
    job.result = job.fails || job.costMs > timeoutMs ? 'error' : 'value'
    if (job.gone) {
      leave(job, nowMs)
      return
    }
    if (order === 'input' && !byKey && concurrency > 1) {
      for (let first = jobs[0]; first !== undefined && first.result !== null; first = jobs[0]) leave(first, nowMs)
      return
    }
    if (order === 'latest' && !byKey && concurrency > 1 && job.result === 'value') {
      for (const older of jobs.slice(0, jobs.indexOf(job)).filter(({ gone }) => !gone)) {
        counts.overtaken++
        // It keeps its place until its work has ended.
        older.gone = true
      }
    }
    leave(job, nowMs)
    const next = byKey ? jobs.find(({ key, begun }) => key === job.key && !begun) : undefined
    if (next !== undefined && !stopped) begin(next, nowMs)
  }

  const fill = (nowMs: number): void => {
    while (waiting.length > 0 && places() < concurrency && busyUntilMs.length === 0 && !stopped) {
      take(waiting.shift() as WorkItem, nowMs)
    }
    if (over && !stopped && waiting.length + jobs.filter(({ gone }) => !gone).length === 0) stop('complete')
  }
  const isLate = ({ costMs }: Job): boolean => costMs > timeoutMs
  /** Answers that are due, the earliest first, of one instant by their place; whose time is up at one instant are given up together. */
  const answer = (nowMs: number): void => {
    for (;;) {
      const due = [...underWay()]
        .filter(({ dueMs }) => dueMs <= nowMs)
        .sort((a, b) => a.dueMs - b.dueMs || Number(isLate(a)) - Number(isLate(b)) || a.seq - b.seq)
      const [first] = due
      if (first === undefined || stopped) return
      for (const job of isLate(first) ? due.filter(isLate) : [first]) if (!isOver()) settle(job, nowMs)
      fill(nowMs)
    }
  }
  const arrive = (item: WorkItem, nowMs: number): void => {
    if (queue > 0) {
      waiting.push(item)
      fill(nowMs)
      if (waiting.length > queue) {
        waiting.shift()
        counts.overflow++
      }
    } else if (places() < concurrency) take(item, nowMs)
    else counts.overflow++
  }

  const endAtMs = end.how === 'take' ? (items.at(-1)?.atMs ?? 0) + 10 : end.atMs
  const fixedMs = [...new Set([...items.map(({ atMs }) => atMs), endAtMs])].sort((a, b) => a - b)
  const nextMs = (): number => Math.min(fixedMs[0] ?? Infinity, ...busyUntilMs, ...underWay().map(({ dueMs }) => dueMs))
  for (let nowMs = nextMs(); nowMs < Infinity && !isOver(); nowMs = nextMs()) {
    if (fixedMs[0] === nowMs) fixedMs.shift()
    answer(nowMs)
    if (end.how === 'cancel' && nowMs === endAtMs && !isOver()) stop(null)
    for (const item of items.filter(({ atMs }) => atMs === nowMs)) {
      if (!isOver()) arrive(item, nowMs)
      answer(nowMs)
    }
    if (nowMs === endAtMs && !isOver() && end.how === 'error') stop('error')
    over ||= nowMs === endAtMs
    while (busyUntilMs.some((untilMs) => untilMs <= nowMs) && !isOver()) {
      busyUntilMs.splice(
        busyUntilMs.findIndex((untilMs) => untilMs <= nowMs),
        1,
      )
      fill(nowMs)
      answer(nowMs)
    }
    fill(nowMs)
  }
  return { given, ended, counts, mostUnderWay }
}

/*
 * The edge in the plainest words: a list, whether its consumer is busy, and what was counted. It knows nothing of the
 * package and of RxJS; what the edge does is compared with it. Time is a list of instants, each worked off in one order.
 */

export type ModelItem = {
  readonly atMs: number
  readonly capturedAtMs: number
  readonly origin: number
  readonly seq: number
  /** How many its source lost just before it. */
  readonly lost: number
  /** How long the consumer is busy with it. */
  readonly busyMs: number
  readonly bytes?: number
}

export type ModelEdge = {
  readonly whenFull: 'block' | 'drop-oldest' | 'drop-newest' | 'latest' | 'fail' | 'conflate'
  readonly capacity: number
  readonly bytes?: number
  readonly maxAgeMs?: number
}

export type ModelEnd =
  | { readonly how: 'complete' | 'error' | 'cancel'; readonly atMs: number }
  | { readonly how: 'take'; readonly count: number }

export type ModelGiven = Pick<ModelItem, 'origin' | 'seq' | 'lost'> & { readonly atMs: number }

export type Outcome = {
  readonly given: readonly ModelGiven[]
  readonly ended: 'complete' | 'error' | 'overflow' | null
  readonly counts: Readonly<Record<'in' | 'out' | 'overflow' | 'stale' | 'shutdown' | 'merged', number>>
  readonly mostHeld: number
}

/** What an edge must do with these items; a source that waits (`block`) gives each as soon as the edge has room. */
export function modelEdge(edge: ModelEdge, items: readonly ModelItem[], end: ModelEnd): Outcome {
  const { whenFull, capacity, bytes = Infinity, maxAgeMs = Infinity } = edge
  const given: ModelGiven[] = []
  const counts = { in: 0, out: 0, overflow: 0, stale: 0, shutdown: 0, merged: 0 }
  /** Lost since the last delivery, and lost behind what waits, by origin. */
  const ahead = [0, 0]
  const behind = [0, 0]
  let waiting: ModelItem[] = []
  let feeder: ModelItem[] = []
  let busyUntilMs: number | null = null
  let over: 'complete' | null = null
  let ended: Outcome['ended'] = null
  let stopped = false
  const isOver = (): boolean => stopped
  let mostHeld = 0
  let largest = 0
  /** While what waits is given, whoever comes waits too. */
  let giving = false

  const size = (): number => waiting.reduce((sum, item) => sum + (item.bytes ?? 0), 0)
  const fits = (item: ModelItem): boolean => waiting.length < capacity && size() + (item.bytes ?? 0) <= bytes
  /** Whether there is no room for another as large as any so far. */
  const full = (): boolean => waiting.length >= capacity || size() + largest > bytes
  const lose = (losses: number[], { origin, lost }: ModelItem): void => {
    losses[origin] = (losses[origin] ?? 0) + 1 + lost
  }
  const stop = (how: Outcome['ended']): void => {
    ended = how
    stopped = true
    counts.shutdown += waiting.length
    waiting = []
    feeder = []
  }

  const give = (item: ModelItem, nowMs: number): void => {
    if (nowMs - item.capturedAtMs > maxAgeMs) {
      counts.stale++
      lose(ahead, item)
      return
    }
    given.push({ origin: item.origin, seq: item.seq, lost: item.lost + (ahead[item.origin] ?? 0), atMs: nowMs })
    counts.out++
    ahead[item.origin] = 0
    if (item.busyMs > 0) busyUntilMs = nowMs + item.busyMs
    if (end.how === 'take' && given.length === end.count) stop(null)
  }

  const offer = (item: ModelItem, nowMs: number): void => {
    counts.in++
    const tooLarge = (item.bytes ?? 0) > bytes
    if (!tooLarge) largest = Math.max(largest, item.bytes ?? 0)
    const lostBehind = behind[item.origin] ?? 0
    if (!tooLarge && waiting.length === 0 && busyUntilMs === null && !giving) {
      behind[item.origin] = 0
      give({ ...item, lost: item.lost + lostBehind }, nowMs)
      return
    }
    const [oldest] = waiting
    if (!tooLarge && !fits(item) && whenFull === 'conflate' && oldest !== undefined) {
      // One packet of two: it is the one that waits, with the other's value, and tells of what both had lost before them.
      waiting = [{ ...oldest, bytes: item.bytes ?? 0 }]
      ahead[item.origin] = (ahead[item.origin] ?? 0) + item.lost + lostBehind
      behind[item.origin] = 0
      counts.merged++
      return
    }
    while (tooLarge || !fits(item)) {
      counts.overflow++
      const dropped = !tooLarge && (whenFull === 'drop-oldest' || whenFull === 'latest') ? waiting.shift() : undefined
      lose(dropped === undefined ? behind : ahead, dropped ?? item)
      if (whenFull === 'fail') stop('overflow')
      if (dropped === undefined) return
    }
    behind[item.origin] = 0
    waiting.push({ ...item, lost: item.lost + lostBehind })
  }

  const freeAt = (nowMs: number): void => {
    if (busyUntilMs !== null && nowMs >= busyUntilMs) busyUntilMs = null
  }
  const drain = (nowMs: number): void => {
    for (let next = waiting[0]; next !== undefined && busyUntilMs === null; next = waiting[0]) {
      waiting.shift()
      giving = true
      give(next, nowMs)
      refill(nowMs)
      giving = false
    }
    if (over !== null && !stopped && waiting.length + feeder.length === 0) stop(over)
  }
  const refill = (nowMs: number): void => {
    while (feeder[0] !== undefined && (whenFull !== 'block' || !full()) && !stopped)
      offer(feeder.shift() as ModelItem, nowMs)
    mostHeld = Math.max(mostHeld, waiting.length)
  }

  const endAtMs = end.how === 'take' ? (items.at(-1)?.atMs ?? 0) + 10 : end.atMs
  // Whoever unsubscribes comes first at his instant, then what arrives, then the end of the source, then who is free again.
  for (const nowMs of instants(items, endAtMs)) {
    if (isOver()) break
    if (end.how === 'cancel' && nowMs === endAtMs) stop(null)
    for (const item of items.filter(({ atMs }) => atMs === nowMs)) {
      if (isOver()) break
      feeder.push(item)
      refill(nowMs)
    }
    if (!isOver() && end.how === 'error' && nowMs === endAtMs) stop('error')
    if ((end.how === 'complete' || end.how === 'take') && nowMs >= endAtMs) over = 'complete'
    freeAt(nowMs)
    drain(nowMs)
  }
  return { given, ended, counts, mostHeld }
}

/** Every tenth millisecond on which something may happen. */
function instants(items: readonly ModelItem[], endAtMs: number): readonly number[] {
  const lastMs = items.reduce((sum, { busyMs }) => sum + busyMs, Math.max(endAtMs, items.at(-1)?.atMs ?? 0))
  return Array.from({ length: lastMs / 10 + 2 }, (_, step) => step * 10)
}

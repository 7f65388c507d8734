import { Histogram } from './histogram.js'
import type { StageState } from './wire.js'

/**
 * Why an item went no further (E7). `empty`: the stage had nothing to give for it, as a picture without a face;
 * `equal`: it says what the one before it said; `paused`: it was captured while the run was paused; `stopped`: what it is for
 * is stopped (A5).
 */
export type DropReason =
  'overflow' | 'stale' | 'rate' | 'time' | 'error' | 'overtaken' | 'shutdown' | 'empty' | 'equal' | 'paused' | 'stopped'

/** So many results in a second are all timed. */
const allTimed = 2000

const askedFor: readonly DropReason[] = ['rate', 'overtaken', 'empty', 'equal']

/**
 * The exact counters of one stage or edge, and how long it takes: in = out + dropped + merged + held, at every instant (E7).
 * Whoever moves a packet calls these; no counter is estimated. Cheap enough to be always on: counting is adding one, and a
 * time is a clock read that the caller has made and two marks in histograms.
 */
export class Meter {
  readonly name: string
  readonly #latency: Histogram
  readonly #age: Histogram
  readonly #dropped: Record<DropReason, number> = {
    overflow: 0,
    stale: 0,
    rate: 0,
    time: 0,
    error: 0,
    overtaken: 0,
    shutdown: 0,
    empty: 0,
    equal: 0,
    paused: 0,
    stopped: 0,
  }
  #in = 0
  #out = 0
  #merged = 0
  #state: StageState['state'] = 'idle'
  #error: string | null = null
  #restarts = 0
  #rateSinceMs: number
  #rateOut = 0
  #perSecond = 0

  constructor(name: string, nowMs: number) {
    this.name = name
    this.#latency = new Histogram(nowMs)
    this.#age = new Histogram(nowMs)
    this.#rateSinceMs = nowMs
  }

  get in(): number {
    return this.#in
  }

  get out(): number {
    return this.#out
  }

  /** What went in and neither came out nor was dropped: waiting, or being worked on. */
  get held(): number {
    let gone = this.#out + this.#merged
    for (const count of Object.values(this.#dropped)) gone += count
    return this.#in - gone
  }

  get latency(): Histogram {
    return this.#latency
  }

  get age(): Histogram {
    return this.#age
  }

  took(): void {
    this.#in++
    if (this.#state === 'idle' || this.#state === 'stopped') this.#state = 'running'
  }

  /** @param tookMs from taking the item to giving its result @param ageMs from capture to the result */
  gave(tookMs: number, ageMs: number, nowMs: number): void {
    this.#latency.record(tookMs, nowMs)
    this.#age.record(ageMs, nowMs)
    this.passed(nowMs)
  }

  /**
   * It gave a result that nobody timed: of stages that run as one, only the last knows how long they took.
   *
   * @param nowMs where it is known
   */
  passed(nowMs = -Infinity): void {
    this.#out++
    if (nowMs - this.#rateSinceMs >= 1000) this.#turnRate(nowMs)
  }

  /**
   * Whether the next result is worth a time: reading the clock can cost more than a synchronous stage does, so of what comes
   * after the first thousands in a second it is one in sixteen.
   */
  get timesNext(): boolean {
    return this.#out - this.#rateOut < allTimed || this.#out % 16 === 0
  }

  dropped(reason: DropReason, count = 1): void {
    this.#dropped[reason] += count
  }

  droppedBy(reason: DropReason): number {
    return this.#dropped[reason]
  }

  /** What it left out because it was asked to, and what went into something else: no loss (E8). */
  get leftOut(): number {
    return this.#merged + askedFor.reduce((sum, reason) => sum + this.droppedBy(reason), 0)
  }

  merged(count = 1): void {
    this.#merged += count
  }

  completed(): void {
    if (this.#state !== 'failed') this.#state = 'completed'
  }

  /** It failed, or what feeds it did. */
  failed(error: unknown): void {
    this.#state = 'failed'
    this.#error = error instanceof Error ? error.message : String(error)
  }

  /** It failed, and will be built anew (S3). */
  restarting(error: string): void {
    this.#state = 'restarting'
    this.#error = error
  }

  restarted(): void {
    this.#restarts++
    this.revived()
  }

  /** What it had failed of is over, also without another life: it discards what comes, until its end. */
  revived(): void {
    this.#state = 'running'
    this.#error = null
  }

  /** Nobody listens to it any more. */
  stopped(): void {
    if (this.#state === 'running' || this.#state === 'idle') this.#state = 'stopped'
  }

  read(nowMs: number): StageState {
    if (nowMs - this.#rateSinceMs >= 1000) this.#turnRate(nowMs)
    return {
      in: this.#in,
      out: this.#out,
      dropped: Object.fromEntries(Object.entries(this.#dropped).filter(([, count]) => count > 0)),
      merged: this.#merged,
      held: this.held,
      perSecond: this.#perSecond,
      latencyMs: this.#latency.spread(nowMs),
      ageMs: this.#age.spread(nowMs),
      state: this.#state,
      restarts: this.#restarts,
      ...(this.#error === null ? {} : { error: this.#error }),
    }
  }

  #turnRate(nowMs: number): void {
    const sinceMs = nowMs - this.#rateSinceMs
    this.#perSecond = Math.round(((this.#out - this.#rateOut) * 10_000) / sinceMs) / 10
    this.#rateOut = this.#out
    this.#rateSinceMs = nowMs
  }
}

import { Histogram } from './histogram.js'
import type { StageState } from './wire.js'

/** Why an item went no further (E7). `empty`: the stage had nothing to give for it, as a picture without a face. */
export type DropReason = 'overflow' | 'stale' | 'rate' | 'time' | 'error' | 'overtaken' | 'shutdown' | 'empty'

const askedFor: readonly DropReason[] = ['rate', 'overtaken', 'empty']

/**
 * The exact counters of one stage or edge, and how long it takes: in = out + dropped + merged + held, at every instant (E7).
 * Whoever moves a packet calls these; nothing is estimated.
 */
export class Meter {
  readonly name: string
  readonly #latency: Histogram
  readonly #age: Histogram
  readonly #dropped = new Map<DropReason, number>()
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
    for (const count of this.#dropped.values()) gone += count
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
    this.#out++
    this.#latency.record(tookMs, nowMs)
    this.#age.record(ageMs, nowMs)
    const sinceMs = nowMs - this.#rateSinceMs
    if (sinceMs >= 1000) this.#turnRate(nowMs)
  }

  dropped(reason: DropReason, count = 1): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count)
  }

  droppedBy(reason: DropReason): number {
    return this.#dropped.get(reason) ?? 0
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
      dropped: Object.fromEntries(this.#dropped),
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

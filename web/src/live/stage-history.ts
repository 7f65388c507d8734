import type { StageState } from '../../../src/core/wire.js'

/** Columns for a plot: times in s before now, and p50, p95 and p99 in ms; null where nothing was timed. */
export type Columns = readonly [
  readonly number[],
  readonly (number | null)[],
  readonly (number | null)[],
  readonly (number | null)[],
]

type Sample = { readonly atMs: number; readonly stages: Readonly<Record<string, StageState>> }

/** A sample takes no more than this often, however often the run tells of itself. */
const everyMs = 250

/** What stages took over the last minute: a bounded ring of what the run told. */
export class StageHistory {
  readonly spanMs: number
  readonly #samples: Sample[] = []

  constructor(spanMs = 60_000) {
    this.spanMs = spanMs
  }

  add(atMs: number, stages: Readonly<Record<string, StageState>>): void {
    const last = this.#samples[this.#samples.length - 1]
    if (last !== undefined && atMs - last.atMs < everyMs - 20) return
    this.#samples.push({ atMs, stages })
    while ((this.#samples[0]?.atMs ?? Infinity) < atMs - this.spanMs) this.#samples.shift()
  }

  of(key: string, nowMs: number): Columns {
    const at: number[] = []
    const [p50, p95, p99]: (number | null)[][] = [[], [], []]
    for (const { atMs, stages } of this.#samples) {
      const took = stages[key]?.latencyMs
      at.push((atMs - nowMs) / 1000)
      p50?.push(took?.p50 ?? null)
      p95?.push(took?.p95 ?? null)
      p99?.push(took?.p99 ?? null)
    }
    return [at, p50 ?? [], p95 ?? [], p99 ?? []]
  }

  get size(): number {
    return this.#samples.length
  }

  clear(): void {
    this.#samples.length = 0
  }
}

import { EMPTY, type Subscription } from 'rxjs'
import { withoutDemand } from '../core/fan-out.js'
import { Histogram } from '../core/histogram.js'
import type { Runtime } from '../core/runtime.js'
import type { ExpectState } from '../core/wire.js'
import type { Built } from './build.js'
import type { WrittenExpect } from './pipeline.js'
import type { Plan } from './planned.js'
import { pathTo } from './path.js'

const shares = { p50: 0.5, p95: 0.95, p99: 0.99 } as const

/** Measures what a pipeline declared it needs (D1). */
export type Expectations = {
  readonly read: (nowMs: number) => readonly ExpectState[]
}

/** Listens for the figures of `expect`, each over its own window. Tells when one is broken, once for each time. */
export function watchExpectations(
  plan: Plan,
  runtime: Runtime,
  built: Built,
  subscriptions: Subscription[],
): Expectations {
  const watched = plan.expects.map((expect) => ({
    expect,
    histogram: listen(expect, runtime, built, subscriptions),
    broken: false,
  }))
  return {
    read: (nowMs) =>
      watched.map((one) => {
        const { expect, histogram } = one
        const measuredMs = histogram.quantile(shares[expect.at], nowMs)
        const holds = measuredMs === null ? null : measuredMs <= expect.limitMs
        const because = holds === false ? slowestOf(plan, runtime, expect, nowMs) : null
        if (holds === false && !one.broken) runtime.tell('warning', inWords(expect, measuredMs ?? 0, because))
        one.broken = holds === false
        const { from, to, figure, limitMs, at, overMs } = expect
        const state = { from, to, figure, limitMs, at, overMs, measuredMs, holds }
        return because === null ? state : { ...state, because }
      }),
  }
}

function listen(expect: WrittenExpect, runtime: Runtime, built: Built, subscriptions: Subscription[]): Histogram {
  const histogram = new Histogram(runtime.clock.nowMs(), expect.overMs)
  const record = (valueMs: number, nowMs: number): void => {
    histogram.record(valueMs, nowMs)
  }
  if (expect.figure === 'delay') {
    const result$ = built.results.get(expect.to)
    const listening = (result$ === undefined ? EMPTY : built.branches.consumed(withoutDemand(result$))).subscribe({
      next: (packet) => {
        const nowMs = runtime.clock.nowMs()
        record(nowMs - packet.capturedAtMs, nowMs)
      },
      error: () => undefined, // the branch itself tells
    })
    subscriptions.push(listening)
    return histogram
  }
  const key = `${expect.to.split('.')[0] ?? expect.to} ${expect.figure}`
  runtime.measures.set(key, [...(runtime.measures.get(key) ?? []), record])
  return histogram
}

function inWords(expect: WrittenExpect, measuredMs: number, because: string | null): string {
  const figure = `${expect.figure} of ${expect.to} is ${measuredMs.toFixed(1)} ms at ${expect.at}`
  return `${figure}, more than the ${String(expect.limitMs)} ms expected${because === null ? '' : `; longest in ${because}`}`
}

/** The stage on the way that takes longest. */
function slowestOf(plan: Plan, runtime: Runtime, expect: WrittenExpect, nowMs: number): string | null {
  let slowest: string | null = null
  let longestMs = 0
  for (const key of pathTo(plan, expect.to)) {
    const tookMs = runtime.meters.get(key)?.latency.quantile(0.95, nowMs) ?? 0
    if (tookMs > longestMs) {
      longestMs = tookMs
      slowest = key
    }
  }
  return slowest
}

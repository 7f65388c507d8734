/** The value that the given share of the samples do not exceed. */
export function quantile(samples, share) {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN
}

const round = (value) => Math.round(value * 1000) / 1000

/** n, p50, p95, p99 and max of samples. */
export function figures(samples) {
  const max = samples.reduce((most, sample) => Math.max(most, sample), -Infinity)
  return {
    n: samples.length,
    p50: round(quantile(samples, 0.5)),
    p95: round(quantile(samples, 0.95)),
    p99: round(quantile(samples, 0.99)),
    max: round(max),
  }
}

/**
 * A row as it is printed: ours beside its baseline, and what is to be reached.
 * A target is a ratio or a difference to the baseline, else an absolute figure; `check` says of the figures whether it holds.
 */
export function row({ what, unit = 'ms', samples, baseline, baselineSamples, target, check, notes }) {
  const ours = figures(samples)
  const base = baselineSamples === undefined ? undefined : figures(baselineSamples)
  return {
    what,
    unit,
    ...ours,
    ...(base === undefined
      ? {}
      : {
          baseline,
          baselineP50: base.p50,
          baselineP99: base.p99,
          ratio: Math.round((ours.p50 / base.p50) * 100) / 100,
        }),
    ...(target === undefined ? {} : { target, holds: check(ours, base) }),
    ...(notes === undefined ? {} : { notes }),
  }
}

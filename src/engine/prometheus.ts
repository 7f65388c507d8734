import type { RunState } from '../core/wire.js'

type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number }

/** A run's state as Prometheus text: counters and quantiles for each stage, age at the actuator. */
export function prometheus(state: RunState): string {
  const stages = Object.entries(state.stages)
  const lines: string[] = []
  const metric = (name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): void => {
    if (samples.length === 0) return
    lines.push(`# HELP saccade_${name} ${help}`, `# TYPE saccade_${name} ${type}`)
    for (const { labels, value } of samples) lines.push(`saccade_${name}${labelsOf(labels)} ${String(value)}`)
  }
  const perStage = (figure: 'in' | 'out' | 'held'): readonly Sample[] =>
    stages.map(([stage, read]) => ({ labels: { stage }, value: read[figure] }))
  const quantiles = (stage: string, spread: { p50: number; p95: number; p99: number } | null): readonly Sample[] =>
    spread === null
      ? []
      : (['p50', 'p95', 'p99'] as const).map((at) => ({
          labels: { stage, quantile: `0.${at.slice(1)}` },
          value: spread[at] / 1000,
        }))

  const isUp = state.state === 'running' || state.state === 'paused'
  metric('up', 'gauge', 'Whether the run is running, or paused.', [{ labels: {}, value: isUp ? 1 : 0 }])
  metric('packets_in_total', 'counter', 'Packets taken.', perStage('in'))
  metric('packets_out_total', 'counter', 'Packets given.', perStage('out'))
  const dropped = stages.flatMap(([stage, read]) =>
    Object.entries(read.dropped).map(([reason, value]) => ({ labels: { stage, reason }, value })),
  )
  metric('packets_dropped_total', 'counter', 'Packets dropped, by reason.', dropped)
  metric(
    'restarts_total',
    'counter',
    'How often a stage was built anew after an error.',
    stages.map(([stage, { restarts }]) => ({ labels: { stage }, value: restarts })),
  )
  metric(
    'stage_failed',
    'gauge',
    'Whether a stage has failed for good.',
    stages.map(([stage, read]) => ({ labels: { stage }, value: read.state === 'failed' ? 1 : 0 })),
  )
  metric('packets_held', 'gauge', 'Packets waiting or in work.', perStage('held'))
  metric(
    'latency_seconds',
    'gauge',
    'From taking to giving, last 10 s.',
    stages.flatMap(([stage, read]) => quantiles(stage, read.latencyMs)),
  )
  metric(
    'delay_seconds',
    'gauge',
    'From capture to result, last 10 s.',
    stages.flatMap(([stage, read]) => quantiles(stage, read.ageMs)),
  )
  if (state.robot !== null) {
    metric(
      'age_seconds',
      'gauge',
      'Age of the data behind the commands, last 10 s.',
      quantiles(state.robot.name, state.robot.ages),
    )
    metric(
      'reaction_seconds',
      'gauge',
      'Capture to first command, last 10 s.',
      quantiles(state.robot.name, state.robot.reactions),
    )
  }
  metric('clients', 'gauge', 'Who watches.', [{ labels: {}, value: state.clients }])
  metric('frames_lent', 'gauge', 'Frames lent now.', [{ labels: {}, value: state.frames.lent }])
  return `${lines.join('\n')}\n`
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

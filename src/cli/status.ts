import { stripVTControlCharacters } from 'node:util'
import type { RunState } from '../core/wire.js'
import type { PipelineRun } from '../engine/create-pipeline.js'
import { amber, bold, dim, say } from './terminal.js'

const liveMs = 500
const quietMs = 10_000

/** Shows how a run does: one line that renews itself on a terminal, a line every ten seconds elsewhere. Returns how to end it. */
export function showStatus(run: PipelineRun, json: boolean): () => void {
  const { isTTY } = process.stderr
  const live = isTTY && !json
  const show = (): void => {
    const state = run.snapshot()
    if (json) say(JSON.stringify({ type: 'status', ...state }))
    else if (live) process.stderr.write(`\r\u001b[2K${fitted(statusLine(state))}`)
    else if (state.state === 'running' || state.state === 'paused') say(statusLine(state))
  }
  const timer = setInterval(show, live ? liveMs : json ? 1000 : quietMs)
  timer.unref()
  const stopWatching = live ? run.events(() => process.stderr.write('\r\u001b[2K')) : () => undefined
  return () => {
    clearInterval(timer)
    stopWatching()
    if (live) process.stderr.write('\r\u001b[2K')
    if (json) show()
    else say(summaryLine(run.snapshot()))
  }
}

function fitted(line: string): string {
  const { columns } = process.stderr
  // Colours take no columns; cutting inside one would leave it on.
  const bare = stripVTControlCharacters(line)
  return columns > 0 && bare.length > columns - 1 ? bare.slice(0, columns - 1) : line
}

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0))

/** `running 12 s · faces 30.0/s 5.9 ms · head acts on data 31 ms old (p99 38) · 0 dropped · 1 watching` */
function statusLine(state: RunState): string {
  const parts = [`${bold(state.state)} ${(state.runningForMs / 1000).toFixed(0)} s`]
  for (const [name, stage] of Object.entries(state.stages)) {
    if (name.includes('/') || name.includes('.')) continue
    const ails = stage.state === 'failed' || stage.state === 'restarting'
    if (stage.out === 0 && !ails) continue
    if (ails) parts.push(amber(`${name} ${stage.state}`))
    else if (name !== state.robot?.name) {
      const took = stage.latencyMs === null ? '' : ` ${ms(stage.latencyMs.p50)} ms`
      parts.push(`${name} ${stage.perSecond.toFixed(1)}/s${dim(took)}`)
    }
  }
  const { robot } = state
  if (robot !== null && robot.ageMs !== null) {
    const least = robot.stamp === 'arrival' ? 'at least ' : ''
    const p99 = robot.ages === null ? '' : dim(` (p99 ${ms(robot.ages.p99)})`)
    parts.push(`${robot.name} ${robot.state}, on data ${least}${ms(robot.ageMs)} ms old${p99}`)
  } else if (robot?.stop !== undefined) parts.push(amber(`${robot.name} stopped (${robot.stop})`))
  const losses = lossesOf(state)
  parts.push(losses === '' ? 'nothing lost' : amber(losses), `${String(state.clients)} watching`)
  for (const { holds, figure, to, measuredMs, limitMs } of state.expect) {
    if (holds === false) parts.push(amber(`${figure} of ${to} ${ms(measuredMs ?? 0)} > ${ms(limitMs)} ms`))
  }
  return parts.join(' · ')
}

/** What was dropped against anyone's wish, by stage and reason. */
function lossesOf(state: RunState): string {
  const wished = ['rate', 'empty', 'shutdown']
  return Object.entries(state.stages)
    .filter(([name]) => !name.includes('/'))
    .flatMap(([name, { dropped }]) =>
      Object.entries(dropped)
        .filter(([reason, count]) => count > 0 && !wished.includes(reason))
        .map(([reason, count]) => `${name} lost ${String(count)} (${reason})`),
    )
    .join(', ')
}

function summaryLine(state: RunState): string {
  const done = Object.entries(state.stages)
    .filter(([name]) => !name.includes('/') && !name.includes('.'))
    .map(([name, { out }]) => `${name} ${String(out)}`)
  const losses = lossesOf(state)
  return `${state.state === 'failed' ? 'failed' : 'stopped'} after ${(state.runningForMs / 1000).toFixed(1)} s: ${done.join(', ')} results; ${losses === '' ? 'nothing lost' : losses}`
}

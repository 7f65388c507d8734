import { withoutPassword } from '../core/media-address.js'
import { describeHow } from '../core/how.js'
import type { How } from '../core/stage.js'
import { formatMs } from '../core/units.js'
import type { Plan, PlannedJoin, PlannedStep } from './planned.js'

/** The plan as a person reads it: what runs, in order, and what was decided. */
export function describePlan(plan: Plan): string {
  const lines = [plan.about === null ? plan.name : `${plan.name}: ${plan.about}`]
  const width = Math.max(...plan.entries.map(({ name }) => name.length), 4)
  for (const kind of ['stream', 'operator', 'sink'] as const) {
    const entries = plan.entries.filter((entry) => entry.kind === kind)
    if (entries.length > 0) lines.push('', `${kind}s`)
    for (const entry of entries) {
      const from =
        entry.from.length === 0 ? [] : [entry.join?.inputs.map(describeInput).join(' + ') ?? entry.from.join(' + ')]
      const steps = entry.steps.map((step, nth) =>
        nth === 0 && entry.join !== null ? describeJoin(entry.join) : describeStep(step),
      )
      const way = [...from, ...steps].join(' → ')
      const live = kind === 'stream' ? (entry.live ? '  (live)' : '  (recorded)') : ''
      lines.push(`  ${entry.name.padEnd(width)}  ${way}${live}`)
    }
  }
  if (plan.expects.length > 0) lines.push('', 'expected')
  for (const { from, to, figure, limitMs, at, overMs } of plan.expects) {
    lines.push(`  ${figure} ${from} → ${to} at most ${String(limitMs)} ms at ${at} over ${String(overMs / 1000)} s`)
  }
  if (plan.notes.length > 0) lines.push('', 'decided')
  for (const note of plan.notes) lines.push(`  ${note}`)
  return `${lines.join('\n')}\n`
}

function describeInput({ name, from, sampled }: PlannedJoin['inputs'][number]): string {
  return `${name}: ${from}${sampled ? ' (sampled)' : ''}`
}

function describeJoin({ on, inputs }: PlannedJoin): string {
  const taken = inputs.flatMap(({ name, selector }) => {
    return selector === null ? [] : [`${name} ${selector.by} ${formatMs(selector.withinMs)}`]
  })
  return `join on ${on}, ${taken.join(', ')}`
}

function describeStep({ stage, options, how, inserted }: PlannedStep): string {
  const main = stage.main === undefined ? undefined : (options as Readonly<Record<string, unknown>>)[stage.main]
  const value = typeof main === 'string' ? ` ${withoutPassword(main)}` : ''
  return inserted ? `[${stage.name}${value}]` : `${stage.name}${value}${inBrackets(how)}`
}

/** How it is run, where that was written: ` (concurrency 4, timeout 2s)`. */
function inBrackets(how: How): string {
  const words = describeHow(how)
  return words.length === 0 ? '' : ` (${words.join(', ')})`
}

/** The plan as a mermaid flowchart, in the file's own names. */
export function mermaidOf({ graph, entries }: Plan): string {
  const id = (name: string): string => name.replaceAll(/[^\w]/g, '_')
  const shapes = { stream: ['([', '])'], operator: ['[', ']'], sink: ['[[', ']]'] } as const
  const nodes = entries.map(({ name, kind, steps }) => {
    const [open, close] = shapes[kind]
    const stages = steps.map(({ stage, how }) => `${stage.name}${inBrackets(how)}`)
    return `  ${id(name)}${open}"${name}<br/>${stages.join(' · ')}"${close}`
  })
  const edges = graph.edges.map(({ from, to, queue, input, taken, sampled }) => {
    const [owner = from, result] = from.split('.')
    const label = [result, input, taken, queue].filter((word) => word !== undefined).join(' · ')
    return `  ${id(owner)} ${sampled === true ? '-.->' : '-->'}${label === '' ? '' : `|${label}|`} ${id(to)}`
  })
  return ['flowchart LR', ...nodes, ...edges, ''].join('\n')
}

import { describeEdge } from '../core/default-edge.js'
import { describeHow } from '../core/how.js'
import { anyPort, type Port } from '../core/stage.js'
import { valueWithoutSecrets } from '../core/without-secrets.js'
import { formatMs } from '../core/units.js'
import type { GraphJson, StepJson } from '../core/wire.js'
import { edgeOptions, type QueueSettings } from '../operators/queue.js'
import { optionsAsWritten } from './option-values.js'
import type { PlannedEntry, PlannedJoin, PlannedStep } from './planned.js'

type GraphEdge = GraphJson['edges'][number]

/** Nodes and edges for `graph` and the page, in the file's own names; each edge with what waits on it. */
export function graphOf(entries: readonly PlannedEntry[], ports: ReadonlyMap<string, Port<unknown>>): GraphJson {
  return {
    nodes: entries.map(({ name, kind, steps }) => {
      const how = steps.flatMap((step) => {
        const words = describeHow(step.how)
        return words.length === 0 ? [] : [[step.key, words.join(', ')] as const]
      })
      const stages = steps.map((step) => step.stage.name)
      return {
        name,
        kind,
        stages,
        steps: steps.map(stepOf),
        ...(how.length === 0 ? {} : { how: Object.fromEntries(how) }),
      }
    }),
    edges: entries.flatMap((entry) =>
      entry.join === null
        ? entry.from.map((from) => edgeOf(entry, from, ports.get(from) ?? anyPort))
        : joinEdges(entry, entry.join),
    ),
  }
}

/** A stage of a pipe with what it is set to; passwords and the like are left out. */
function stepOf(step: PlannedStep): StepJson {
  const { key, stage, inserted } = step
  const { name, summary } = stage
  const set = valueWithoutSecrets(optionsAsWritten(step)) as Readonly<Record<string, unknown>>
  return { key, stage: name, summary, options: set, ...(inserted ? { inserted } : {}) }
}

function edgeOf(entry: PlannedEntry, from: string, port: Port<unknown>): GraphEdge {
  const to = entry.name
  const queue = entry.steps.find((step) => step.stage.name === 'queue')
  if (queue !== undefined) {
    const edge = edgeOptions(queue.options as QueueSettings)
    return { from, to, queue: describeEdge(edge), stage: queue.key }
  }
  const last = entry.steps.at(-1)
  if (last?.stage.kind !== 'sink') return { from, to }
  if (last.stage.actuator) return { from, to, queue: 'latest', stage: `${last.key}/queue` }
  const own = last.stage.edgeOf?.(port) ?? null
  return own === null ? { from, to } : { from, to, queue: describeEdge(own), stage: `${last.key}/${from}/queue` }
}

/** Each input by its name in the join; a side with how it is taken from, and with what counts its items. */
function joinEdges({ name: to, steps }: PlannedEntry, { inputs }: PlannedJoin): readonly GraphEdge[] {
  const key = steps[0]?.key ?? to
  return inputs.map(({ name: input, from, selector, sampled }) => {
    if (selector === null) return { from, to, input }
    const taken = `${selector.by} ${formatMs(selector.withinMs)}`
    return { from, to, input, taken, stage: `${key}/${input}`, ...(sampled ? { sampled } : {}) }
  })
}

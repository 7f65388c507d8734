import { type AnyStage, anyPort, type Port } from '../core/stage.js'
import { isJoin, portInWords } from './joins.js'
import { type Connections, portsAlong } from './connections.js'
import type { WrittenEntry } from './pipeline.js'
import type { PlannedStep } from './planned.js'
import type { Reader } from './reader.js'
import type { Registry } from './registry.js'

const inputOf = (stage: AnyStage): Port<unknown> => (stage.kind === 'stream' ? anyPort : (stage.input as Port<unknown>))

/** Whether each stage takes what comes to it (C2), and an actuator has one writer (A1). */
export function checkPorts(
  { report }: Reader,
  registry: Registry,
  entry: WrittenEntry,
  steps: readonly PlannedStep[],
  connections: Connections,
): void {
  if (entry.kind === 'stream' || steps.length !== entry.steps.length) return
  // Several inputs without a join: that was told.
  if (entry.joins && steps[0] !== undefined && !isJoin(steps[0])) return
  const ports = portsAlong(entry, steps, connections)
  checkMerge({ report }, entry, steps, connections)
  for (const [index, step] of steps.entries()) {
    const { stage, line, column, path } = step
    const wanted = inputOf(stage)
    const before = [['what comes before it', ports[index]] as const]
    const incoming = index > 0 ? before : entry.from.map(({ name }) => [name, connections.results.get(name)] as const)
    for (const [name, port] of incoming) {
      if (port === undefined || port.name === 'any') continue
      if (stage.kind === 'operator' && stage.refuses !== undefined) {
        const refusal = stage.refuses(step.options, port)
        const text = `${stage.name} takes ${refusal?.wanted ?? ''}, but ${name} is ${portInWords(port)}`
        if (refusal !== null) report({ line, column }, path, text, refusal.remedy)
        continue
      }
      if (fits(wanted, port)) continue
      const takers = [...registry.values()].filter((one) => one.kind === stage.kind && inputOf(one).name === port.name)
      const also = takers.length === 0 ? '' : `; ${port.name} goes into: ${takers.map((one) => one.name).join(', ')}`
      const text = `${stage.name} takes ${portInWords(wanted)}, but ${name} is ${portInWords(port)}`
      report({ line, column }, path, text, `feed it ${portInWords(wanted)}${also}`)
    }
    if (stage.kind === 'sink' && stage.actuator && entry.from.length > 1) {
      const text = 'an actuator has one writer: an arbiter of several is not built yet'
      report(entry, `${entry.path}.from`, text, 'name one source')
    }
  }
}

/** Ports match by name; what is joined has the fields that are wanted of it, and may have more. */
function fits(wanted: Port<unknown>, { name, fields }: Port<unknown>): boolean {
  if (wanted.name === 'any') return true
  const all = Object.entries(wanted.fields ?? {})
  return (
    wanted.name === name && all.every(([field, port]) => fields?.[field] !== undefined && fits(port, fields[field]))
  )
}

/** Names that are merged are of one kind, as what comes out has one port; a sink of channels merges nothing. */
function checkMerge(
  { report }: Pick<Reader, 'report'>,
  entry: WrittenEntry,
  steps: readonly PlannedStep[],
  { results }: Connections,
): void {
  const [first] = steps
  if (first === undefined || isJoin(first) || inputOf(first.stage).name !== 'any' || first.stage.kind === 'sink') return
  const carried = entry.from.flatMap(({ name }) => {
    const port = results.get(name)
    return port === undefined || port.name === 'any' ? [] : [`${name} is ${port.name}`]
  })
  const kinds = new Set(entry.from.map(({ name }) => results.get(name)?.name).filter((name) => name !== 'any'))
  kinds.delete(undefined)
  if (kinds.size < 2) return
  report(entry, `${entry.path}.from`, `cannot be merged: ${carried.join(', ')}`, 'make an entry for each kind')
}

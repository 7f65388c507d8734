import type { Adapters } from '../core/adapters.js'
import { checkExpects } from './check-expects.js'
import { checkJoin, noteWaits } from './check-join.js'
import { checkPlaces } from './check-places.js'
import { checkPorts } from './check-ports.js'
import { connect, portsAlong, resultNames } from './connections.js'
import { findCycles } from './cycles.js'
import { withDefaultEdges } from './default-edges.js'
import { graphOf } from './graph-of.js'
import { plannedJoin } from './joins.js'
import type { Pipeline, WrittenEntry } from './pipeline.js'
import { planStep } from './plan-step.js'
import type { Plan, PlannedEntry, PlannedStep } from './planned.js'
import type { Problem } from './problem.js'
import { createReader, type Reader } from './reader.js'
import type { Registry } from './registry.js'
import { noteModels, urgentEntries } from './urgency.js'
import { settleWishes } from './wishes.js'

/** Fits a pipeline together: stages, options, ports, cycles, default edges, sizes. Reports all that does not fit (C1, C2). */
export function planPipeline(
  pipeline: Pipeline,
  file: string,
  registry: Registry,
  adapters: Adapters,
): { readonly plan: Plan; readonly problems: Problem[] } {
  const problems: Problem[] = []
  const reader = createReader(problems)
  const { entries, parameters, text, name, about, expects } = pipeline
  const planned = new Map(
    entries.map((entry) => [
      entry,
      entry.steps.map((_, index) => planStep(reader, registry, parameters, entry, index)),
    ]),
  )
  const connections = connect(reader, entries, planned)
  const { results, owners, roots, isLive } = connections
  const { sorted, cycles } = findCycles(entries, owners)
  reportCycles(reader, cycles)
  const notes: string[] = []
  const connected = sorted.map((entry): PlannedEntry => {
    const written = (planned.get(entry) ?? []).filter((step) => step !== undefined)
    const live = isLive(entry)
    checkJoin(reader, entry, planned.get(entry) ?? [], connections)
    checkPorts(reader, registry, entry, written, connections)
    if (live) reportBlocks(reader, written, roots(entry))
    const ports = portsAlong(entry, written, connections)
    const steps =
      entry.kind === 'stream' ? written : withDefaultEdges(entry.name, written, ports, live, registry, notes)
    const from = entry.from.filter((ref) => results.has(ref.name)).map((ref) => ref.name)
    const join = plannedJoin(entry, written[0], owners)
    noteWaits(entry.name, written[0], live, notes)
    const { line, column, kind } = entry
    const wish = { picture: null, sound: null, behind: {} }
    return { line, column, name: entry.name, kind, from, join, steps, live, urgent: false, wish }
  })
  const urgent = urgentEntries(connected)
  const fitted = connected.map((entry) => ({ ...entry, urgent: urgent.has(entry.name) }))
  checkPlaces(reader, fitted)
  noteSharedBlocks(fitted, notes)
  noteUnused(fitted, notes)
  noteModels(fitted, adapters.modelWorkers, notes)
  checkExpects(reader, expects, planned, connections)
  const settled = problems.length > 0 ? fitted : settleWishes(fitted, notes, reader.report, adapters)
  const graph = graphOf(settled, results)
  const plan = { name, about, file, text, entries: settled, results, expects, notes, graph }
  return { plan, problems }
}

function reportCycles({ report }: Reader, cycles: readonly (readonly WrittenEntry[])[]): void {
  for (const cycle of cycles) {
    const [first] = cycle
    if (first === undefined) continue
    const names = [...cycle, first].map((entry) => entry.name).join(' → ')
    report(first, first.path, `goes in a circle: ${names}`, 'let one of them take its packets from a stream')
  }
}

/** E5: what is live cannot wait. */
function reportBlocks({ report }: Reader, steps: readonly PlannedStep[], roots: readonly WrittenEntry[]): void {
  for (const { stage, options, line, column, path } of steps) {
    if (stage.name !== 'queue' || (options as { readonly whenFull?: string }).whenFull !== 'block') continue
    const sources = roots.map((root) => root.name).join(', ')
    const text = `block on ${sources}, which is live and cannot wait: it would only grow stale`
    const remedy = 'write queue: latest (or drop-oldest with a capacity), or read the source with pace: fast'
    report({ line, column }, path, text, remedy)
  }
}

/** E6: a `block` that nobody wrote does not hold up the other readers of what is recorded, and so can lose. */
function noteSharedBlocks(entries: readonly PlannedEntry[], notes: string[]): void {
  for (const { name, from, steps } of entries) {
    const blocks = steps.some(
      ({ inserted, options }) => inserted && 'whenFull' in options && options.whenFull === 'block',
    )
    const shared = from.filter((result) => entries.filter((other) => other.from.includes(result)).length > 1)
    if (!blocks || shared.length === 0) continue
    const sources = shared.join(', ')
    notes.push(
      `${name}: its block holds ${sources} only while all its readers wait; to lose nothing write queue: block`,
    )
  }
}

function noteUnused(entries: readonly PlannedEntry[], notes: string[]): void {
  for (const entry of entries) {
    if (entry.kind === 'sink') continue
    const names = resultNames(entry, entry.steps.at(-1)?.stage).map(([result]) => result)
    if (entries.some((other) => other.from.some((from) => names.includes(from)))) continue
    notes.push(`${entry.name} is used by nothing, so it does not run unless it is tapped`)
  }
}

import { anyPort, type AnyStage, type Port } from '../core/stage.js'
import { isSampled } from './cycles.js'
import { anchorOf, joinedPortOf } from './joins.js'
import type { WrittenEntry } from './pipeline.js'
import type { PlannedStep } from './planned.js'
import { suggest } from './problem.js'
import type { Reader } from './reader.js'

/** The steps of each entry; undefined where one could not be planned. */
export type PlannedSteps = ReadonlyMap<WrittenEntry, readonly (PlannedStep | undefined)[]>

/** Who gives what to whom. */
export type Connections = {
  readonly results: ReadonlyMap<string, Port<unknown>>
  readonly owners: ReadonlyMap<string, WrittenEntry>
  readonly portOf: (result: string) => Port<unknown> | undefined
  /** The streams whose packets reach an entry: of a join, those of its anchor. */
  readonly roots: (entry: WrittenEntry) => readonly WrittenEntry[]
  /** Whether one of them cannot wait. */
  readonly isLive: (entry: WrittenEntry) => boolean
}

/** The results of an entry by their full names: `room` is `room.video`, `head` is `head.measured`. */
export function resultNames(
  entry: { readonly name: string },
  stage: AnyStage | undefined,
): readonly (readonly [string, Port<unknown>])[] {
  if (stage === undefined) return []
  if (stage.kind === 'operator') return [[entry.name, stage.output as Port<unknown>]]
  const results = Object.entries(stage.results as Readonly<Record<string, Port<unknown>>>)
  const named = results.map(([result, port]) => [`${entry.name}.${result}`, port] as const)
  const main = results.find(([result]) => result === stage.mainResult)
  return main === undefined ? named : [[entry.name, main[1]], ...named]
}

/** Resolves every `from` to a result, and reports those that name none. */
export function connect(reader: Reader, entries: readonly WrittenEntry[], planned: PlannedSteps): Connections {
  const results = new Map<string, Port<unknown>>()
  const owners = new Map<string, WrittenEntry>()
  const named = new Map<string, WrittenEntry>()
  for (const entry of entries) {
    const other = named.get(entry.name)
    if (other !== undefined) {
      reader.report(entry, entry.path, `the name ${entry.name} is taken by ${other.path}`, 'give it another name')
    }
    named.set(entry.name, entry)
    for (const [name, port] of resultNames(entry, planned.get(entry)?.at(-1)?.stage)) {
      results.set(name, port)
      owners.set(name, entry)
    }
  }
  for (const ref of entries.flatMap((entry) => entry.from)) {
    if (results.has(ref.name)) continue
    const owner = named.get(ref.name.split('.')[0] ?? '')
    // Where its stage is unknown, that was told.
    if (owner !== undefined && planned.get(owner)?.at(-1) === undefined) continue
    const text = owner === undefined ? `there is no ${ref.name}` : `${owner.name} has no result ${ref.name}`
    reader.report(ref, ref.path, text, suggest(ref.name, [...results.keys()], 'results'))
  }

  // What comes out of a stage that keeps any type, or of a join, hangs on what goes in.
  const settled = new Map<WrittenEntry, Port<unknown>>()
  const settle = (entry: WrittenEntry): Port<unknown> => {
    const known = settled.get(entry)
    if (known !== undefined) return known
    settled.set(entry, anyPort)
    const steps = planned.get(entry)?.filter((step) => step !== undefined) ?? []
    const port = portsAlong(entry, steps, { portOf }).at(-1) ?? anyPort
    settled.set(entry, port)
    return port
  }
  const portOf = (name: string): Port<unknown> | undefined => {
    const owner = owners.get(name)
    return owner?.kind === 'operator' ? settle(owner) : results.get(name)
  }
  for (const [name, owner] of owners) if (owner.kind === 'operator') results.set(name, settle(owner))

  const rootsOf = (entry: WrittenEntry, seen: Set<WrittenEntry>): readonly WrittenEntry[] => {
    if (seen.has(entry)) return []
    seen.add(entry)
    if (entry.kind === 'stream') return [entry]
    const anchor = anchorOf(entry, planned.get(entry)?.[0])
    const sources = entry.from.filter((ref) => !isSampled(ref, owners.get(ref.name)))
    const trunk = sources.filter(({ input }) => input === anchor)
    // Where the anchor is none that can be one, that was told.
    return (trunk.length > 0 ? trunk : sources).flatMap((ref) => {
      const owner = owners.get(ref.name)
      return owner === undefined ? [] : rootsOf(owner, seen)
    })
  }
  const roots = (entry: WrittenEntry): readonly WrittenEntry[] => rootsOf(entry, new Set())
  const isLive = (entry: WrittenEntry): boolean =>
    roots(entry).some((root) => {
      const step = planned.get(root)?.[0]
      return step?.stage.kind === 'stream' ? step.stage.live(step.options) : true
    })
  return { results, owners, portOf: (name) => results.get(name), roots, isLive }
}

/** What flows into each step of an entry, and out of the last; stages that keep any type are looked through. */
export function portsAlong(
  entry: WrittenEntry,
  steps: readonly PlannedStep[],
  { portOf }: Pick<Connections, 'portOf'>,
): readonly Port<unknown>[] {
  const first = entry.joins ? undefined : entry.from.map((ref) => portOf(ref.name)).find((port) => port !== undefined)
  const ports = [first ?? anyPort]
  for (const step of steps) {
    const { stage } = step
    const before = ports.at(-1) ?? anyPort
    const joined = joinedPortOf(entry, step, portOf)
    const output = joined ?? (stage.kind === 'operator' ? (stage.output as Port<unknown>) : anyPort)
    ports.push(output.name === 'any' ? before : output)
  }
  return ports
}

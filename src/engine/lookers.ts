import type { Plan, PlannedEntry } from './planned.js'

/** Where a click on a picture goes: the stages that look, and by which origins they know what that picture shows. */
export type Lookers = { readonly stages: readonly string[]; readonly origins: readonly string[] }

/**
 * The results that are pictures, by name, on which one can say where to look: those that show what some stage looks at
 * further on. A stream's packets carry its result's name as their origin, whatever is done to them on the way.
 */
export function lookersOf(plan: Plan): ReadonlyMap<string, Lookers> {
  const entries = new Map(plan.entries.map((entry) => [entry.name, entry]))
  const looking = plan.entries.flatMap((entry) => {
    const keys = entry.steps.flatMap(({ key, stage }) =>
      stage.kind === 'operator' && stage.looks === true ? [key] : [],
    )
    const origins = inputsOf(entry).flatMap((name) => originsOf(name, entries))
    return keys.map((key) => ({ key, origins }))
  })
  const lookers = new Map<string, Lookers>()
  for (const [name, port] of plan.results) {
    if (port.kind !== 'video') continue
    const shown = originsOf(name, entries)
    const stages = looking.filter(({ origins }) => origins.some((origin) => shown.includes(origin)))
    if (stages.length > 0) lookers.set(name, { stages: stages.map(({ key }) => key), origins: shown })
  }
  return lookers
}

/** The streams' results, by full name, that a result is made of. A joined packet is its anchor's. */
function originsOf(name: string, entries: ReadonlyMap<string, PlannedEntry>): readonly string[] {
  const [head = ''] = name.split('.')
  const entry = entries.get(head)
  const stage = entry?.steps[0]?.stage
  if (entry === undefined || stage === undefined || entry.kind === 'sink') return []
  if (stage.kind === 'stream') return [name === head ? `${head}.${stage.mainResult}` : name]
  return [...new Set(inputsOf(entry).flatMap((from) => originsOf(from, entries)))]
}

function inputsOf({ from, join }: PlannedEntry): readonly string[] {
  if (join === null) return from
  return join.inputs.filter(({ selector }) => selector === null).map((input) => input.from)
}

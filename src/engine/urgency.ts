import type { PlannedEntry } from './planned.js'

/** The names of the entries whose results reach something that moves, directly or not: their models' runs go first. */
export function urgentEntries(entries: readonly Pick<PlannedEntry, 'name' | 'from' | 'steps'>[]): ReadonlySet<string> {
  const byName = new Map(entries.map((entry) => [entry.name, entry]))
  const urgent = new Set<string>()
  const reach = (name: string): void => {
    const entry = byName.get(name)
    if (entry === undefined || urgent.has(name)) return
    urgent.add(name)
    for (const from of entry.from) reach(from.split('.')[0] ?? from)
  }
  for (const { name, steps } of entries) {
    const stage = steps.at(-1)?.stage
    if (stage?.kind === 'sink' && stage.actuator) reach(name)
  }
  return urgent
}

/** Where models run: how many at once, and whose runs go first. */
export function noteModels(entries: readonly PlannedEntry[], workers: number, notes: string[]): void {
  const infers = entries.filter(({ steps }) => steps.some(({ stage }) => 'infers' in stage && stage.infers))
  if (infers.length === 0) return
  const first = infers.filter(({ urgent }) => urgent).map(({ name }) => name)
  const others = infers.filter(({ urgent }) => !urgent).map(({ name }) => name)
  const order =
    first.length === 0 || others.length === 0
      ? ''
      : `; runs of ${first.join(', ')} go before those of ${others.join(', ')}, as something moves by them`
  notes.push(`models run on up to ${String(workers)} workers, one run each (SACCADE_WORKERS)${order}`)
}

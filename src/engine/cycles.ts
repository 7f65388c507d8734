import type { WrittenEntry, WrittenRef } from './pipeline.js'

/**
 * Entries in an order in which each comes after what it takes from, and the circles that have none (C2). What a join samples of
 * a sink closes a circle that is allowed: the sink comes after it all the same.
 */
export function findCycles(
  entries: readonly WrittenEntry[],
  owners: ReadonlyMap<string, WrittenEntry>,
): { readonly sorted: readonly WrittenEntry[]; readonly cycles: readonly (readonly WrittenEntry[])[] } {
  const sorted: WrittenEntry[] = []
  const cycles: (readonly WrittenEntry[])[] = []
  const done = new Set<WrittenEntry>()
  const path: WrittenEntry[] = []

  const visit = (entry: WrittenEntry): void => {
    if (done.has(entry)) return
    const start = path.indexOf(entry)
    if (start >= 0) {
      cycles.push(path.slice(start))
      return
    }
    path.push(entry)
    for (const ref of entry.from) {
      const owner = owners.get(ref.name)
      if (owner !== undefined && !isSampled(ref, owner)) visit(owner)
    }
    path.pop()
    done.add(entry)
    sorted.push(entry)
  }
  for (const entry of entries) visit(entry)
  return { sorted, cycles }
}

/** What a sink measures is an input of a join: looked at when the anchor asks for it. */
export function isSampled(ref: WrittenRef, owner: WrittenEntry | undefined): boolean {
  return ref.input !== null && owner?.kind === 'sink'
}

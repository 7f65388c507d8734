import type { PlannedEntry } from './planned.js'
import type { Reader } from './reader.js'

/** Whether two stages want what a run has once: a browser's camera. */
export function checkPlaces({ report }: Reader, entries: readonly PlannedEntry[]): void {
  const takers = new Map<string, string>()
  for (const { name, steps } of entries) {
    for (const { stage, options, line, column, path } of steps) {
      // Options that did not parse were told already.
      const place = Object.keys(options).length === 0 ? null : (stage.takesPlace?.(options) ?? null)
      if (place === null) continue
      const first = takers.get(place)
      takers.set(place, first ?? name)
      if (first === undefined) continue
      report({ line, column }, path, `${first} has ${place} already, and a run has it once`, `let both read ${first}`)
    }
  }
}

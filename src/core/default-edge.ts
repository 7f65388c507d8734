import type { EdgeOptions } from './edge.js'
import type { Port } from './stage.js'

/** What waits where nobody said what should (E4): live pictures `latest`, live sound `drop-oldest` 10, recorded `block`. */
export function defaultEdge(port: Port<unknown>, live: boolean): EdgeOptions {
  if (!live) return { whenFull: 'block', capacity: 1, maxAgeMs: null }
  if (port.kind === 'audio' || port.kind === 'voice') return { whenFull: 'drop-oldest', capacity: 10, maxAgeMs: null }
  return { whenFull: 'latest', capacity: 1, maxAgeMs: null }
}

/** As one writes it: `latest`, `drop-oldest 10`. */
export function describeEdge(edge: EdgeOptions): string {
  const policy = edge.whenFull === 'latest' ? 'latest' : `${edge.whenFull} ${String(edge.capacity)}`
  return edge.maxAgeMs === null ? policy : `${policy}, at most ${String(edge.maxAgeMs)}ms old`
}

import type { EdgeOptions } from './edge.js'
import type { Port } from './stage.js'
import { formatBytes, formatMs } from './units.js'

/** What waits where nobody said what should (E4): live pictures `latest`, live sound `drop-oldest` 10, recorded `block`. */
export function defaultEdge(port: Port<unknown>, live: boolean): EdgeOptions {
  const byDefault = true
  if (!live) return { whenFull: 'block', capacity: 1, maxAgeMs: null, byDefault }
  const sound = port.kind === 'audio' || port.kind === 'voice'
  if (sound) return { whenFull: 'drop-oldest', capacity: 10, maxAgeMs: null, byDefault }
  return { whenFull: 'latest', capacity: 1, maxAgeMs: null, byDefault }
}

/** As one writes it: `latest`, `drop-oldest 10`. */
export function describeEdge({ whenFull, capacity, bytes, maxAgeMs }: EdgeOptions): string {
  const policy = whenFull === 'latest' || whenFull === 'conflate' ? whenFull : `${whenFull} ${String(capacity)}`
  const room = bytes === undefined ? '' : `, at most ${formatBytes(bytes)}`
  return `${policy}${room}${maxAgeMs === null ? '' : `, at most ${formatMs(maxAgeMs)} old`}`
}

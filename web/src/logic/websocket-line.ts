import type { GraphJson } from '../../../src/core/wire.js'

const namedAtMost = 3

/** The line of the file that would send this run's first results to its page; null where it has none. */
export function websocketLine({ nodes, edges }: GraphJson): string | null {
  const results = [...new Set(edges.filter(({ sampled }) => sampled !== true).map(({ from }) => from))]
  if (results.length === 0) return null
  const taken = new Set(nodes.map(({ name }) => name))
  const name = ['live', 'page', 'shown'].find((one) => !taken.has(one)) ?? 'to-page'
  return `${name}: { from: [${results.slice(0, namedAtMost).join(', ')}], websocket: {} }`
}

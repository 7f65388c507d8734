import type { Written } from '../adapters/yaml.js'
import { duration } from '../core/units.js'
import type { WrittenExpect } from './pipeline.js'
import type { Reader } from './reader.js'
import { find, scalarOf } from './written.js'

const figures = ['reaction', 'delay', 'age'] as const
const words = ['from', 'to', ...figures, 'at', 'over']
const usualWindowMs = 10_000

/** `{ from: room.video, to: head, reaction: 50ms, at: p99, over: 10s }` */
export function readExpect(reader: Reader, at: Written, path: string): WrittenExpect | null {
  const { report } = reader
  const facts = reader.mapOf(at, path, 'an expectation')
  reader.onlyWords(facts, path, words, 'expect')
  const named = figures.filter((figure) => find(facts, figure) !== undefined)
  const [figure] = named
  const limit = figure === undefined ? undefined : find(facts, figure)
  if (figure === undefined || limit === undefined || named.length !== 1) {
    const remedy = 'write { from: room.video, to: head, reaction: 50ms, at: p99, over: 10s }'
    report(at, path, 'must name one of reaction, delay, age', remedy)
    return null
  }
  const [from, to] = [find(facts, 'from'), find(facts, 'to')]
  if (from === undefined || to === undefined) {
    report(at, path, 'must say from and to', 'write from: room.video, to: head')
    return null
  }
  const [shareAt, over] = [find(facts, 'at'), find(facts, 'over')]
  const share = shareAt === undefined ? 'p99' : scalarOf(shareAt)
  if (share !== 'p50' && share !== 'p95' && share !== 'p99') {
    report(shareAt ?? at, `${path}.at`, `must be p50, p95 or p99: found ${JSON.stringify(share)}`, 'write at: p99')
    return null
  }
  const limitMs = reader.quantity(limit, `${path}.${figure}`, duration())
  const overMs = over === undefined ? usualWindowMs : reader.quantity(over, `${path}.over`, duration({ min: 100 }))
  return { ...at, path, from: String(scalarOf(from)), to: String(scalarOf(to)), figure, limitMs, at: share, overMs }
}

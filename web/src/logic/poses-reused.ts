import type { RunState } from '../../../src/core/wire.js'

/** Which share of the solved poses came from the memory, 0 to 1; null before there were any. Detectors remember, too: they do not count. */
export function posesReused(memo: RunState['memo']): number | null {
  const poses = Object.entries(memo).filter(([stage]) => /\/solve-pose(-\d+)?$/.test(stage))
  const [hits, all] = poses.reduce(([h, n], [, one]) => [h + one.hits, n + one.hits + one.misses], [0, 0])
  return all === 0 ? null : hits / all
}

import type { Detection } from '../core/ports.js'

/**
 * Leaves one detection of each heap of overlapping ones: the heap's mean, weighted by score, with the best one's score.
 *
 * The best that is left gathers all whose intersection over union with it is above `minIou`; best first. MediaPipe's
 * weighted non-maximum suppression: the mean is steadier from frame to frame than the best alone.
 */
export function suppressNonMaxima(candidates: readonly Detection[], minIou: number): Detection[] {
  let left = [...candidates].sort((a, b) => b.score - a.score)
  const kept: Detection[] = []
  for (let best = left[0]; best !== undefined; best = left[0]) {
    const { boxPx } = best
    const heap = left.filter((other, i) => i === 0 || intersectionOverUnion(boxPx, other.boxPx) > minIou)
    const others = new Set(heap)
    left = left.filter((other) => !others.has(other))
    kept.push(weightedMean(best, heap))
  }
  return kept
}

type Box = Detection['boxPx']

/** The share of two boxes that both cover, 0 to 1; 0 where neither has an area. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1])
  if (width <= 0 || height <= 0) return 0
  const both = width * height
  return both / (a[2] * a[3] + b[2] * b[3] - both)
}

function weightedMean(best: Detection, heap: readonly Detection[]): Detection {
  if (heap.length === 1) return best
  const weight = heap.reduce((sum, { score }) => sum + score, 0)
  const mean = (valueOf: (one: Detection) => number) =>
    heap.reduce((sum, one) => sum + valueOf(one) * one.score, 0) / weight
  const { keypointsPx } = best
  return {
    ...best,
    boxPx: [
      mean((one) => one.boxPx[0]),
      mean((one) => one.boxPx[1]),
      mean((one) => one.boxPx[2]),
      mean((one) => one.boxPx[3]),
    ],
    keypointsPx: keypointsPx.map((own, k) => [
      mean((one) => one.keypointsPx[k]?.[0] ?? own[0]),
      mean((one) => one.keypointsPx[k]?.[1] ?? own[1]),
    ]),
  }
}

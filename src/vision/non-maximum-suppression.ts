import type { Detection } from '../core/ports.js'
import type { Boxes } from './candidates.js'

/**
 * Which boxes are left where those that overlap a better one of their class are taken out; best first, of equal scores the
 * earlier one first.
 *
 * Greedy: the best that is left gathers all of its class whose intersection over union with it is above `maxIou`. Costs
 * sorting, and winners times boxes.
 *
 * @param most ends after so many winners
 * @returns the winners by index, and for each box who gathered it: itself where it won, −1 where `most` was reached before
 */
export function winnersOf(
  { count, boxesPx, scores, classes }: Boxes,
  maxIou: number,
  most = Infinity,
): { readonly winners: readonly number[]; readonly winnerOf: Int32Array } {
  const order = Int32Array.from({ length: count }, (_, i) => i)
  order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
  const winners: number[] = []
  const winnerOf = new Int32Array(count).fill(-1)
  // What is left stands at the front of `order`, best first; each winner moves up what it does not gather.
  for (let left = count; left > 0 && winners.length < most;) {
    const best = order[0] ?? 0
    winners.push(best)
    winnerOf[best] = best
    const kind = classes[best]
    const [x, y, width, height] = [
      at(boxesPx, best, 0),
      at(boxesPx, best, 1),
      at(boxesPx, best, 2),
      at(boxesPx, best, 3),
    ]
    const right = x + width
    const bottom = y + height
    const area = width * height
    let kept = 0
    for (let k = 1; k < left; k++) {
      const other = order[k] ?? 0
      if (classes[other] === kind) {
        const otherX = at(boxesPx, other, 0)
        const otherY = at(boxesPx, other, 1)
        const otherWidth = at(boxesPx, other, 2)
        const otherHeight = at(boxesPx, other, 3)
        const across = Math.min(right, otherX + otherWidth) - Math.max(x, otherX)
        const down = Math.min(bottom, otherY + otherHeight) - Math.max(y, otherY)
        if (across > 0 && down > 0) {
          const both = across * down
          if (both > maxIou * (area + otherWidth * otherHeight - both)) {
            winnerOf[other] = best
            continue
          }
        }
      }
      order[kept++] = other
    }
    left = kept
  }
  return { winners, winnerOf }
}

function at(boxesPx: Float64Array, box: number, k: number): number {
  return boxesPx[4 * box + k] ?? 0
}

/**
 * Leaves one detection of each heap of overlapping ones: the heap's mean, weighted by score, with the best one's score.
 *
 * MediaPipe's weighted non-maximum suppression: the mean is steadier from frame to frame than the best alone. Labels do not
 * matter: it is for detectors of one thing.
 */
export function suppressNonMaxima(candidates: readonly Detection[], minIou: number): Detection[] {
  const { winners, winnerOf } = winnersOf(
    {
      count: candidates.length,
      boxesPx: Float64Array.from(candidates.flatMap(({ boxPx }) => boxPx)),
      scores: Float64Array.from(candidates, ({ score }) => score),
      classes: new Int32Array(candidates.length),
    },
    minIou,
  )
  return winners.flatMap((winner) => {
    const best = candidates[winner]
    const heap = candidates.filter((_, i) => winnerOf[i] === winner)
    return best === undefined
      ? []
      : [
          weightedMean(
            best,
            heap.sort((a, b) => b.score - a.score),
          ),
        ]
  })
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

import type { Tensors } from '../../adapters/onnx-bare-run.js'
import type { Detection } from '../../core/ports.js'
import { intersectionOverUnion } from '../../vision/non-maximum-suppression.js'

const leastIou = 0.5

/** How far two models find the same: `kept` of the first one's `boxes`, and what only the second has. */
export type Agreement = {
  readonly boxes: number
  readonly kept: number
  readonly onlySecond: number
  /** How far the scores of the kept ones are apart, on average; NaN where none was kept. */
  readonly scoreDifference: number
}

/** Compares what two models found on the same pictures: a box is kept where one of its label overlaps it by half (IoU). */
export function agreementOf(
  first: readonly (readonly Detection[])[],
  second: readonly (readonly Detection[])[],
): Agreement {
  let [boxes, kept, others, difference] = [0, 0, 0, 0]
  first.forEach((found, picture) => {
    const free = new Set(second[picture] ?? [])
    boxes += found.length
    others += free.size
    for (const one of [...found].sort((a, b) => b.score - a.score)) {
      const twin = best(one, free)
      if (twin === null) continue
      free.delete(twin)
      kept++
      difference += Math.abs(one.score - twin.score)
    }
  })
  return { boxes, kept, onlySecond: others - kept, scoreDifference: difference / kept }
}

function best(one: Detection, free: ReadonlySet<Detection>): Detection | null {
  let found: Detection | null = null
  let most = leastIou
  for (const other of free) {
    const overlap = other.label === one.label ? intersectionOverUnion(one.boxPx, other.boxPx) : 0
    if (overlap < most) continue
    most = overlap
    found = other
  }
  return found
}

/** The cosine between all numbers of two answers: 1 where they point the same way; 1 also where both are nothing. */
export function cosineOf(first: Tensors, second: Tensors): number {
  let [both, ofFirst, ofSecond] = [0, 0, 0]
  for (const [name, { data }] of Object.entries(first)) {
    const other = second[name]?.data ?? []
    for (let i = 0; i < data.length; i++) {
      const [a, b] = [Number(data[i] ?? 0), Number(other[i] ?? 0)]
      both += a * b
      ofFirst += a * a
      ofSecond += b * b
    }
  }
  return ofFirst === 0 && ofSecond === 0 ? 1 : both / Math.sqrt(ofFirst * ofSecond || 1)
}

/** What is known of two models, in the order float, int8. */
export type Comparison = {
  readonly bytes: readonly [number, number]
  readonly p50Ms: readonly [number, number]
  readonly agreement: Agreement | null
  /** The mean over the pictures. */
  readonly cosine: number
}

const leastFaster = 1.1
const leastKept = 0.95
const leastCosine = 0.99

/** Whether it paid: quicker by a tenth, and as good but for a twentieth of the boxes, be they lost or new. */
export function verdictOf({ bytes, p50Ms, agreement, cosine }: Comparison): { readonly paid: boolean; readonly text: string } {
  const faster = p50Ms[0] / p50Ms[1]
  const speed =
    Math.abs(faster - 1) < 0.05
      ? 'as fast as before'
      : faster > 1
        ? `${faster.toFixed(2)} times as fast`
        : `${(1 / faster).toFixed(2)} times as slow`
  const size = `${((100 * bytes[1]) / bytes[0]).toFixed(0)} % of the size`
  const counts = agreement !== null && agreement.boxes > 0 ? agreement : null
  const good =
    counts === null
      ? cosine >= leastCosine
      : counts.kept >= leastKept * counts.boxes && counts.onlySecond <= (1 - leastKept) * counts.boxes
  const share =
    counts === null
      ? `the answers agree to a cosine of ${cosine.toFixed(4)}`
      : `${String(counts.kept)} of ${String(counts.boxes)} boxes kept, ${String(counts.onlySecond)} that only int8 has`
  const paid = faster >= leastFaster && good
  return { paid, text: `${paid ? 'It paid' : 'It did not pay'}: ${speed}, ${size}, ${share}.` }
}

import type { Detection } from '../../core/ports.js'

/** Where a thing is expected so much later, by its speed: its box and its keypoints. What has no speed stays where it was. */
export function movedAhead(one: Detection, byMs: number): Detection {
  const { boxPx, keypointsPx, velocityPxPerS } = one
  if (velocityPxPerS === undefined) return one
  const [dx, dy] = velocityPxPerS.map((perS) => (perS * byMs) / 1000) as [number, number]
  const [x, y, width, height] = boxPx
  return {
    ...one,
    boxPx: [x + dx, y + dy, width, height],
    keypointsPx: keypointsPx.map(([keyX, keyY]) => [keyX + dx, keyY + dy]),
  }
}

import type { Detections, Found } from '../live/detections-of.js'
import { type Box, labelPlace } from '../logic/label-place.js'
import { fitOf, type Size } from '../logic/look-place.js'

/** Reads well on any picture, in both themes, as it has a dark edge. */
export const boxColour = '#57d0c5'
export const boxEdge = 'rgba(8, 12, 16, 0.55)'

const leastKeypointScore = 0.3

/** What was found, over the picture that it was found in: corners, keypoints, and its name with its track. */
export function drawFound(
  c: CanvasRenderingContext2D,
  { sizePx, found }: Detections,
  width: number,
  height: number,
): void {
  const { scale, left, top } = fitOf({ width: sizePx[0], height: sizePx[1] }, { width, height })
  const named: Box[] = []
  found.forEach((one, i) => {
    const [bx, by, bw, bh] = one.boxPx
    const box = { x: left + bx * scale, y: top + by * scale, w: bw * scale, h: bh * scale }
    const path = corners(box)
    c.lineCap = 'round'
    c.lineJoin = 'round'
    c.strokeStyle = boxEdge
    c.lineWidth = 4
    c.stroke(path)
    c.strokeStyle = boxColour
    c.lineWidth = 2
    c.stroke(path)
    for (const [i, [kx, ky]] of one.keypointsPx.entries()) {
      // A model of body poses places hidden joints too, and says how little it knows of them.
      if ((one.keypointScores?.[i] ?? 1) < leastKeypointScore) continue
      dot(c, left + kx * scale, top + ky * scale, 3.5, boxEdge)
      dot(c, left + kx * scale, top + ky * scale, 2.5, boxColour)
    }
    named.push(label(c, one, found.length > 1 ? i + 1 : null, box, { width, height }, named))
  })
}

/** Corners instead of a cage, so that the face stays free. */
function corners({ x, y, w, h }: Box): Path2D {
  const arm = Math.max(6, Math.min(18, Math.min(w, h) * 0.22))
  const path = new Path2D()
  for (const [cx, cy, sx, sy] of [
    [x, y, 1, 1],
    [x + w, y, -1, 1],
    [x + w, y + h, -1, -1],
    [x, y + h, 1, -1],
  ] as const) {
    path.moveTo(cx + sx * arm, cy)
    path.lineTo(cx, cy)
    path.lineTo(cx, cy + sy * arm)
  }
  return path
}

function dot(c: CanvasRenderingContext2D, x: number, y: number, r: number, colour: string): void {
  c.fillStyle = colour
  c.beginPath()
  c.arc(x, y, r, 0, 2 * Math.PI)
  c.fill()
}

/** @returns where it stands */
function label(
  c: CanvasRenderingContext2D,
  one: Found,
  number: number | null,
  box: Box,
  frame: Size,
  taken: readonly Box[],
): Box {
  const small = frame.width < 480
  c.font = `${small ? '11' : '12'}px Inter, system-ui, sans-serif`
  const id = one.track ?? number
  const text = `${one.label}${id === null ? '' : ` ${String(id)}`}  ${one.score.toFixed(2)}`
  const place = labelPlace({ width: c.measureText(text).width + 12, height: small ? 16 : 19 }, box, frame, taken)
  c.fillStyle = 'rgba(12, 15, 19, 0.78)'
  c.beginPath()
  c.roundRect(place.x, place.y, place.w, place.h, 3)
  c.fill()
  c.fillStyle = '#e8edf3'
  c.textBaseline = 'middle'
  c.fillText(text, place.x + 6, place.y + place.h / 2 + 0.5)
  c.textBaseline = 'alphabetic'
  return place
}

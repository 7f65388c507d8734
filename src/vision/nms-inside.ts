import { type FitBoxDecoder, findOutput } from './box-decoder.js'

/**
 * Detectors that choose among their boxes themselves (CenterNet, YOLOv10, YOLO26 …): [1, boxes, 6], a row being x1, y1, x2, y2
 * in px of the model's picture, score and class.
 */
export const fitNmsInside: FitBoxDecoder = (outputs, _, classes) => {
  const output = findOutput(outputs, [1, null, 6], 'that is x1, y1, x2, y2, score and class of each box')
  if (typeof output === 'string') return output
  return {
    output,
    read: (rows, minScore, wanted, into) => {
      let numbers = 0
      for (let start = 0; start + 6 <= rows.length; start += 6) {
        const score = rows[start + 4] ?? NaN
        numbers += score
        if (!(score >= minScore)) continue
        const index = rows[start + 5] ?? NaN
        // A class that there is no label for is another model's: nothing that it says can be believed.
        if (!(index >= 0 && index < classes)) return false
        if (wanted[index] !== 1) continue
        const left = rows[start] ?? NaN
        const top = rows[start + 1] ?? NaN
        const right = rows[start + 2] ?? NaN
        const bottom = rows[start + 3] ?? NaN
        numbers += left + top + right + bottom
        into.add((left + right) / 2, (top + bottom) / 2, right - left, bottom - top, score, index)
      }
      return Number.isFinite(numbers)
    },
  }
}

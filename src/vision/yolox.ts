import { type FitBoxDecoder, findOutput } from './box-decoder.js'

const stridesPx = [8, 16, 32] as const

/**
 * YOLOX as its own exporter writes it (`demo_postprocess` in Megvii-BaseDetection/YOLOX, Apache-2.0): [1, cells, 5 + classes],
 * the cells of strides 8, 16 and 32 one after the other, row by row. A row is x, y, w, h, objectness and the classes' scores;
 * middle = (xy + cell) · stride, size = exp(wh) · stride, score = objectness · class.
 */
export const fitYolox: FitBoxDecoder = (outputs, { widthPx, heightPx }, classes) => {
  const grids = stridesPx.map((stride) => ({
    stride,
    across: Math.floor(widthPx / stride),
    down: Math.floor(heightPx / stride),
  }))
  const cells = grids.reduce((sum, { across, down }) => sum + across * down, 0)
  const what = `that is the cells of strides 8, 16 and 32, and 4 + 1 + ${String(classes)} labels`
  const output = findOutput(outputs, [1, cells, 5 + classes], what)
  if (typeof output === 'string') return output
  return {
    output,
    read: (rows, minScore, wanted, into) => {
      const stridePerRow = 5 + classes
      let start = 0
      let numbers = 0
      for (const { stride, across, down } of grids) {
        for (let row = 0; row < down; row++) {
          for (let column = 0; column < across; column++, start += stridePerRow) {
            const objectness = rows[start + 4] ?? NaN
            numbers += objectness
            // A class scores 1 at most, so that most cells are done with here.
            if (!(objectness >= minScore)) continue
            let best = 0
            let score = -Infinity
            for (let k = 0; k < classes; k++) {
              const value = rows[start + 5 + k] ?? NaN
              numbers += value
              if (value > score) {
                score = value
                best = k
              }
            }
            score *= objectness
            if (!(score >= minScore) || wanted[best] !== 1) continue
            const x = ((rows[start] ?? NaN) + column) * stride
            const y = ((rows[start + 1] ?? NaN) + row) * stride
            const width = Math.exp(rows[start + 2] ?? NaN) * stride
            const height = Math.exp(rows[start + 3] ?? NaN) * stride
            numbers += x + y + width + height
            into.add(x, y, width, height, score, best)
          }
        }
      }
      return Number.isFinite(numbers)
    },
  }
}

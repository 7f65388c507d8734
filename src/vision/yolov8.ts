import { type FitBoxDecoder, findOutput } from './box-decoder.js'

/**
 * YOLOv8 and YOLO11 as Ultralytics exports them for detection, without NMS: [1, 4 + classes, anchors]. A column is x, y of
 * the middle, w, h in px of the model's picture, and the classes' scores, 0 to 1 (after the sigmoid).
 */
export const fitYolov8: FitBoxDecoder = (outputs, _, classes) => {
  const output = findOutput(
    outputs,
    [1, 4 + classes, null],
    `that is x, y, w, h and ${String(classes)} labels of each box`,
  )
  if (typeof output === 'string') return output
  let scores = new Float32Array(0)
  let bests = new Int32Array(0)
  return {
    output,
    read: (columns, minScore, wanted, into) => {
      const anchors = columns.length / (4 + classes)
      if (scores.length !== anchors) {
        scores = new Float32Array(anchors)
        bests = new Int32Array(anchors)
      }
      scores.fill(-Infinity)
      let broken = false
      // Class by class, as they lie in memory.
      for (let k = 0, at = 4 * anchors; k < classes; k++) {
        for (let i = 0; i < anchors; i++, at++) {
          const value = columns[at] ?? NaN
          if (value > (scores[i] ?? 0)) {
            scores[i] = value
            bests[i] = k
          } else if (value !== value) broken = true
        }
      }
      let numbers = 0
      for (let i = 0; i < anchors; i++) {
        const score = scores[i] ?? 0
        const best = bests[i] ?? 0
        if (!(score >= minScore) || wanted[best] !== 1) continue
        const x = columns[i] ?? NaN
        const y = columns[anchors + i] ?? NaN
        const width = columns[2 * anchors + i] ?? NaN
        const height = columns[3 * anchors + i] ?? NaN
        numbers += score + x + y + width + height
        into.add(x, y, width, height, score, best)
      }
      return !broken && Number.isFinite(numbers)
    },
  }
}

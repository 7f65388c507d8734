import type { Detection, Detections } from '../core/ports.js'
import { fc } from './fast-check.js'

const sizePx = [640, 480] as const

const hundredths = (max = 100): fc.Arbitrary<number> => fc.integer({ min: 0, max }).map((n) => n / 100)

/** A face that lies in the picture, with its six keypoints in the box. */
const anyFace: fc.Arbitrary<Detection> = fc
  .record({ x: hundredths(90), y: hundredths(90), width: hundredths(10), score: hundredths() })
  .map(({ x, y, width, score }) => {
    const sidePx = 8 + width * 400
    const [xPx, yPx] = [x * sizePx[0], y * sizePx[1]]
    const keypointsPx = Array.from({ length: 6 }, (_, k) => [xPx + (sidePx * k) / 6, yPx + sidePx / 2] as const)
    return { label: 'face', score, boxPx: [xPx, yPx, sidePx, sidePx], keypointsPx }
  })

/** What was found in a picture of 640×480: up to three faces, often none. */
export const anyDetections: fc.Arbitrary<Detections> = fc
  .array(anyFace, { maxLength: 3 })
  .map((found) => ({ sizePx, found }))

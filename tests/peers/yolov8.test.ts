import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { detectObjects } from '../../src/operators/detect-objects.js'
import { foundOn, type GoldenPicture } from '../helpers/golden.js'
import { python, pythonHas } from '../helpers/python.js'

type Row = readonly [x1: number, y1: number, x2: number, y2: number, score: number, label: number]
type Told = {
  readonly conf: number
  readonly iou: number
  readonly answers: Readonly<Record<string, { readonly file: string; readonly found: readonly (readonly Row[])[] }>>
}

const folder = mkdtempSync(join(tmpdir(), 'saccade-yolov8-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Shapes of another form than the model's square, a wide and a high one. */
const pictures = [picture('wide', 640, 360), picture('high', 210, 300)]
const how = 'pip install torch==2.13.0+cpu torchvision ultralytics onnx onnxruntime'
const hasTool = pythonHas(['torch', 'ultralytics', 'onnx', 'onnxruntime'], how)
const told: Told = hasTool ? ask() : { conf: 0, iou: 0, answers: {} }

describe.skipIf(!hasTool)('models exported by Ultralytics', () => {
  const models = Object.entries(told.answers)
  test.each(models)('%s: the same boxes as its own suppression leaves, within 1 px', async (_, { file, found }) => {
    const how = {
      model: file,
      decoder: 'yolov8',
      labels: 'coco-80',
      minScore: told.conf,
      maxOverlap: told.iou,
    } as const
    const ours = await foundOn(pictures, () => detectObjects(how))
    for (const [nth, theirs] of found.entries()) {
      const mine = ours[nth]
      expect(theirs.length).toBeGreaterThan(5)
      expect(mine?.found).toHaveLength(theirs.length)
      for (const [i, [x1, y1, x2, y2, score]] of theirs.entries()) {
        const one = mine?.found[i]
        const [x, y, width, height] = one?.boxPx ?? [0, 0, 0, 0]
        const [most, highest] = mine?.sizePx ?? [0, 0]
        // Theirs end at the picture's edge.
        const inside = (value: number, to: number): number => Math.max(0, Math.min(to, value))
        const corners = [inside(x, most), inside(y, highest), inside(x + width, most), inside(y + height, highest)]
        for (const [at, value] of [x1, y1, x2, y2].entries())
          expect(Math.abs((corners[at] ?? 0) - value)).toBeLessThan(1)
        expect(Math.abs((one?.score ?? 0) - score)).toBeLessThan(1e-3)
      }
    }
  })
})

/** Edges and shades, by a rule. */
function picture(name: string, widthPx: number, heightPx: number): GoldenPicture {
  const bytes = new Uint8Array(widthPx * heightPx * 3)
  for (let i = 0; i < bytes.length; i++) {
    const [x, y] = [Math.floor(i / 3) % widthPx, Math.floor(i / 3 / widthPx)]
    bytes[i] =
      128 + 60 * Math.sin((x + 40 * (i % 3)) / 23) + 50 * Math.cos((x * y) / 4000) + (((x >> 5) + (y >> 5)) % 2) * 17
  }
  return { name, widthPx, heightPx, format: 'rgb24', bytes }
}

function ask(): Told {
  const script = fileURLToPath(new URL('export_yolov8.py', import.meta.url))
  const words = pictures.map(({ name, widthPx, heightPx, bytes }) => {
    writeFileSync(join(folder, name), bytes)
    return `${join(folder, name)}:${String(widthPx)}x${String(heightPx)}`
  })
  const text = execFileSync(python, [script, folder, ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, YOLO_CONFIG_DIR: folder },
    maxBuffer: 1 << 26,
  })
  return JSON.parse(text.toString().trim().split('\n').at(-1) ?? '') as Told
}

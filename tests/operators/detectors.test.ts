import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { fileOfModel } from '../../src/adapters/model-files.js'
import { modelFolders } from '../../src/adapters/model-folders.js'
import { adapters } from '../../src/adapters/node.js'
import type { Adapters } from '../../src/core/adapters.js'
import type { SaccadeError } from '../../src/core/errors.js'
import { createPixelMemory, Frame } from '../../src/core/frame.js'
import { Runtime } from '../../src/core/runtime.js'
import { loadPlan } from '../../src/engine/create-pipeline.js'
import { detectFaces } from '../../src/operators/detect-faces.js'
import { detectObjects } from '../../src/operators/detect-objects.js'
import { detectPose } from '../../src/operators/detect-pose.js'
import { packets } from '../../src/streams/packets.js'
import { foundOn, type GoldenPicture } from '../helpers/golden.js'
import { tinyOnnx, type TinyModel } from '../helpers/tiny-onnx.js'

const folder = mkdtempSync(join(tmpdir(), 'saccade-detectors-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** YOLOv8 of two classes: one cat of 0.9 in the middle of 32×32, and a dog of 0.2. */
const columns = [
  [16, 4],
  [16, 4],
  [8, 4],
  [12, 4],
  [0.9, 0],
  [0, 0.2],
]
const yolov8: TinyModel = {
  input: { name: 'images', dims: [1, 3, 32, 32] },
  output: { name: 'output0', dims: [1, 6, 2], data: Float32Array.from(columns.flat()) },
}
const file = (name: string, model: TinyModel | Uint8Array | string): string => {
  const path = join(folder, name)
  writeFileSync(path, typeof model === 'string' || model instanceof Uint8Array ? model : tinyOnnx(model))
  return path
}
const mine = file('mine.onnx', yolov8)
const grey: GoldenPicture = {
  name: 'grey',
  widthPx: 64,
  heightPx: 32,
  format: 'rgb24',
  bytes: new Uint8Array(6144).fill(99),
}
const own = { decoder: 'yolov8' as const, labels: ['cat', 'dog'] }

describe('a model file of one’s own', () => {
  test('is one option away: how it is read, and what its classes are called', async () => {
    const [found] = await foundOn([grey], () => detectObjects({ model: mine, ...own }))
    // 32 px are the 64 px of the picture, which lies 8 px from the top.
    expect(found?.found).toEqual([{ label: 'cat', score: Math.fround(0.9), boxPx: [24, 4, 16, 24], keypointsPx: [] }])
    expect(found?.by).toEqual({ model: mine, version: 'unknown', provider: 'cpu' })
  })

  test('remembers the very same picture: one run, and the others say for how long it has been known', async () => {
    const other = { ...grey, bytes: new Uint8Array(6144).fill(100) }
    const found = await foundOn([grey, grey, other, grey], () => detectObjects({ model: mine, ...own, memo: 5 }))
    const plain = await foundOn([grey], () => detectObjects({ model: mine, ...own }))
    expect(found.map(({ knownForMs }) => knownForMs !== undefined)).toEqual([false, true, false, true])
    for (const one of found) expect({ ...one, knownForMs: undefined }).toEqual({ ...plain[0], knownForMs: undefined })
  })

  test('that takes pictures of any size is told which', async () => {
    const open = file('open.onnx', { ...yolov8, input: { name: 'images', dims: ['batch', 3, 'height', 'width'] } })
    const [found] = await foundOn([grey], () => detectObjects({ model: open, ...own, size: '32x32' }))
    expect(found?.found.map(({ boxPx }) => boxPx)).toEqual([[24, 4, 16, 24]])
    await expect(foundOn([grey], () => detectObjects({ model: open, ...own }))).rejects.toMatchObject({
      code: 'model',
      message: expect.stringMatching(
        /input images takes pictures of any size .*: say which by size: 640x640/,
      ) as string,
    })
  })

  test('needs no option where its manifest lies beside it', async () => {
    const told = file('told.onnx', yolov8)
    file(
      'told.json',
      JSON.stringify({
        name: 'told',
        version: '7',
        about: 'cats',
        licence: 'MIT',
        decoder: 'yolov8',
        labels: ['cat', 'dog'],
        inputs: [{ name: 'images', type: 'float32', dims: [1, 3, 32, 32], picture: { fit: 'corner' } }],
        outputs: [{ name: 'output0', type: 'float32', dims: [1, 6, 2] }],
      }),
    )
    const [found] = await foundOn([grey], () => detectObjects({ model: told }))
    expect(found?.found.map(({ boxPx }) => boxPx)).toEqual([[24, 20, 16, 24]])
    expect(found?.by?.version).toBe('7')
  })
})

describe('what is no such model, and pictures that are none: stage, model and remedy', () => {
  const nan = { ...yolov8, output: { ...yolov8.output, data: yolov8.output.data.map((v, i) => (i === 8 ? NaN : v)) } }
  const whole = tinyOnnx(yolov8)
  const broken: readonly (readonly [string, string, RegExp, RegExp])[] = [
    [
      'NaN in its answer',
      file('nan.onnx', nan),
      /model .*nan\.onnx .* output output0 must hold numbers/,
      /another file/,
    ],
    [
      'three classes for two labels',
      file('three.onnx', { ...yolov8, output: { name: 'o', dims: [1, 7, 2], data: new Float32Array(14) } }),
      /model .*three\.onnx .* \[1, 6, \?\], that is x, y, w, h and 2 labels of each box: it has o float32 \[1, 7, 2\]/,
      /made for this stage/,
    ],
    [
      'an input that is no picture',
      file('sound.onnx', { ...yolov8, input: { name: 'sound', dims: [1, 512] } }),
      /input sound must be one picture of three colours.*it is float32 \[1, 512\]/,
      /made for this stage/,
    ],
    [
      'a text',
      file('text.onnx', 'version https://git-lfs.github.com/spec/v1\n'),
      /model .*text\.onnx .* whole ONNX file/,
      /get the file anew/,
    ],
    [
      'half a file',
      file('half.onnx', whole.subarray(0, whole.length >> 1)),
      /model .*half\.onnx .* whole ONNX file/,
      /get the file anew/,
    ],
    ['nothing there', join(folder, 'none.onnx'), /model .*none\.onnx: there is no file/, /path that ends in \.onnx/],
  ]
  test.each(broken)('%s', async (_, model, said, remedy) => {
    const error: unknown = await foundOn([grey], () => detectObjects({ model, ...own })).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ name: 'SaccadeError', code: 'model', stage: 'detect-objects' })
    expect((error as SaccadeError).message).toMatch(said)
    expect((error as SaccadeError).remedy).toMatch(remedy)
  })

  /** A frame that says of itself what its memory does not hold. */
  const lying = (widthPx: number, heightPx: number): Frame => {
    const geometry = { sourceWidthPx: 64, sourceHeightPx: 32, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
    const memory = createPixelMemory(2048)
    return new Frame(memory, { format: 'gray', widthPx, heightPx, geometry }, () => undefined)
  }
  test.each([
    ['nothing', 0, 32, /sides must be 1 to 16384 px: it has 0x32/],
    ['a gigantic one', 40_000, 40_000, /sides must be 1 to 16384 px: it has 40000x40000/],
    ['one without memory for it', 4000, 3000, /gray of 4000x3000 px must have 12000000 bytes: it has 2\d{3}/],
  ])('a picture of %s', async (_, width, height, said) => {
    for (const make of [() => detectObjects({ model: mine, ...own }), () => detectFaces()]) {
      const runtime = new Runtime()
      const failed = await new Promise<SaccadeError>((resolve, reject) => {
        runtime
          .run(() => packets([lying(width, height)]).pipe(make()))
          .subscribe({
            error: resolve,
            complete: () => {
              reject(new Error('it was taken'))
            },
          })
      })
      expect(failed.message).toMatch(said)
      expect(failed.message).toMatch(/model (blazeface-256|.*mine\.onnx) /)
      expect(failed.stage).toMatch(/^detect-/)
      expect(failed.remedy).not.toBe('')
      await runtime.closed()
    }
  })
})

describe('what is known to be wrong before anything runs (C1)', () => {
  const problemsOf = (stage: string, set: Adapters = adapters()) =>
    loadPlan(
      'test.yaml',
      `saccade: 1\nstreams: { room: { media: 'demo:demo.mp4' } }\noperators: { things: { from: room.video, ${stage} } }\nsinks: { seen: { from: things, console: {} } }\n`,
      { adapters: set },
    ).then(
      (plan) => plan.notes.join('\n'),
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
  test.each([
    ['detect-objects: { model: yolo9 }', /there is no model yolo9[^]*yolox-nano/],
    ['detect-objects: { model: blazeface-256 }', /blazeface-256 is no detector of objects/],
    ['detect-objects: { only: [person, unicorn] }', /yolox-nano does not know unicorn[^]*toothbrush/],
    ['detect-objects: { decoder: yolov8 }', /decoder is for a file of your own/],
    [
      'detect-objects: { model: ./a.onnx }',
      /what \.\/a\.onnx gives is not known[^]*write decoder: yolox, yolov8, nms-inside/,
    ],
    [
      'detect-objects: { model: ./a.onnx, decoder: yolov8 }',
      /the classes of \.\/a\.onnx have no names[^]*labels: coco-80/,
    ],
    ['detect-pose: { model: yolox-nano }', /yolox-nano is no model of body poses/],
  ])('%s', async (stage, said) => {
    expect(await problemsOf(stage)).toMatch(said)
  })

  test('the decoder scales to the size that the manifest tells', async () => {
    expect(await problemsOf('detect-objects: {}')).toMatch(/fit 416x416 \(for things\/detect-objects\)/)
    expect(await problemsOf('detect-pose: {}')).toMatch(/fit 192x192/)
    expect(
      await problemsOf('detect-objects: { model: ./a.onnx, decoder: yolov8, labels: coco-80, size: 640x384 }'),
    ).toMatch(/fit 640x384/)
  })
})

test('a model that is not on this machine is missing: where it was looked for, where it is from, where to put it', async () => {
  const [carried = ''] = modelFolders()
  const bare = { ...adapters(), modelFile: (name: string) => fileOfModel(name, [carried, folder]) }
  for (const [name, make, remedy] of [
    ['yolox-nano', () => detectObjects(), /^run saccade models pull yolox-nano, or name its folder in SACCADE_MODELS$/],
    [
      'movenet-lightning',
      () => detectPose(),
      /^get it \(.*human.*\) and put it there as .*, or name its folder in SACCADE_MODELS$/,
    ],
  ] as const) {
    await expect(foundOn([grey], make, bare)).rejects.toMatchObject({
      code: 'missing',
      stage: expect.stringMatching(/^detect-/) as string,
      message: expect.stringContaining(`there is no ${name}.onnx in ${carried}, ${folder}`) as string,
      remedy: expect.stringMatching(remedy) as string,
    })
  }
})

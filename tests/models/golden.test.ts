import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fileOfModel } from '../../src/adapters/model-files.js'
import { modelFolders } from '../../src/adapters/model-folders.js'
import { detectObjects } from '../../src/operators/detect-objects.js'
import { detectPose } from '../../src/operators/detect-pose.js'
import { demoFrames, expectSame, foundOn, goldenPictures, readGolden } from '../helpers/golden.js'

const stages = {
  'yolox-nano': (minScore: number) => () => detectObjects({ model: 'yolox-nano', minScore }),
  centernet: (minScore: number) => () => detectObjects({ model: 'centernet', minScore }),
  'movenet-lightning': (minScore: number) => () => detectPose({ model: 'movenet-lightning', minScore }),
} as const
const names = Object.keys(stages) as readonly (keyof typeof stages)[]

/** Says what is skipped: the project does not carry these models. */
const missing = names.filter((name) => !modelFolders().some((folder) => existsSync(join(folder, `${name}.onnx`))))
for (const name of missing)
  console.warn(`skipped: ${name}, as no folder has ${name}.onnx: name one in SACCADE_MODELS (looked in ${modelFolders().join(', ')})`)

describe.each(names)('%s', (name) => {
  const skipped = missing.includes(name)
  const stage = stages[name]

  test.skipIf(skipped)('finds what Python ONNX Runtime finds: boxes within 1 px, scores within 0.001', async () => {
    const { found, minScore, sha256 } = readGolden(name)
    expect(createHash('sha256').update(readFileSync(fileOfModel(name))).digest('hex')).toBe(sha256)
    const pictures = await goldenPictures()
    const ours = await foundOn(pictures, stage(minScore))
    pictures.forEach((picture, i) => {
      expectSame(ours[i]?.found ?? [], found[picture.name] ?? [])
    })
  })

  test.skipIf(skipped)('finds nearly the same straight from yuv420p', async () => {
    const { found, minScore } = readGolden(name)
    const pictures = await demoFrames([0, 40, 90])
    const ours = await foundOn(pictures, stage(minScore))
    // Chroma is not resized as luma is: a few hundredths of score.
    pictures.forEach((picture, i) => {
      expectSame(ours[i]?.found ?? [], found[picture.name] ?? [], { px: 25, score: 0.06 })
    })
  })
})

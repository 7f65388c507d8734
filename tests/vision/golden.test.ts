import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fileOfModel } from '../../src/adapters/model-files.js'
import { detectFaces } from '../../src/operators/detect-faces.js'
import { expectSame, foundOn, goldenPictures, readGolden } from '../helpers/golden.js'

describe('what Python ONNX Runtime finds with the reference way before and after it', () => {
  test('blazeface-256: the same boxes and keypoints within 1 px, the same scores within 0.001', async () => {
    const { found, minScore, sha256 } = readGolden('blazeface-256')
    const file = readFileSync(fileOfModel('blazeface-256'))
    expect(createHash('sha256').update(file).digest('hex')).toBe(sha256)
    const pictures = await goldenPictures()
    expect(pictures.map(({ name }) => name)).toEqual(Object.keys(found))
    const ours = await foundOn(pictures, () => detectFaces({ minScore }))
    pictures.forEach(({ name }, i) => {
      expectSame(ours[i]?.found ?? [], found[name] ?? [])
    })
  })
})

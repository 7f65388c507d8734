import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { manifestOfModel } from '../../src/adapters/model-files.js'
import { modelFolders } from '../../src/adapters/model-folders.js'
import { builtMain } from '../helpers/command.js'
import { pythonHas } from '../helpers/python.js'

/** Int8 models by ONNX Runtime's own tool, which is one of Python's. */
const folder = mkdtempSync(join(tmpdir(), 'saccade-quantize-test-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const hasTool = pythonHas(['onnxruntime', 'onnx'], 'python3 -m pip install onnxruntime onnx')
const hasYolox = modelFolders().some((one) => existsSync(join(one, 'yolox-nano.onnx')))
if (!hasYolox) console.warn('skipped: yolox-nano, as no folder has it: name one in SACCADE_MODELS')

type Told = {
  readonly bytes: readonly [number, number]
  readonly p50Ms: readonly [number, number]
  readonly agreement: { readonly boxes: number; readonly kept: number } | null
  readonly cosine: number
  readonly paid: boolean
  readonly verdict: string
}
const quantize = (...words: readonly string[]): Told =>
  JSON.parse(
    execFileSync(process.execPath, [builtMain, 'models', 'quantize', ...words, '--json'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as Told

describe.skipIf(!hasTool)('quantize', () => {
  test('dynamic: the answers stay, and the verdict follows from the figures', () => {
    const { p50Ms, agreement, cosine, paid, verdict } = quantize('silero-vad-v5')
    expect(cosine).toBeGreaterThan(0.99)
    expect(agreement).toBeNull()
    expect(paid).toBe(p50Ms[0] / p50Ms[1] >= 1.1)
    expect(verdict.startsWith(paid ? 'It paid: ' : 'It did not pay: ')).toBe(true)
    expect(manifestOfModel(join(folder, 'silero-vad-v5-int8.onnx'))).toMatchObject({
      name: 'silero-vad-v5-int8',
      converted: expect.stringMatching(/^quantized to int8 \(dynamic\) by ONNX Runtime \d/) as string,
    })
  })

  test('a model of sound is not calibrated with pictures', () => {
    expect(() => quantize('silero-vad-v5', '--static', '--to', 'never.onnx')).toThrow(
      expect.objectContaining({ status: 1 }),
    )
    expect(existsSync(join(folder, 'never.onnx'))).toBe(false)
  })

  test.skipIf(!hasYolox)(
    'static: calibrated by pictures as the stage prepares them, it still finds most of what it found',
    () => {
      const { bytes, agreement } = quantize('yolox-nano', '--static', '--count', '20', '--to', 'things.onnx')
      expect(bytes[1]).toBeLessThan(bytes[0] / 2)
      expect(agreement?.boxes).toBeGreaterThan(10)
      // With one scale a tensor, or with pictures in another order or range, nothing is kept; with 8 bits in a weight, a sixth without VNNI.
      expect(agreement?.kept ?? 0).toBeGreaterThan((agreement?.boxes ?? 0) / 2)
      // It is used by its path alone: the manifest lies beside it.
      const pipeline = execFileSync(process.execPath, [builtMain, 'models', 'inspect', './things.onnx'], {
        cwd: folder,
      })
      expect(pipeline.toString()).toContain('decoder  yolox, by its manifest')
      expect(existsSync(join(folder, 'things.json'))).toBe(true)
      expect(JSON.parse(readFileSync(join(folder, 'things.json'), 'utf8'))).toMatchObject({ decoder: 'yolox' })
    },
  )
})

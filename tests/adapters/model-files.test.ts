import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { fileOfModel, manifestOfModel, modelNames, originOf } from '../../src/adapters/model-files.js'
import { modelCache, modelFolders } from '../../src/adapters/model-folders.js'

const folder = mkdtempSync(join(tmpdir(), 'saccade-models-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})
const [first, second] = [join(folder, 'first'), join(folder, 'second')]
mkdirSync(first)
mkdirSync(second)
const known = {
  name: 'mine',
  version: '1',
  about: 'finds cats',
  licence: 'MIT',
  origin: { npm: 'cats', version: '1.2.3', file: 'cats.onnx' },
  inputs: [{ name: 'in', type: 'float32', dims: [1, 3, null, null] }],
  outputs: [{ name: 'out', type: 'float32', dims: [1, 6, null] }],
  decoder: 'yolov8',
  labels: ['cat', 'dog'],
}
const write = (at: string, name: string, content: unknown): void => {
  writeFileSync(join(at, name), typeof content === 'string' ? content : JSON.stringify(content))
}

describe('where models lie', () => {
  test('the package’s folder comes first, then that of SACCADE_MODELS, then the user’s cache', () => {
    const [carried, own, cache] = modelFolders({ SACCADE_MODELS: '/models', XDG_CACHE_HOME: '/cache' }, 'linux')
    expect(carried).toBe(fileURLToPath(new URL('../../models/', import.meta.url)))
    expect([own, cache]).toEqual(['/models', '/cache/saccade/models'])
    expect(modelFolders({ SACCADE_MODELS: '' }, 'linux')).toHaveLength(2)
    expect(modelCache({}, 'darwin')).toMatch(/Library.Caches.saccade.models$/)
    expect(modelCache({ LOCALAPPDATA: '/local' }, 'win32')).toBe(join('/local', 'saccade', 'models'))
    expect(modelCache({}, 'linux')).toMatch(/\.cache.saccade.models$/)
  })

  test('a file and a manifest are each taken from the first folder that has one', () => {
    write(second, 'mine.onnx', 'second')
    write(second, 'mine.json', known)
    expect(fileOfModel('mine', [first, second])).toEqual(pathToFileURL(join(second, 'mine.onnx')))
    expect(manifestOfModel('mine', [first, second])).toEqual(known)
    write(first, 'mine.onnx', 'first')
    expect(fileOfModel('mine', [first, second])).toEqual(pathToFileURL(join(first, 'mine.onnx')))
    expect(modelNames([first, second, join(folder, 'nowhere')])).toEqual(['mine'])
  })

  test('a path is itself, with the manifest beside it', () => {
    expect(fileOfModel('./none.onnx')).toEqual(pathToFileURL(join(process.cwd(), 'none.onnx')))
    expect(manifestOfModel(join(first, 'mine.onnx'))).toBeNull()
    expect(manifestOfModel(join(second, 'mine.onnx'))).toEqual(known)
  })

  test('a known model that is nowhere: where it was looked for, where it comes from and where to put it', () => {
    write(first, 'pulled.json', { ...known, name: 'pulled', converted: 'converted to ONNX' })
    const find = () => fileOfModel('pulled', [first, second])
    expect(find).toThrow(`cannot find model pulled: there is no pulled.onnx in ${first}, ${second}`)
    expect(find).toThrow(
      expect.objectContaining({
        code: 'missing',
        remedy: `get it (cats.onnx of cats 1.2.3, a package of npm, then converted to ONNX) and put it there as ${join(second, 'pulled.onnx')}, or name its folder in SACCADE_MODELS`,
      }),
    )
  })

  test('one that can be pulled: by which command', () => {
    write(first, 'cats.json', { ...known, name: 'cats', sha256: 'a'.repeat(64) })
    expect(() => fileOfModel('cats', [first, second])).toThrow(
      expect.objectContaining({
        code: 'missing',
        remedy: 'run saccade models pull cats, or name its folder in SACCADE_MODELS',
      }),
    )
    rmSync(join(first, 'cats.json'))
  })

  test('an unknown model: the names that are known', () => {
    expect(() => fileOfModel('yolo', [first, second])).toThrow(
      expect.objectContaining({ code: 'model', remedy: expect.stringContaining('mine, pulled') as string }),
    )
  })

  test.each([
    ['no JSON', '{', /broken\.json as the manifest of model broken: it must be JSON/],
    ['another decoder', { ...known, decoder: 'ssd' }, /decoder: /],
    ['a hash that is none', { ...known, sha256: 'abc' }, /sha256: must be 64 hexadecimal digits/],
    ['a word too many', { ...known, colour: 1 }, /colour/],
    ['none at all', 'null', /: it: /],
  ])('a manifest that is none is refused: %s', (_, content, said) => {
    write(first, 'broken.json', content)
    expect(() => manifestOfModel('broken', [first])).toThrow(said)
    expect(() => manifestOfModel('broken', [first])).toThrow(expect.objectContaining({ code: 'config' }))
    rmSync(join(first, 'broken.json'))
  })
})

describe('the manifests of the package', () => {
  const [carried = ''] = modelFolders()
  const names = modelNames([carried])

  test('there are these', () => {
    expect(names).toEqual(['blazeface-256', 'centernet', 'movenet-lightning', 'silero-vad-v5', 'yolox-nano'])
  })

  test.each(names)('%s: is read, bears its name, says where it comes from', (name) => {
    const manifest = manifestOfModel(name, [carried])
    expect(manifest?.name).toBe(name)
    expect(manifest?.sha256).toBeDefined()
    expect(manifest === null ? '' : originOf(manifest)).toMatch(/^https:|, a package of npm/)
  })

  test.each(['blazeface-256', 'silero-vad-v5'])('%s, which is carried, has the size and hash that are told', (name) => {
    const file = readFileSync(fileOfModel(name, [carried]))
    const manifest = manifestOfModel(name, [carried])
    expect(file.byteLength).toBe(manifest?.bytes)
    expect(createHash('sha256').update(file).digest('hex')).toBe(manifest?.sha256)
  })
})

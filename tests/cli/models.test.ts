import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Command, type Ending, nothingLeft, project } from '../helpers/command.js'
import { FileServer } from '../helpers/file-server.js'
import { tinyOnnx } from '../helpers/tiny-onnx.js'

/** `saccade models …` as people run it, in a cache and a folder of its own. */
const folder = mkdtempSync(join(tmpdir(), 'saccade-models-cli-'))
const [own, cacheHome] = [join(folder, 'own'), join(folder, 'cache')]
const cache = join(cacheHome, 'saccade/models')
const silero = join(project, 'models/silero-vad-v5.onnx')
let server: FileServer

beforeAll(async () => {
  server = await FileServer.open()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  for (const one of [own, cacheHome]) rmSync(one, { recursive: true, force: true })
  cpSync(join(project, 'tests/data/pictures'), own, { recursive: true })
})

const start = (words: readonly string[], env = {}): Command =>
  new Command(['models', ...words], {
    cwd: folder,
    env: { SACCADE_MODELS: own, XDG_CACHE_HOME: cacheHome, ...env },
  })
/** The port that it tells of is this test's own. */
async function leavesNothing(run: Command): Promise<void> {
  const { processes, files } = await run.leftovers()
  expect({ processes, files, ports: [] }).toEqual(nothingLeft)
}

async function endOf(words: readonly string[], env = {}): Promise<Ending> {
  const run = start(words, env)
  const ending = await run.ended
  await leavesNothing(run)
  return ending
}

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (Math.imul(i, 2_654_435_761) >>> 11) & 255)
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A manifest of the user's own, for what the server of this test gives. */
function mine(): string {
  const path = join(folder, 'mine.json')
  const origin = { address: server.address }
  const facts = { name: 'mine', version: '1', about: 'finds cats', licence: 'MIT', origin }
  const known = { sha256: sha256(content), bytes: content.length, inputs: [], outputs: [], decoder: 'yolov8' }
  writeFileSync(path, JSON.stringify({ ...facts, ...known }))
  return path
}

describe('list', () => {
  test('tells of all that are known, where they lie and how to get the others', async () => {
    const { code, stdout } = await endOf(['list'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^blazeface-256 +603 kB +package +finds faces .* Apache-2.0$/m)
    expect(stdout).toMatch(/^yolox-nano +3.7 MB +not here +finds things/m)
    expect(stdout).toMatch(/^saccade models pull NAME gets: yolox-nano$/m)
    expect(stdout).toMatch(/^to be made by hand .*: centernet, movenet-lightning$/m)
  })

  test('as JSON; a manifest that is none is told, and does not hide the others', async () => {
    writeFileSync(join(own, 'broken.json'), '{')
    const { code, stdout, stderr } = await endOf(['list', '--json'])
    expect(code).toBe(2)
    expect(stderr).toContain('broken.json as the manifest of model broken: it must be JSON')
    const rows = JSON.parse(stdout) as { name: string; where: string; file: string | null; pull: string }[]
    expect(rows.find(({ name }) => name === 'silero-vad-v5')).toMatchObject({ where: 'package', file: silero })
    expect(rows.find(({ name }) => name === 'centernet')).toMatchObject({
      where: 'not here',
      file: null,
      pull: expect.stringContaining('converted from TensorFlow.js') as string,
    })
  })
})

describe('pull', () => {
  test('by a manifest of one’s own: checked, put into the cache, and known from then on', async () => {
    server.begin(content, [{ do: 'cut', after: 100_000 }])
    const { code, stdout, stderr } = await endOf(['pull', mine()])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toContain(`· mine from ${server.address}\n`)
    expect(stderr).toMatch(/mine 300 kB of 300 kB/)
    expect(stderr).toContain(`✓ mine  ${join(cache, 'mine.onnx')}  300 kB in `)
    expect(readdirSync(cache)).toEqual(['mine.json', 'mine.onnx'])
    expect((await endOf(['list'])).stdout).toMatch(/^mine +300 kB +cache +finds cats +MIT$/m)
    const again = await endOf(['pull', 'mine', '--json'])
    expect(JSON.parse(again.stdout)).toEqual({
      name: 'mine',
      file: join(cache, 'mine.onnx'),
      bytes: 300_000,
      sha256: sha256(content),
      fetched: false,
    })
  })

  test('two processes at once: both succeed, and there is one whole file', async () => {
    server.begin(content, [{ do: 'cut', after: 200_000 }])
    const both = [start(['pull', mine()]), start(['pull', mine()])]
    expect((await Promise.all(both.map(({ ended }) => ended))).map(({ code }) => code)).toEqual([0, 0])
    for (const run of both) await leavesNothing(run)
    expect(Buffer.compare(readFileSync(join(cache, 'mine.onnx')), content)).toBe(0)
    expect(readdirSync(cache)).toEqual(['mine.json', 'mine.onnx'])
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('what has come before %s is gone on with', async (signal) => {
    const stalled = new Promise<void>((resolve) => (server.stalled = resolve))
    server.begin(content, [{ do: 'stall', after: 100_000 }])
    const first = start(['pull', mine()])
    await stalled
    // The bytes are on their way: until they lie on the disk.
    while (!partBytes().includes(100_000)) await new Promise(setImmediate)
    first.kill(signal)
    expect((await first.ended).code).toBe(signal === 'SIGKILL' ? null : 130)
    await first.leftovers()
    expect(existsSync(join(cache, 'mine.onnx'))).toBe(false)
    server.begin(content)
    expect(await endOf(['pull', mine()])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('goes on after 100000 bytes of an earlier try') as string,
    })
    expect(server.asked).toMatchObject([{ range: 'bytes=100000-' }])
    expect(readdirSync(cache)).toEqual(['mine.json', 'mine.onnx'])
  })

  test('a server that lies: 1, both hashes, and nothing is kept', async () => {
    const lie = content.map((byte, i) => (i === 7 ? byte ^ 1 : byte))
    server.begin(lie)
    const { code, stderr } = await endOf(['pull', mine()])
    expect(code).toBe(1)
    expect(stderr).toContain(`it must be sha256 ${sha256(content)} (300000 bytes), and is sha256 ${sha256(lie)}`)
    expect(readdirSync(cache)).toEqual([])
  })

  test.each<[string, readonly string[], number, string]>([
    [
      'one that is converted',
      ['centernet'],
      3,
      'cannot pull centernet: its file is not its origin’s, but one converted from TensorFlow.js',
    ],
    ['one that is not known', ['yolox-nanno'], 2, 'did you mean yolox-nano?'],
    ['a manifest that is not there', ['./none.json'], 2, 'cannot read ./none.json: there is no such file'],
    ['none', [], 2, 'saccade models pull takes one model'],
    ['two', ['a', 'b'], 2, 'found also b'],
  ])('%s', async (_, words, code, said) => {
    expect(await endOf(['pull', ...words])).toMatchObject({ code, stderr: expect.stringContaining(said) as string })
  })

  test('one that is here need not be fetched', async () => {
    const { code, stderr } = await endOf(['pull', 'silero-vad-v5'])
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining(`✓ silero-vad-v5  ${silero}  is here already, and whole`) as string,
    })
  })
})

describe('verify', () => {
  test('0 where all are whole; 1 and which one where one is not', async () => {
    expect(await endOf(['verify'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/✓ blaze.*\n✓ silero/) as string,
    })
    server.begin(content)
    await endOf(['pull', mine()])
    expect((await endOf(['verify', 'mine'])).code).toBe(0)
    writeFileSync(join(cache, 'mine.onnx'), content.subarray(1))
    const { code, stdout } = await endOf(['verify'])
    expect(code).toBe(1)
    expect(stdout).toContain(
      `✗ mine  ${join(cache, 'mine.onnx')}\n  it must have 300000 bytes, and has 299999; it must be`,
    )
    expect(stdout).toContain('✓ blazeface-256')
    const verdicts = JSON.parse((await endOf(['verify', 'mine', '--json'])).stdout) as unknown
    expect(verdicts).toMatchObject([{ name: 'mine', verdict: 'wrong', found: { bytes: 299_999 } }])
  })

  test('one that is not here cannot be checked: 3', async () => {
    const { code, stderr } = await endOf(['verify', 'yolox-nano'])
    expect(code).toBe(3)
    expect(stderr).toContain('→ run saccade models pull yolox-nano, or name its folder in SACCADE_MODELS')
  })
})

describe('inspect', () => {
  test('a model by its name', async () => {
    const { code, stdout } = await endOf(['inspect', 'silero-vad-v5'])
    expect(code).toBe(0)
    expect(stdout).toContain('in   state  float32 [2, ?, 128]\n')
    expect(stdout).toContain('decoder  silero, by its manifest')
    expect(stdout).toContain('(2327524 bytes), as its manifest has it')
  })

  test('a file of one’s own: which decoder its shapes suit', async () => {
    const output = { name: 'output0', dims: [1, 7, 84], data: new Float32Array(588) }
    writeFileSync(join(folder, 'parts.onnx'), tinyOnnx({ input: { name: 'images', dims: [1, 3, 64, 64] }, output }))
    const { stdout } = await endOf(['inspect', './parts.onnx'])
    expect(stdout).toContain('decoder  suits yolov8 of 3 labels: detect-objects')
    expect(JSON.parse((await endOf(['inspect', './parts.onnx', '--json'])).stdout)).toMatchObject({
      inputs: [{ name: 'images', type: 'float32', dims: [1, 3, 64, 64] }],
      outputs: [{ name: 'output0', type: 'float32', dims: [1, 7, 84] }],
      manifest: null,
      suits: [{ decoder: 'yolov8', labels: 3 }],
    })
  })

  test('a file that is broken off, and one that is not there: as a run says it', async () => {
    writeFileSync(join(folder, 'cut.onnx'), readFileSync(silero).subarray(0, 3000))
    expect(await endOf(['inspect', './cut.onnx'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `cannot load model cut as ${join(folder, 'cut.onnx')} must be a whole ONNX file`,
      ) as string,
    })
    expect(await endOf(['inspect', './nowhere.onnx'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no file') as string,
    })
  })
})

describe('bench', () => {
  test('figures in order, and how they were measured', async () => {
    const { code, stdout } = await endOf(['bench', 'silero-vad-v5', '--runs', '20', '--json'])
    expect(code).toBe(0)
    const { p50, p95, p99, min, max, n } = JSON.parse(stdout) as Record<string, number>
    expect(n).toBe(20)
    const figures = [min, p50, p95, p99, max].map(Number)
    expect(figures).toEqual([...figures].sort((a, b) => a - b))
    expect(figures[0]).toBeGreaterThan(0)
    expect((await endOf(['bench', 'blazeface-256', '--runs', '1'])).stdout).toContain(
      'a picture of noise, 256x256, as its stage gives it;\n  10 runs to warm up, then 1 one after the other',
    )
  })

  test('pictures of any size need one', async () => {
    const output = { name: 'out', dims: [1, 7, 84], data: new Float32Array(588) }
    writeFileSync(join(folder, 'any.onnx'), tinyOnnx({ input: { name: 'in', dims: [1, 3, 'h', 'w'] }, output }))
    expect(await endOf(['bench', './any.onnx'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('say which: --size 640x640') as string,
    })
    expect((await endOf(['bench', './any.onnx', '--size', '64x32', '--runs', '2'])).code).toBe(0)
    expect((await endOf(['bench', './any.onnx', '--runs', '0'])).code).toBe(2)
  })
})

describe('quantize', () => {
  test.each([
    ['no Python', { PYTHON: '/nowhere/python' }, 3, 'there is no /nowhere/python'],
    ['what is no Python', { PYTHON: process.execPath }, 3, 'does not run ONNX Runtime’s own tool'],
  ])('%s', async (_, env, code, said) => {
    expect(await endOf(['quantize', 'silero-vad-v5'], env)).toMatchObject({
      code,
      stderr: expect.stringContaining(said) as string,
    })
    expect(existsSync(join(folder, 'silero-vad-v5-int8.onnx'))).toBe(false)
  })

  test('no file is written over, and one that is no model’s is not written', async () => {
    writeFileSync(join(folder, 'there.onnx'), '')
    expect(await endOf(['quantize', 'silero-vad-v5', '--to', 'there.onnx'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there.onnx as it is there already') as string,
    })
    expect(await endOf(['quantize', 'silero-vad-v5', '--to', 'there.json'])).toMatchObject({ code: 2 })
  })
})

describe('words', () => {
  test.each<[readonly string[], number, string]>([
    [[], 2, 'saccade models needs a word'],
    [['lst'], 2, 'did you mean list? write one of list, pull, verify, inspect, bench, quantize'],
    [['list', 'all'], 2, 'takes no more words: found all'],
    [['list', '--runs', '3'], 2, 'saccade models --help shows what there is'],
  ])('%j', async (words, code, said) => {
    expect(await endOf(words)).toMatchObject({ code, stderr: expect.stringContaining(said) as string })
  })

  test('help tells of each', async () => {
    const { code, stdout } = await endOf(['--help'])
    expect(code).toBe(0)
    for (const name of ['list', 'pull', 'verify', 'inspect', 'bench', 'quantize'])
      expect(stdout).toContain(`saccade models ${name} `)
  })
})

/** How much lies on the disk of what is being pulled. */
function partBytes(): readonly number[] {
  if (!existsSync(cache)) return []
  return readdirSync(cache)
    .filter((name) => name.endsWith('.part'))
    .map((name) => readFileSync(join(cache, name)).byteLength)
}

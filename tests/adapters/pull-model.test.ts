import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PullTold } from '../../src/adapters/pull-http.js'
import { type Pulled, pullModel } from '../../src/adapters/pull-model.js'
import type { ModelManifest } from '../../src/core/model-manifest.js'
import { FileServer, type Manner } from '../helpers/file-server.js'
import { HandClock } from '../helpers/hand-clock.js'
import { runs } from '../helpers/runs.js'

const folder = mkdtempSync(join(tmpdir(), 'saccade-pull-test-'))
let server: FileServer
beforeAll(async () => {
  server = await FileServer.open()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
})

const bytesOf = (length: number, salt = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (Math.imul(i + salt, 2_654_435_761) >>> 13) & 255)
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const target = join(folder, 'mine.onnx')

function manifestOf(content: Uint8Array, more: Partial<ModelManifest> = {}): ModelManifest {
  return {
    name: 'mine',
    version: '1',
    about: 'finds cats',
    licence: 'MIT',
    origin: { address: server.address },
    sha256: sha256(content),
    bytes: content.length,
    inputs: [],
    outputs: [],
    decoder: 'yolov8',
    ...more,
  }
}

type Pull = {
  readonly told: PullTold[]
  readonly result: Promise<Pulled>
  readonly clock: HandClock
  readonly stop: () => void
}

/** Pulls on a clock by hand: every wait is over as soon as it begins, and a stall as soon as the server is silent. */
function pull(manifest: ModelManifest, { force = false, clock = new HandClock(), hasty = false } = {}): Pull {
  const told: PullTold[] = []
  const stop = new AbortController()
  let seenBytes = 0
  // A hasty server breaks off before what it sent was read.
  server.seenBytes = () => (hasty ? Infinity : seenBytes)
  server.stalled = () => clock.jump()
  const tell = (one: PullTold): void => {
    told.push(one)
    if (one.kind === 'bytes') seenBytes = one.doneBytes
    if (one.kind === 'note' && one.text.includes('once more in')) setImmediate(() => clock.jump())
  }
  const ways = { clock, random: () => 0.5, signal: stop.signal, tell }
  return {
    told,
    clock,
    result: pullModel(manifest, { folder, force }, ways),
    stop: () => {
      stop.abort()
    },
  }
}

const notesOf = ({ told }: Pull): readonly string[] => told.flatMap((one) => (one.kind === 'note' ? [one.text] : []))
const left = (): readonly string[] => readdirSync(folder).sort()

const manner = (most: number): fc.Arbitrary<Manner> => {
  const after = fc.nat({ max: most })
  return fc.oneof(
    fc.record({ do: fc.constant('cut'), after }),
    fc.record({ do: fc.constant('stall'), after }),
    fc.record({ do: fc.constant('end-early'), after }),
    fc.record({ do: fc.constant('ignore-range'), cut: after }),
    fc.record({ do: fc.constant('refuse'), status: fc.constantFrom(429, 500, 502, 503, 404, 403, 416) }),
    fc.constant({ do: 'other-part' }),
    fc.constant({ do: 'serve' }),
  )
}

const story = fc.integer({ min: 1, max: 150_000 }).chain((length) =>
  fc.record({
    length: fc.constant(length),
    manners: fc.array(manner(length), { maxLength: 12 }),
    etag: fc.constantFrom('"one"', 'W/"weak"', null),
    hasty: fc.boolean(),
  }),
)

describe('whatever a server does', () => {
  test('in the end the file is whole or there is none, and what was begun is told or taken away', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ length, manners, etag, hasty }) => {
        rmSync(folder, { recursive: true })
        const content = bytesOf(length)
        server.begin(content, manners, etag)
        const one = pull(manifestOf(content), { hasty })
        const outcome = await one.result.then(
          () => 'pulled',
          (error: unknown) => error,
        )
        expect(one.clock.timers()).toBe(0)
        if (outcome === 'pulled') {
          expect(Buffer.compare(readFileSync(target), content)).toBe(0)
          expect(left()).toEqual(['mine.json', 'mine.onnx'])
        } else {
          expect(outcome).toMatchObject({ code: 'missing' })
          expect(existsSync(target)).toBe(false)
          expect(left().filter((name) => !['mine.onnx.part', 'mine.onnx.part.etag'].includes(name))).toEqual([])
        }
        // What was kept is of use: a server that is well again makes it whole.
        server.begin(content, [], etag)
        await pull(manifestOf(content)).result
        expect(Buffer.compare(readFileSync(target), content)).toBe(0)
        expect(left()).toEqual(['mine.json', 'mine.onnx'])
      }),
      { numRuns: runs(120) },
    )
  })

  test('bytes that are not those of the manifest: told with both hashes, and nothing is kept', async () => {
    await fc.assert(
      fc.asyncProperty(story, fc.nat(), async ({ length, manners, etag, hasty }, at) => {
        rmSync(folder, { recursive: true })
        mkdirSync(folder)
        const content = bytesOf(length)
        const lie = content.slice()
        lie[at % length] = (lie[at % length] ?? 0) ^ 1
        server.begin(lie, manners.filter((one) => one.do !== 'refuse').slice(0, 5), etag)
        const message = `cannot take what came for mine: it must be sha256 ${sha256(content)} (${String(length)} bytes), and is sha256 ${sha256(lie)} (${String(length)} bytes)`
        await expect(pull(manifestOf(content), { hasty }).result).rejects.toMatchObject({ code: 'model', message })
        expect(left()).toEqual([])
      }),
      { numRuns: runs(60) },
    )
  })

  test('up to five bad tries in a row are forgiven, a sixth is the last', async () => {
    const content = bytesOf(1000)
    const bad: readonly Manner[] = [
      { do: 'refuse', status: 503 },
      { do: 'cut', after: 100 },
      { do: 'stall', after: 50 },
      { do: 'refuse', status: 500 },
      { do: 'cut', after: 0 },
    ]
    server.begin(content, bad)
    await pull(manifestOf(content)).result
    expect(server.asked).toHaveLength(6)
    rmSync(target)
    server.begin(content, [...bad, { do: 'refuse', status: 502 }])
    await expect(pull(manifestOf(content)).result).rejects.toMatchObject({
      code: 'missing',
      message: `cannot pull ${server.address}: the server answered 502, after 6 tries that brought nothing new (150 of 1000 bytes are kept for the next try)`,
    })
  })
})

describe('a connection that breaks off', () => {
  const content = bytesOf(5000)

  test('goes on where it was, if the file is still the same: no byte comes twice', async () => {
    server.begin(content, [
      { do: 'cut', after: 1000 },
      { do: 'stall', after: 2000 },
    ])
    const one = pull(manifestOf(content))
    await one.result
    expect(server.asked).toEqual([
      { range: undefined, ifRange: undefined, sentBytes: 1000 },
      { range: 'bytes=1000-', ifRange: '"one"', sentBytes: 2000 },
      { range: 'bytes=3000-', ifRange: '"one"', sentBytes: 2000 },
    ])
    expect(notesOf(one)).toEqual([
      'the connection broke off; once more in 0.6 s',
      'nothing came for 30 s; once more in 1.0 s',
    ])
  })

  test('begins anew where the file has changed, or the server knows no parts', async () => {
    server.begin(content, [{ do: 'cut', after: 1000 }, { do: 'ignore-range' }])
    await pull(manifestOf(content)).result
    expect(server.asked.map(({ sentBytes }) => sentBytes)).toEqual([1000, 5000])
    rmSync(target)
    const before = bytesOf(5000, 7)
    server.begin(before, [{ do: 'cut', after: 1000 }])
    const one = pull(manifestOf(content))
    server.stalled = () => undefined
    while (server.asked.length === 0) await new Promise(setImmediate)
    server.content = content
    server.etag = '"two"'
    await one.result
    expect(server.asked.map(({ sentBytes }) => sentBytes)).toEqual([1000, 5000])
  })

  test('without an ETag two halves of different files are found out, and it begins anew once', async () => {
    server.begin(bytesOf(5000, 7), [{ do: 'cut', after: 1000 }], null)
    const one = pull(manifestOf(content))
    while (server.asked.length === 0) await new Promise(setImmediate)
    server.content = content
    await one.result
    expect(server.asked.map(({ sentBytes }) => sentBytes)).toEqual([1000, 4000, 5000])
    expect(notesOf(one).at(-1)).toContain('once more from the start')
  })

  test('a server that asks for patience gets it', async () => {
    server.begin(content, [{ do: 'refuse', status: 429, retryAfter: '7' }])
    const one = pull(manifestOf(content))
    await one.result
    expect(notesOf(one)).toEqual(['the server answered 429; once more in 7.0 s'])
    expect(one.clock.nowMs()).toBe(7000)
  })

  test('who stops it keeps what has come, and the next pull goes on with it', async () => {
    server.begin(content, [{ do: 'stall', after: 3000 }])
    const one = pull(manifestOf(content))
    server.stalled = () => undefined
    while (!one.told.some((told) => told.kind === 'bytes' && told.doneBytes === 3000)) await new Promise(setImmediate)
    one.stop()
    await expect(one.result).rejects.toThrow()
    expect(left()).toEqual(['mine.onnx.part', 'mine.onnx.part.etag'])
    server.begin(content)
    const two = pull(manifestOf(content))
    await two.result
    expect(server.asked).toEqual([{ range: 'bytes=3000-', ifRange: '"one"', sentBytes: 2000 }])
    expect(notesOf(two)).toEqual(['goes on after 3000 bytes of an earlier try'])
    expect(left()).toEqual(['mine.json', 'mine.onnx'])
  })

  test('what a killed pull of this machine has left is gone on with; one that lives, or is another machine’s, is not', async () => {
    const host = hostname().replaceAll(/[^\w-]/g, '_')
    const dead = `mine.onnx.${host}.4194303.00000000.part`
    const living = `mine.onnx.${host}.${String(process.ppid)}.00000000.part`
    const elsewhere = 'mine.onnx.elsewhere.4194303.00000000.part'
    writeFileSync(join(folder, dead), content.subarray(0, 2000))
    writeFileSync(join(folder, `${dead}.etag`), '"one"')
    writeFileSync(join(folder, living), content.subarray(0, 4000))
    writeFileSync(join(folder, elsewhere), content.subarray(0, 4000))
    server.begin(content)
    await pull(manifestOf(content)).result
    expect(server.asked).toEqual([{ range: 'bytes=2000-', ifRange: '"one"', sentBytes: 3000 }])
    expect(left()).toEqual(['mine.json', 'mine.onnx', elsewhere, living].sort())
  })
})

describe('what is not tried again', () => {
  const content = bytesOf(100)

  test.each([
    [404, 'Not Found', 'the file has moved or is gone: look where its makers have it now'],
    [410, 'Gone', 'the file has moved or is gone: look where its makers have it now'],
    [403, 'Forbidden', 'it gives the file only to those who sign in: get it with a browser'],
  ])('%i', async (status, words, remedy) => {
    server.begin(content, [{ do: 'refuse', status }])
    const message = `cannot pull ${server.address}: the server answered ${String(status)} ${words}`
    await expect(pull(manifestOf(content)).result).rejects.toMatchObject({ code: 'missing', message, remedy })
    expect(server.asked).toHaveLength(1)
    expect(left()).toEqual([])
  })

  test('a file that is longer than its manifest says is not taken to its end', async () => {
    server.begin(bytesOf(5000))
    await expect(pull(manifestOf(content)).result).rejects.toMatchObject({
      code: 'model',
      message: `cannot take what ${server.address} gives: it must have 100 bytes, and has 5000`,
    })
    server.begin(bytesOf(5000), [{ do: 'end-early', after: 200 }])
    await expect(pull(manifestOf(content)).result).rejects.toMatchObject({ code: 'model' })
    expect(left()).toEqual([])
  })

  test('a page in place of the file: another hash', async () => {
    const page = Buffer.from('<html>please sign in')
    server.begin(page)
    await expect(pull(manifestOf(content)).result).rejects.toMatchObject({
      code: 'model',
      message: expect.stringContaining(`and is sha256 ${sha256(page)} (20 bytes)`) as string,
    })
    expect(left()).toEqual([])
  })
})

describe('what is there already', () => {
  const content = bytesOf(100)

  test('is not fetched where it is whole, but by force; another file is fetched anew', async () => {
    server.begin(content)
    expect(await pull(manifestOf(content)).result).toEqual({
      path: target,
      bytes: 100,
      sha256: sha256(content),
      fetched: true,
    })
    expect(await pull(manifestOf(content)).result).toMatchObject({ fetched: false })
    expect(server.asked).toHaveLength(1)
    expect(await pull(manifestOf(content), { force: true }).result).toMatchObject({ fetched: true })
    writeFileSync(target, 'broken')
    const one = pull(manifestOf(content))
    expect(await one.result).toMatchObject({ fetched: true })
    expect(notesOf(one)).toEqual([`${target} is not the file that the manifest tells of: it is fetched anew`])
    expect(server.asked).toHaveLength(3)
  })

  test('stays as it was where nothing better comes', async () => {
    writeFileSync(target, 'before')
    server.begin(bytesOf(100, 3))
    await expect(pull(manifestOf(content)).result).rejects.toMatchObject({ code: 'model' })
    expect(readFileSync(target, 'utf8')).toBe('before')
  })

  test('two pulls at once: both succeed, the file is whole, nothing is left beside it', async () => {
    server.begin(content, [{ do: 'cut', after: 40 }])
    const [one, two] = [pull(manifestOf(content)), pull(manifestOf(content))]
    expect(await Promise.all([one.result, two.result])).toHaveLength(2)
    expect(Buffer.compare(readFileSync(target), content)).toBe(0)
    expect(left()).toEqual(['mine.json', 'mine.onnx'])
  })
})

describe('manifests that cannot be pulled by', () => {
  const content = bytesOf(10)

  test.each<[string, Partial<ModelManifest>, string, string]>([
    [
      'converted',
      { converted: 'converted to ONNX' },
      'missing',
      'its file is not its origin’s, but one converted to ONNX',
    ],
    ['no origin', { origin: undefined }, 'config', 'its manifest does not say where it comes from'],
    ['no hash', { sha256: undefined }, 'config', 'its manifest has no sha256'],
    ['a name that leads elsewhere', { name: '../mine' }, 'config', 'its name is none that a file can have'],
    ['an address of the disk', { origin: { address: 'file:///etc/passwd' } }, 'config', 'must begin with https:'],
  ])('%s', async (_, more, code, message) => {
    await expect(pull(manifestOf(content, more)).result).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    })
    expect(left()).toEqual([])
  })

  test('a folder that cannot be: what stands in the way, and what to do', async () => {
    writeFileSync(join(folder, 'file'), '')
    const ways = {
      clock: new HandClock(),
      random: () => 0,
      signal: new AbortController().signal,
      tell: () => undefined,
    }
    await expect(pullModel(manifestOf(content), { folder: join(folder, 'file') }, ways)).rejects.toMatchObject({
      code: 'missing',
      message: `cannot write ${join(folder, 'file')}: a file is in the way`,
      remedy: 'name another folder: --to FOLDER',
    })
  })
})

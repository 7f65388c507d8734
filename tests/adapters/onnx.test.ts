import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createModels } from '../../src/adapters/onnx.js'
import type { SileroInput, SileroResult } from '../../src/audio/silero.js'
import { createPool } from '../../src/core/pool.js'
import type { BlazefaceInput } from '../../src/vision/blazeface.js'
import type { Detections } from '../../src/core/ports.js'
import { shapeOf } from '../core/births.js'
import { demoClip, nativeFfmpeg, skippedWithoutFfmpeg } from '../helpers/clips.js'
import { blazeface, noFace, silero } from '../helpers/carried-models.js'
import { noise, picture } from '../vision/pictures.js'
import { runs } from '../helpers/runs.js'

const root = new URL('../../', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'saccade-onnx-'))
const models = createModels()

afterEach(() => models.closeAll())
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('faces and voices', () => {
  const withoutFfmpeg = skippedWithoutFfmpeg('faces of the demo')
  const truth = JSON.parse(readFileSync(new URL('media/demo.truth.json', root), 'utf8')) as {
    faceCentrePx: [number, number][]
  }

  test.skipIf(withoutFfmpeg).each(['rgb24', 'yuv420p'] as const)(
    'finds the demo’s face in every frame, as %s',
    async (format) => {
      const step = 6
      const [width, height] = [256, 144]
      const wanted = `select=not(mod(n\\,${String(step)})),scale=${String(width)}:${String(height)}`
      const options = ['-v', 'error', '-i', demoClip, '-vf', wanted, '-fps_mode', 'passthrough', '-f', 'rawvideo']
      const bytes = spawnSync(nativeFfmpeg ?? 'ffmpeg', [...options, '-pix_fmt', format, '-'], {
        maxBuffer: 2 ** 26,
      }).stdout
      const size = format === 'rgb24' ? width * height * 3 : width * height * 1.5
      const model = await models.load<BlazefaceInput, Detections>(blazeface)
      const geometry = { sourceWidthPx: 1280, sourceHeightPx: 720, scaleX: 5, scaleY: 5, offsetXPx: 0, offsetYPx: 0 }
      const offPx: number[] = []
      for (let i = 0; i * size < bytes.length; i++) {
        const frame = picture(format, width, height, (k) => bytes[i * size + k] ?? 0, geometry)
        const { found } = await model.run({ picture: frame, minScore: 0.65 })
        expect(found.length).toBe(1)
        const [x, y, w, h] = found[0]?.boxPx ?? [NaN, NaN, NaN, NaN]
        const [trueX, trueY] = truth.faceCentrePx[i * step] ?? [NaN, NaN]
        offPx.push(Math.hypot(x + w / 2 - trueX, y + h / 2 - trueY))
      }
      expect(offPx.length).toBe(60)
      expect(offPx.sort((a, b) => a - b)[57]).toBeLessThan(16)
    },
  )

  test('hears speech in speech, none in silence and little in noise', async () => {
    const wav = readFileSync(new URL('media/speech-0890.wav', root))
    const start = wav.indexOf('data') + 8
    const speech = Float32Array.from(
      { length: (wav.length - start) >> 1 },
      (_, i) => wav.readInt16LE(start + 2 * i) / 32768,
    )
    const model = await models.load<SileroInput, SileroResult>(silero)
    const shareAbove = async (sound: Float32Array) => {
      let context = new Float32Array(64)
      let state = new Float32Array(256)
      let windows = 0
      let spoken = 0
      for (let at = 0; at + 512 <= sound.length; at += 512) {
        const samples = sound.slice(at, at + 512)
        const result = await model.run({ samples, context, state })
        context = samples.slice(-64)
        state = Float32Array.from(result.state)
        windows++
        if (result.probability > 0.5) spoken++
      }
      return spoken / windows
    }
    const byteAt = noise(7)
    expect(await shareAbove(speech)).toBeGreaterThan(0.7)
    expect(await shareAbove(new Float32Array(16_000))).toBe(0)
    expect(await shareAbove(Float32Array.from({ length: 16_000 }, (_, i) => byteAt(i) / 1280 - 0.1))).toBe(0)
  })
})

describe('a picture that was given back', () => {
  test('is refused in the worker, also when its memory was lent again; the model goes on', async () => {
    const pool = createPool()
    const shape = shapeOf(256, 144)
    const early = pool.lease(shape)
    const { pixels } = early
    early.release()
    const model = await models.load<BlazefaceInput, Detections>(blazeface)
    const staleFrame = { code: 'stale-frame', remedy: expect.stringContaining('own()') as string }
    await expect(model.run({ picture: pixels, minScore: 0.65 })).rejects.toMatchObject(staleFrame)
    const late = pool.lease(shape)
    late.bytes.fill(0)
    expect(late.pixels.buffer).toBe(pixels.buffer)
    await expect(model.run({ picture: pixels, minScore: 0.65 })).rejects.toMatchObject(staleFrame)
    expect((await model.run({ picture: late.pixels, minScore: 0.65 })).found).toEqual([])
    late.release()
  })
})

describe('one worker for all', () => {
  test('law: whoever loads, closes and runs in whatever order, each run asked for while held is answered', async () => {
    const steps = fc.array(fc.constantFrom('load', 'run', 'close', 'close again'), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const own = createModels()
        const held: Awaited<ReturnType<typeof own.load<BlazefaceInput, Detections>>>[] = []
        const answers: Promise<Detections>[] = []
        const closes: Promise<void>[] = []
        for (const step of plan) {
          const [first] = held
          if (step === 'load') held.push(await own.load<BlazefaceInput, Detections>(blazeface))
          else if (first !== undefined && step === 'run') answers.push(first.run(noFace))
          else if (first !== undefined && held.length > 1) {
            closes.push(first.close())
            if (step === 'close again') closes.push(first.close())
            held.shift()
          }
        }
        for (const { found } of await Promise.all(answers)) expect(found).toEqual([])
        await Promise.all(closes)
        await own.closeAll()
      }),
      { numRuns: runs(8) },
    )
  })

  test('the same file and job load once: the second is there at once', async () => {
    const [a, b] = await Promise.all([models.load(blazeface), models.load(blazeface)])
    await a.close()
    await a.close()
    await expect(a.run(noFace)).rejects.toMatchObject({
      code: 'model',
      remedy: expect.stringContaining('load it again') as string,
    })
    expect(await b.run(noFace)).toEqual({ sizePx: [256, 144], found: [] })
    expect(b.provider).toBe('cpu')
    await b.close()
    const c = await models.load(blazeface)
    expect(await c.run(noFace)).toEqual({ sizePx: [256, 144], found: [] })
  })

  test('a run that fails takes nothing with it', async () => {
    const model = await models.load(silero)
    const short = { samples: new Float32Array(3), context: new Float32Array(64), state: new Float32Array(256) }
    await expect(model.run(short)).rejects.toMatchObject({
      code: 'stage',
      message: 'model silero: cannot judge the window as samples must have 512 numbers: it has 3',
    })
    await expect(model.run({ samples: () => 0 })).rejects.toMatchObject({ code: 'stage' })
    const whole = { ...short, samples: new Float32Array(512) }
    expect(await model.run(whole)).toMatchObject({ probability: expect.closeTo(0, 1) as number })
  })

  test('closing all refuses those in line and answers the one under way', async () => {
    const model = await models.load(blazeface)
    const runs = [model.run(noFace), model.run(noFace)]
    const settled = Promise.allSettled(runs)
    await models.closeAll()
    const [first, second] = await settled
    expect(first?.status).toBe('fulfilled')
    expect(second).toMatchObject({
      status: 'rejected',
      reason: { code: 'model', message: 'cannot run model blazeface as it was closed' },
    })
    await model.close()
  })
})

describe('files that are no such model', () => {
  const bytes = readFileSync(blazeface.file)
  const written = (name: string, content: string | Uint8Array): URL => {
    const file = join(folder, name)
    writeFileSync(file, content)
    return pathToFileURL(file)
  }
  const anew = 'get the file anew'
  const another = 'name a path that ends in .onnx'
  const broken: [string, string, () => URL][] = [
    ['a text', anew, () => written('text.onnx', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n')],
    ['nothing', another, () => written('empty.onnx', '')],
    ['half a model', anew, () => written('half.onnx', bytes.subarray(0, bytes.length >> 1))],
    [
      'noise',
      anew,
      () =>
        written(
          'noise.onnx',
          Uint8Array.from({ length: 5000 }, (_, i) => noise(3)(i)),
        ),
    ],
    ['not there', another, () => pathToFileURL(join(folder, 'none.onnx'))],
    ['a folder', another, () => pathToFileURL(folder)],
  ]
  test.each(broken)('%s: says which file, and what to do', async (_, remedy, file) => {
    const at = file()
    await expect(models.load({ ...blazeface, file: at })).rejects.toMatchObject({
      name: 'SaccadeError',
      code: 'model',
      message: expect.stringContaining(fileURLToPath(at)) as string,
      remedy: expect.stringContaining(remedy) as string,
    })
  })

  test('another file than the manifest tells of: which, and what to do; it is looked at anew when it has changed', async () => {
    const file = written('whole.onnx', bytes)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const spec = { ...blazeface, file, sha256 }
    const model = await models.load<BlazefaceInput, Detections>(spec)
    expect((await model.run(noFace)).found).toEqual([])
    await model.close()
    // The same but for one number, which ONNX Runtime would not mind.
    const other = Uint8Array.from(bytes)
    other[bytes.length >> 1] = (other[bytes.length >> 1] ?? 0) ^ 1
    written('whole.onnx', other)
    await expect(models.load(spec)).rejects.toMatchObject({
      code: 'model',
      message: expect.stringMatching(
        new RegExp(
          `^cannot load model blazeface as .*whole\\.onnx must be .* manifest .*: its sha256 must be ${sha256}`,
        ),
      ) as string,
      remedy: expect.stringContaining('get the file anew') as string,
    })
    written('whole.onnx', bytes)
    await (await models.load(spec)).close()
  })

  test('a model of another kind: says all that differs', async () => {
    await expect(models.load({ ...blazeface, file: silero.file })).rejects.toMatchObject({
      code: 'model',
      message: expect.stringMatching(
        /input input:0 is missing: it has input, state, sr; .*output Identity:0 is missing/,
      ) as string,
      remedy: expect.stringContaining('made for this stage') as string,
    })
    const model = await models.load(silero)
    await model.close()
  })

  test('onnxruntime-node not installed: missing, and how to install it', () => {
    for (const name of ['dist/adapters', 'dist/core', 'dist/audio', 'node_modules/@bufbuild']) {
      cpSync(new URL(name, root), join(folder, name), { recursive: true })
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const code = `
      import { createModels } from './dist/adapters/onnx.js'
      const spec = { name: 'silero', version: '5', file: new URL('${silero.file.href}'), job: new URL('dist/audio/silero.js', import.meta.url) }
      await createModels().load(spec)
        .catch((error) => console.log(JSON.stringify({ code: error.code, message: error.message, remedy: error.remedy })))`
    writeFileSync(join(folder, 'missing.mjs'), code)
    const { stdout, status } = spawnSync(process.execPath, [join(folder, 'missing.mjs')], { encoding: 'utf8' })
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'missing',
      message: expect.stringContaining('needs onnxruntime-node') as string,
      remedy: expect.stringContaining('ONNXRUNTIME_NODE_INSTALL=skip') as string,
    })
  })
})

describe('the end of the process (I4)', () => {
  const ended = (way: string, seed: number) =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      const child = fileURLToPath(new URL('onnx-child.mjs', import.meta.url))
      const process_ = execFile(process.execPath, [child, way, String(seed)], (_, stdout, stderr) => {
        resolve({ code: process_.exitCode, stdout, stderr })
      })
    })

  test('twenty starts and stops at random moments end with 0', async () => {
    const seed = Number(process.env['SACCADE_SEED'])
    expect(await ended('cycles', seed)).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test.each([
    ['exitWhileLoading', 7],
    ['exitWhileRunning', 7],
    ['throwWhileRunning', 1],
  ])('%s keeps the exit code %i', async (way, code) => {
    const seed = Number(process.env['SACCADE_SEED'])
    for (const nth of [1, 2, 3]) expect((await ended(way, seed + nth * 7919)).code).toBe(code)
  })

  test('a run that hangs holds the end back for three seconds, and then says so', async () => {
    const { code, stderr } = await ended('exitWhileHung', 1)
    expect(code).toBe(7)
    expect(stderr).toContain('model silero has been running for over 3 s')
  })

  test.each(['endWhileRunning', 'endWhileIdle'])(
    '%s: the answer comes, nothing holds the process open',
    async (way) => {
      expect(await ended(way, 1)).toEqual({ code: 0, stdout: 'answered', stderr: '' })
    },
  )
})

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createMediaDecoder, type MediaDecoderOptions } from '../../src/adapters/media-decoder.js'
import type { SaccadeError } from '../../src/core/errors.js'
import type {
  AudioWish,
  DecodedPicture,
  MediaAddress,
  OpenedMedium,
  TrackReader,
  VideoWish,
} from '../../src/core/media-source.js'
import { createPool, type FramePool } from '../../src/core/pool.js'
import {
  childrenOf,
  createClips,
  demoClip,
  hasProc,
  isThere,
  nativeFfmpeg,
  skippedWithoutFfmpeg,
  speechClip,
} from '../helpers/clips.js'
import { runs } from '../helpers/runs.js'

const seed = Number(process.env['SACCADE_SEED'] ?? 1)
const noFfmpeg = skippedWithoutFfmpeg('decoding with the native FFmpeg, and clips made by it')
const clips = createClips()
const small: VideoWish = { format: 'yuv420p', fitPx: [64, 64] }
const speech: AudioWish = { sampleRateHz: 16_000, samplesPerChunk: 320 }

let pool: FramePool = createPool()
const open: TrackReader<unknown>[] = []
const workers: Worker[] = []
process.on('worker', (worker) => workers.push(worker))

/** Decoders that are still there: processes, zombies among them, and workers. */
function running(): number {
  const processes = hasProc ? childrenOf(process.pid).length : 0
  return processes + workers.filter((worker) => worker.threadId !== -1).length
}

function file(path: string): MediaAddress {
  return { kind: 'file', path }
}

function opening(address: MediaAddress, options: MediaDecoderOptions = {}): Promise<OpenedMedium> {
  return createMediaDecoder(options)(address, () => undefined)
}

function reading<Item>(reader: TrackReader<Item>): TrackReader<Item> {
  open.push(reader)
  return reader
}

type Seen = { readonly timesMs: (number | null)[]; readonly sums: string[]; held: number; error: SaccadeError | null }

/** Everything of a picture track: its stamps, and its pixels as they look. */
async function allPictures(
  medium: OpenedMedium,
  wish: VideoWish,
  look = (bytes: Uint8Array): string => sumOf(bytes),
  most = Infinity,
): Promise<Seen> {
  const reader = reading(medium.video(wish, pool))
  const seen: Seen = { timesMs: [], sums: [], held: 0, error: null }
  const next = (): Promise<DecodedPicture | null> =>
    reader.next().catch((error: unknown) => {
      seen.error = error as SaccadeError
      return null
    })
  for (let picture = await next(); picture !== null; picture = seen.sums.length < most ? await next() : null) {
    seen.held = Math.max(seen.held, pool.count().lent)
    seen.timesMs.push(picture.mediaTimeMs)
    seen.sums.push(look(picture.frame.bytes))
    picture.frame.release()
  }
  await reader.close()
  return seen
}

async function allSound(medium: OpenedMedium, wish: AudioWish = speech): Promise<Float32Array> {
  const reader = reading(medium.audio(wish))
  const chunks: Float32Array[] = []
  let samples = 0
  for (;;) {
    const chunk = await reader.next()
    if (chunk === null) break
    expect(chunk.mediaTimeMs).toBeCloseTo((samples * 1000) / wish.sampleRateHz, 9)
    chunks.push(chunk.samples)
    samples += chunk.samples.length
  }
  const whole = new Float32Array(samples)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  expect(chunks.slice(0, -1).every((chunk) => chunk.length === wish.samplesPerChunk)).toBe(true)
  return whole
}

/** To compare pictures without keeping them. */
function sumOf(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex')
}

async function failureOf(job: Promise<unknown>): Promise<SaccadeError> {
  return job.then(
    (value) => {
      throw new Error(`it did not fail: ${JSON.stringify(value)}`)
    },
    (error: unknown) => error as SaccadeError,
  )
}

/** What goes wrong with one track: while it is opened, or at its first item that is not there. */
function failureAt(
  address: MediaAddress,
  options: MediaDecoderOptions,
  track: 'video' | 'audio' = 'video',
): Promise<SaccadeError> {
  return failureOf(
    opening(address, options).then(async (medium) => {
      const reader = reading<unknown>(track === 'video' ? medium.video(small, pool) : medium.audio(speech))
      return reader.next()
    }),
  )
}

/** Where the sound begins. */
function onsetOf(samples: Float32Array): number {
  return samples.findIndex((value) => Math.abs(value) > 0.2)
}

beforeAll(() => {
  writeFileSync(
    clips.path('junk.mp4'),
    Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919 + (i >> 3)) & 255)),
  )
  writeFileSync(clips.path('empty.mp4'), '')
  const demo = readFileSync(demoClip)
  writeFileSync(clips.path('cut.mp4'), demo.subarray(0, 400_000))
  // A file whose table of contents is gone: its name, and its pictures without it.
  const media = demo.indexOf('mdat') - 4
  writeFileSync(clips.path('no-moov.mp4'), Buffer.concat([demo.subarray(0, 32), demo.subarray(media)]))
  mkdirSync(clips.path('a folder'))
  copyFileSync(demoClip, clips.path('-demo %d; ü.mp4'))
})

afterEach(async () => {
  await Promise.all(open.splice(0).map((reader) => reader.close()))
  const { lent } = pool.count()
  pool = createPool()
  expect(lent).toBe(0)
  expect(running()).toBe(0)
})

afterAll(() => {
  clips.remove()
})

const decoders: readonly (readonly [string, MediaDecoderOptions, boolean])[] = [
  ['native FFmpeg', {}, noFfmpeg],
  ['the embedded core', { decoder: 'core' }, false],
]

for (const [name, options, skip] of decoders)
  describe.skipIf(skip)(`the demo clip through ${name}`, () => {
    it('gives all 360 pictures at their times, fitted into the box, in at most two frames', async () => {
      const medium = await opening(file(demoClip), options)
      const reader = reading(medium.video({ format: 'rgb24', fitPx: [640, 640] }, pool))
      const first = await reader.next()
      expect(first?.frame.toJSON()).toEqual({ format: 'rgb24', sizePx: [640, 360], bytes: 640 * 360 * 3 })
      expect(first?.frame.geometry).toEqual({
        ...{ sourceWidthPx: 1280, sourceHeightPx: 720, scaleX: 2, scaleY: 2, offsetXPx: 0, offsetYPx: 0 },
      })
      first?.frame.release()
      await reader.close()
      const seen = await allPictures(medium, small)
      expect(seen.timesMs).toEqual(Array.from({ length: 360 }, (_, k) => (k * 1000) / 30))
      expect(new Set(seen.sums).size).toBeGreaterThan(300)
      expect(seen.error).toBeNull()
      expect(seen.held).toBeLessThanOrEqual(2)
      expect(medium.durationMs()).toBe(12_000)
      expect(medium.live).toBe(false)
      expect(medium.decoder).toMatch(
        skip || options.decoder === 'core' ? /^ffmpeg-core \(WebAssembly\)$/ : /^ffmpeg \d/,
      )
    })

    it('gives exactly 12 s of sound in whole chunks', async () => {
      const samples = await allSound(await opening(file(demoClip), options))
      expect(samples.length).toBe(192_000)
      expect(samples.every((value) => Math.abs(value) <= 1)).toBe(true)
      expect(samples.reduce((sum, value) => sum + value * value, 0) / samples.length).toBeGreaterThan(1e-4)
    })

    it('reads the same again for each loop, also before the last reading ended', async () => {
      const medium = await opening(file(demoClip), options)
      const first = reading(medium.video(small, pool))
      const second = reading(medium.video(small, pool))
      for (let k = 0; k < 5; k++) {
        const [a, b] = [await first.next(), await second.next()]
        expect(sumOf(a?.frame.bytes ?? new Uint8Array(0))).toBe(sumOf(b?.frame.bytes ?? new Uint8Array(1)))
        a?.frame.release()
        b?.frame.release()
      }
    })

    it('decodes little ahead of a consumer that stands still, and goes on where it stood', async () => {
      const medium = await opening(file(demoClip), options)
      const own = createPool()
      const still = reading(medium.video(small, own))
      ;(await still.next())?.frame.release()
      // The whole clip in a slower reading is the time in which it could have run to its end.
      await allPictures(medium, { format: 'rgb24', fitPx: [640, 640] })
      expect(own.count().lent + own.count().free).toBeLessThanOrEqual(2)
      if (hasProc || options.decoder === 'core') expect(running()).toBe(1)
      const next = await still.next()
      expect(next?.mediaTimeMs).toBe(1000 / 30)
      next?.frame.release()
      await still.close()
      expect(own.count().lent).toBe(0)
    })

    it('is closed at any moment, whatever waits, and leaves nothing', async () => {
      const medium = await opening(file(demoClip), options)
      await fc.assert(
        fc.asyncProperty(
          fc.nat({ max: 6 }),
          fc.nat({ max: 300 }),
          fc.boolean(),
          fc.boolean(),
          async (items, turns, picture, asking) => {
            const reader = picture ? medium.video({ format: 'gray', fitPx: [320, 320] }, pool) : medium.audio(speech)
            for (let k = 0; k < items; k++) {
              const item = await reader.next()
              if (item !== null && 'frame' in item) item.frame.release()
            }
            const last = asking ? reader.next() : null
            for (let k = 0; k < turns; k++) await new Promise(setImmediate)
            const started = performance.now()
            await Promise.all([reader.close(), reader.close()])
            expect(performance.now() - started).toBeLessThan(500)
            const late = await last
            if (late !== null && 'frame' in late) late.frame.release()
            expect(await reader.next()).toBeNull()
            expect(pool.count().lent).toBe(0)
            expect(running()).toBe(0)
          },
        ),
        { seed, numRuns: runs(20) },
      )
    })

    it('reads a file by any name', async () => {
      const medium = await opening(file(clips.path('-demo %d; ü.mp4')), options)
      const picture = await reading(medium.video(small, pool)).next()
      expect(picture?.mediaTimeMs).toBe(0)
      picture?.frame.release()
    })

    it.each([
      ['no such file', 'nothing.mp4', 'video', 'medium', /there is no such file/, /check the path/],
      ['a folder', 'a folder', 'video', 'medium', /it is a folder/, /a file in it/],
      ['an empty file', 'empty.mp4', 'video', 'medium', /it is empty/, /again/],
      ['no medium', 'junk.mp4', 'video', 'medium', /no medium|cut off/, /convert|again/],
      ['a file without its table', 'no-moov.mp4', 'audio', 'medium', /cut off/, /again/],
      ['a sound asked for pictures', speechClip, 'video', 'no-track', /picture of .* it has none/, /sound alone/],
    ] as const)('tells %s', async (_what, at, track, code, message, remedy) => {
      const path = at.startsWith('/') ? at : clips.path(at)
      const error = await failureAt(file(path), options, track)
      expect(error).toMatchObject({ name: 'SaccadeError', code, where: path })
      expect(error.message).toMatch(message)
      expect(error.message).toContain(path)
      expect(error.remedy).toMatch(remedy)
    })

    it('plays what is there of a file that breaks off, and then says so', async () => {
      const seen = await allPictures(await opening(file(clips.path('cut.mp4')), options), small)
      expect(seen.timesMs.length).toBeGreaterThan(100)
      expect(seen.timesMs.length).toBeLessThan(140)
      expect(seen.error?.message).toMatch(/breaks off after \d+ pictures, at [34]\.\d\d s/)
      expect(seen.error).toMatchObject({ code: 'medium', where: clips.path('cut.mp4') })
    })
  })

describe.skipIf(noFfmpeg)('both decoders', () => {
  it('give the same pixels', async () => {
    const [native, core] = [await opening(file(demoClip)), await opening(file(demoClip), { decoder: 'core' })]
    const wishes: readonly (readonly [VideoWish, number])[] = [
      [{ format: 'yuv420p', fitPx: [256, 256] }, Infinity],
      [{ format: 'rgb24', fitPx: [640, 640] }, 60],
      [{ format: 'gray', fitPx: null }, 20],
    ]
    for (const [wish, most] of wishes)
      expect((await allPictures(native, wish, sumOf, most)).sums).toEqual(
        (await allPictures(core, wish, sumOf, most)).sums,
      )
  })

  it('give the same sound, within a 16 bit step', async () => {
    const native = await allSound(await opening(file(demoClip)))
    const core = await allSound(await opening(file(demoClip), { decoder: 'core' }))
    expect(core.length).toBe(native.length)
    expect(native.reduce((most, value, i) => Math.max(most, Math.abs(value - (core[i] ?? 9))), 0)).toBeLessThan(
      1 / 32_768,
    )
  })

  const beep = "aevalsrc='if(gte(t,1),0.8*sin(2*PI*1000*t),0)':s=48000:d=2"
  const flash = "color=black:s=64x64:r=25:d=2,geq=lum='if(gte(T,1),255,0)':cb=128:cr=128"
  it.each([
    ['mp4, with priming', 'a.mp4', ['-c:v', 'libx264', '-c:a', 'aac']],
    ['a transport stream, which begins at 1.4 s', 'a.ts', ['-c:v', 'mpeg2video', '-c:a', 'mp2', '-b:a', '192k']],
    ['matroska', 'a.mkv', ['-c:v', 'mpeg4', '-c:a', 'pcm_s16le']],
    ['webm, with priming', 'a.webm', ['-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libopus']],
  ] as const)('put picture and sound of %s on one clock', async (_what, name, codecs) => {
    const path = clips.make(name, '-f', 'lavfi', '-i', flash, '-f', 'lavfi', '-i', beep, ...codecs)
    const onsets: number[] = []
    for (const options of [{}, { decoder: 'core' }] as const) {
      const medium = await opening(file(path), options)
      const seen = await allPictures(medium, { format: 'gray', fitPx: null }, (bytes) => String(bytes[2000]))
      const bright = seen.timesMs[seen.sums.findIndex((level) => Number(level) > 128)] ?? NaN
      onsets.push((onsetOf(await allSound(medium)) / 16_000) * 1000)
      // Of a transport stream the first sound lies before its first picture, by what the encoder held back.
      const lead = seen.timesMs[0] ?? NaN
      expect(Math.abs(bright - lead - 1000)).toBeLessThan(0.01)
      expect(Math.abs((onsets.at(-1) ?? NaN) - bright)).toBeLessThan(8)
    }
    expect(Math.abs((onsets[0] ?? NaN) - (onsets[1] ?? NaN))).toBeLessThan(0.1)
  })

  it('begin with silence where the sound begins late, and fill its gaps', async () => {
    const late = clips.make(
      'late.mkv',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=64x64:r=25:d=2',
      '-itsoffset',
      '0.7',
      '-f',
      'lavfi',
      '-i',
      'sine=f=440:r=48000:d=1',
      ...['-c:v', 'mpeg4', '-c:a', 'pcm_s16le'],
    )
    const gap = clips.make(
      'gap.mkv',
      '-f',
      'lavfi',
      '-i',
      "sine=f=440:r=48000:d=3,volume=8,aselect='not(between(t,1,1.5))'",
      '-c:a',
      'pcm_s16le',
    )
    for (const options of [{}, { decoder: 'core' }] as const) {
      const delayed = await allSound(await opening(file(late), options))
      expect(delayed.findIndex((value) => value !== 0) / 16).toBeCloseTo(700, -1)
      expect(delayed.length / 16).toBeCloseTo(1700, -1)
      const filled = await allSound(await opening(file(gap), options))
      expect(filled.length / 16).toBeCloseTo(3000, -1)
      const quiet = (from: number, to: number): boolean =>
        filled.subarray(from * 16, to * 16).every((value) => Math.abs(value) < 0.01)
      expect([quiet(900, 980), quiet(1040, 1480), quiet(1540, 1600)]).toEqual([false, true, false])
    }
  })

  it('keep the stamps of a variable rate, and the sizes of odd, turned and changing pictures', async () => {
    const vfr = clips.make(
      'vfr.mkv',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=64x64:r=50:d=1',
      ...['-vf', 'settb=1/1000,setpts=N*N*10', '-fps_mode', 'passthrough', '-enc_time_base', '1:1000', '-c:v', 'mpeg4'],
    )
    const odd = clips.make('odd.avi', '-f', 'lavfi', '-i', 'testsrc=s=101x75:r=5:d=1', '-c:v', 'ffv1')
    const upright = clips.make('upright.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=128x64:r=5:d=1', '-c:v', 'libx264')
    const turned = clips.make('turned.mp4', '-i', upright, '-c', 'copy', '-metadata:s:v:0', 'rotate=90')
    const wide = clips.make(
      'wide.ts',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=256x64:r=5:d=1',
      '-c:v',
      'mpeg2video',
      '-r',
      '25',
    )
    const tall = clips.make(
      'tall.ts',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=64x256:r=5:d=1',
      '-c:v',
      'mpeg2video',
      '-r',
      '25',
      '-output_ts_offset',
      '1',
    )
    writeFileSync(clips.path('both.ts'), Buffer.concat([readFileSync(wide), readFileSync(tall)]))
    for (const options of [{}, { decoder: 'core' }] as const) {
      const times = (await allPictures(await opening(file(vfr), options), small)).timesMs
      expect(times).toEqual(Array.from({ length: 50 }, (_, n) => n * n * 10))
      const sizes = async (path: string, fitPx: readonly [number, number] | null): Promise<string[]> => {
        const reader = reading((await opening(file(path), options)).video({ format: 'rgb24', fitPx }, pool))
        const seen = new Set<string>()
        for (let picture = await reader.next(); picture !== null; picture = await reader.next()) {
          const { widthPx, heightPx, geometry } = picture.frame
          seen.add(
            `${String(geometry.sourceWidthPx)}x${String(geometry.sourceHeightPx)} ${String(widthPx)}x${String(heightPx)}`,
          )
          picture.frame.release()
        }
        return [...seen]
      }
      expect(await sizes(odd, null)).toEqual(['101x75 100x74'])
      expect(await sizes(odd, [640, 640])).toEqual(['101x75 100x74'])
      expect(await sizes(odd, [50, 1])).toEqual(['101x75 2x2'])
      expect(await sizes(turned, [32, 32])).toEqual(['64x128 16x32'])
      expect(await sizes(clips.path('both.ts'), [32, 32])).toEqual(['256x64 32x8', '64x256 8x32'])
    }
  })

  it('tell a medium without sound, and take no cover for a picture', async () => {
    const mute = clips.make('mute.mp4', '-i', demoClip, '-an', '-c', 'copy', '-t', '1')
    const cover = clips.make('cover.png', '-f', 'lavfi', '-i', 'testsrc2=s=64x64', '-frames:v', '1')
    const song = clips.make(
      'song.mp3',
      '-f',
      'lavfi',
      '-i',
      'sine=d=1',
      '-i',
      cover,
      ...['-map', '0', '-map', '1', '-c:v', 'copy', '-disposition:v', 'attached_pic'],
    )
    for (const options of [{}, { decoder: 'core' }] as const) {
      const silent = await failureAt(file(mute), options, 'audio')
      expect(silent).toMatchObject({ code: 'no-track', message: `cannot read the sound of ${mute}: it has none` })
      expect(await failureAt(file(song), options)).toMatchObject({ code: 'no-track' })
      expect((await allSound(await opening(file(song), options))).length).toBeGreaterThan(15_000)
    }
  })
})

describe.skipIf(noFfmpeg)('native FFmpeg', () => {
  it.skipIf(!hasProc)('that is killed in the middle gives what it wrote and tells the signal', async () => {
    const medium = await opening(file(demoClip))
    const reader = reading(medium.video({ format: 'rgb24', fitPx: null }, pool))
    ;(await reader.next())?.frame.release()
    for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGKILL')
    let given = 1
    const error = await failureOf(
      (async () => {
        for (let picture = await reader.next(); picture !== null; picture = await reader.next()) {
          picture.frame.release()
          given++
        }
      })(),
    )
    expect(error).toMatchObject({ code: 'medium', where: demoClip })
    expect(error.message).toBe(`the decoder of ${demoClip} was ended by SIGKILL after ${String(given)} pictures`)
    expect(given).toBeLessThan(10)
  })

  it.skipIf(!hasProc)('ends by itself when the process that reads it is gone', async () => {
    const built = (name: string): string => pathToFileURL(`dist/${name}.js`).href
    const script = `
      const { createMediaDecoder } = await import('${built('adapters/media-decoder')}')
      const { createPool } = await import('${built('core/pool')}')
      const medium = await createMediaDecoder()({ kind: 'file', path: ${JSON.stringify(demoClip)} }, console.error)
      await medium.video({ format: 'rgb24', fitPx: null }, createPool()).next()
      console.log('reading')
      setInterval(() => undefined, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(parent.stdout, 'data')
    const orphans = childrenOf(parent.pid ?? 0)
    expect(orphans.length).toBe(1)
    parent.kill('SIGKILL')
    await once(parent, 'close')
    await vi.waitFor(() => {
      expect(orphans.filter(isThere)).toEqual([])
    }, 5000)
  })

  it('in a device: keeps the newest, counts what it let go, holds two frames', async () => {
    const deviceInput = ['-re', '-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=100']
    const device: MediaAddress = { kind: 'device', video: '0', audio: null }
    const medium = await opening(device, { deviceInput })
    expect(medium.live).toBe(true)
    const slow = reading(medium.video({ format: 'gray', fitPx: null }, pool))
    const first = await slow.next()
    expect(first?.mediaTimeMs).toBeNull()
    first?.frame.release()
    // Another reading of the same device is the clock: 0.4 s.
    const clock = createPool()
    const steady = reading(medium.video(small, clock))
    for (let k = 0; k < 40; k++) (await steady.next())?.frame.release()
    await steady.close()
    expect(pool.count().lent).toBeLessThanOrEqual(2)
    const lost = slow.takeLost()
    expect(lost).toBeGreaterThan(5)
    expect(slow.takeLost()).toBeLessThan(lost)
    ;(await slow.next())?.frame.release()
    expect(medium.durationMs()).toBeNull()
    expect(await failureOf(reading(medium.audio(speech)).next())).toMatchObject({ code: 'no-track' })
  })

  it('in a microphone: gives live chunks and keeps half a second of them', async () => {
    const medium = await opening(
      { kind: 'device', video: null, audio: 'default' },
      { deviceInput: ['-re', '-f', 'lavfi', '-i', 'sine=r=44100'] },
    )
    const reader = reading(medium.audio(speech))
    for (let k = 0; k < 5; k++) {
      const chunk = await reader.next()
      expect(chunk).toMatchObject({ mediaTimeMs: null })
      expect(chunk?.samples.length).toBe(320)
    }
    expect(await failureOf(reading(medium.video(small, pool)).next())).toMatchObject({ code: 'no-track' })
  })

  it('tells a device that is not there', async () => {
    const error = await failureAt({ kind: 'device', video: '97', audio: null }, { platform: 'linux' })
    expect(error).toMatchObject({ code: 'medium', where: 'device:97' })
    expect(error.remedy).toMatch(/plug it in|check the path/)
  })

  describe('with a server', () => {
    let server: Server
    let port = 0
    beforeAll(async () => {
      // It takes calls and never answers.
      server = createServer(() => undefined).listen(0, '127.0.0.1')
      await once(server, 'listening')
      port = (server.address() as AddressInfo).port
    })
    afterAll(() => {
      server.close()
    })

    it.each(['http', 'https', 'rtsp', 'rtsps'] as const)('that is silent: %s ends in time', async (scheme) => {
      const address: MediaAddress = {
        kind: 'network',
        scheme,
        url: `${scheme}://me:secret@127.0.0.1:${String(port)}/x`,
      }
      const error = await failureAt(address, { silenceMs: 300 })
      expect(error).toMatchObject({ code: 'medium', where: `${scheme}://…@127.0.0.1:${String(port)}/x` })
      expect(error.message).toMatch(/nothing came from .* for 0\.3 s/)
    })

    it('that is silent: a decoder that still waits for it goes at once when it is closed', async () => {
      const address: MediaAddress = { kind: 'network', scheme: 'rtsp', url: `rtsp://127.0.0.1:${String(port)}/x` }
      const called = once(server, 'connection')
      const reader = reading((await opening(address)).video(small, pool))
      const waiting = reader.next()
      await called
      const started = performance.now()
      await reader.close()
      // It writes nothing, so no broken pipe tells it; after 500 ms it would be killed the hard way.
      expect(performance.now() - started).toBeLessThan(450)
      expect(await waiting).toBeNull()
    })

    it.each(['http', 'https', 'rtsp', 'rtsps'] as const)('that refuses: %s says so', async (scheme) => {
      const error = await failureAt({ kind: 'network', scheme, url: `${scheme}://127.0.0.1:9/x` }, {})
      expect(error).toMatchObject({
        code: 'medium',
        message: `cannot open ${scheme}://127.0.0.1:9/x: the connection was refused`,
      })
    })
  })

  it('reads a file behind http at its own pace, and nothing else that it leads to', async () => {
    const { createServer: createHttp } = await import('node:http')
    const list = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://${demoClip}\n#EXT-X-ENDLIST\n`
    const http = createHttp((request, response) => {
      response.end(request.url === '/list.m3u8' ? list : readFileSync(demoClip))
    }).listen(0, '127.0.0.1')
    await once(http, 'listening')
    const url = `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`
    const medium = await opening({ kind: 'network', scheme: 'http', url: `${url}/a.mp4` })
    expect(medium.live).toBe(false)
    expect((await allPictures(medium, small)).timesMs.length).toBe(360)
    const error = await failureAt({ kind: 'network', scheme: 'http', url: `${url}/list.m3u8` }, { silenceMs: 5000 })
    expect(error).toMatchObject({ code: 'medium' })
    http.closeAllConnections()
    http.close()
  })
})

describe('createMediaDecoder', () => {
  it('goes over to the core where FFmpeg is too old, and says so once', async () => {
    mkdirSync(clips.path('old'))
    const script =
      "#!/bin/sh\necho '[info] ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021' >&2\necho \"[error] Unrecognized option 'fps_mode'.\" >&2\nexit 1\n"
    writeFileSync(clips.path('old/ffmpeg'), script)
    chmodSync(clips.path('old/ffmpeg'), 0o755)
    const said: string[] = []
    const decode = createMediaDecoder({ path: clips.path('old') })
    for (let k = 0; k < 2; k++) {
      const medium = await decode(file(demoClip), (text) => said.push(text))
      const picture = await reading(medium.video(small, pool)).next()
      expect(picture?.mediaTimeMs).toBe(0)
      picture?.frame.release()
      expect((await reading(medium.audio(speech)).next())?.samples.length).toBe(320)
      expect(medium.decoder).toBe('ffmpeg-core (WebAssembly)')
      expect(medium.durationMs()).toBe(12_000)
    }
    expect(said).toEqual([expect.stringMatching(/older than 5\.1.*embedded decoder/)])
    const camera = await failureAt({ kind: 'device', video: '0', audio: null }, { path: clips.path('old') })
    expect(camera).toMatchObject({ code: 'missing', remedy: 'install FFmpeg 5.1 or newer' })
  })

  it('says once that the core serves where there is no FFmpeg, and refuses what that cannot', async () => {
    const said: string[] = []
    const decode = createMediaDecoder({ path: clips.folder })
    for (let k = 0; k < 2; k++) await decode(file(demoClip), (text) => said.push(text))
    expect(said).toEqual([expect.stringMatching(/FFmpeg is not on the PATH: the embedded decoder/)])
    for (const address of [
      { kind: 'network', scheme: 'rtsp', url: 'rtsp://me:secret@host/1' },
      { kind: 'device', video: '0', audio: 'default' },
    ] as const) {
      const error = await failureOf(decode(address, () => undefined))
      expect(error.code).toBe('missing')
      expect(error.message).toMatch(/needs FFmpeg 5\.1 or newer/)
      expect(error.message).not.toContain('secret')
      expect(error.remedy).toMatch(/apt-get install ffmpeg.*brew.*winget/)
    }
  })

  it.skipIf(noFfmpeg)('says nothing where the native one serves', async () => {
    const said: string[] = []
    const medium = await createMediaDecoder()(file(demoClip), (text) => said.push(text))
    ;(await reading(medium.video(small, pool)).next())?.frame.release()
    expect(said).toEqual([])
    expect(nativeFfmpeg).not.toBeNull()
  })
})

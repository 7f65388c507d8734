import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { alaw, mulaw } from '../../src/audio/g711.js'
import { type Codec, headerBytes, readHeader, type ServerMessage } from '../../src/core/wire.js'
import { createPipeline, type PipelineRun } from '../../src/index.js'
import { skippedWithoutFfmpeg } from '../helpers/clips.js'
import { likeness } from '../helpers/likeness.js'
import { oggOpus } from '../helpers/ogg-opus.js'
import { hasBrowser, launch } from './browser.js'

const withoutFfmpeg = skippedWithoutFfmpeg('what is heard')

/** All of the demo clip, so that what is said is in it, wherever a client came in. */
const clipMs = 12_000

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

type Message = { readonly capturedAtMs: number; readonly rateHz: number; readonly payload: Uint8Array }

/** A plain client that asks for one codec, and gives what came in so many seconds. */
function listenIn(url: string, codec: Codec, forMs: number): Promise<readonly Message[]> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}ws`)
  const heard: Message[] = []
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', (code, reason) => {
      if (code === 1005) resolve(heard)
      else reject(new Error(`let go with ${String(code)}: ${reason.toString()}`))
    })
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        const header = readHeader(new DataView(data.buffer, data.byteOffset))
        // What comes before the wish is heard is in the usual codec.
        if (header.codec !== codec || header.kind !== 'audio') return
        const { capturedAtMs, sourceWidthPx: rateHz } = header
        heard.push({ capturedAtMs, rateHz, payload: data.subarray(headerBytes) })
        const [first] = heard
        if (first !== undefined && capturedAtMs - first.capturedAtMs >= forMs) socket.close()
        return
      }
      const message = JSON.parse(data.toString()) as ServerMessage
      if (message.type !== 'hello') return
      expect(message.channels.find(({ name }) => name === 'room.audio')?.codecs).toContain(codec)
      socket.send(JSON.stringify({ type: 'want', channels: { 'room.audio': { codec } } }))
    })
  })
}

/** Decodes or converts with FFmpeg, to mono of 16 bits at a rate. */
async function byFfmpeg(input: readonly string[], bytes: Uint8Array | null, rateHz: number): Promise<Float32Array> {
  const words = [...input, '-ac', '1', '-ar', String(rateHz), '-f', 's16le', '-']
  const child = spawn('ffmpeg', ['-v', 'error', ...words], { stdio: ['pipe', 'pipe', 'inherit'] })
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  child.stdin.end(bytes ?? undefined)
  await new Promise((resolve) => child.once('close', resolve))
  const all = Buffer.concat(parts)
  return Float32Array.from({ length: all.length / 2 }, (_, n) => all.readInt16LE(2 * n) / 32_768)
}

const joined = (messages: readonly Message[]): Buffer => Buffer.concat(messages.map(({ payload }) => payload))

describe.skipIf(withoutFfmpeg)('a plain client hears what the clip says', () => {
  const messages = new Map<Codec, readonly Message[]>()
  let run: PipelineRun
  let pcm: Float32Array
  let pcmAt8: Float32Array

  beforeAll(async () => {
    run = await createPipeline(pathOf('pipelines/listen.yaml'))
    const url = await run.serve({ port: 0 })
    await run.start()
    const codecs = ['pcm', 'opus', 'mulaw', 'alaw'] as const
    const heard = await Promise.all(codecs.map((codec) => listenIn(url, codec, clipMs)))
    for (const [n, codec] of codecs.entries()) messages.set(codec, heard[n] ?? [])
    pcm = await byFfmpeg(['-f', 's16le', '-ar', '16000', '-ac', '1', '-i', '-'], joined(of('pcm')), 16_000)
    pcmAt8 = await byFfmpeg(['-f', 's16le', '-ar', '16000', '-ac', '1', '-i', '-'], joined(of('pcm')), 8000)
  })
  afterAll(() => run.stop())

  const of = (codec: Codec): readonly Message[] => messages.get(codec) ?? []

  /** One sound and PCM on the run's time, at a rate: silent where one of the two has nothing, as what was not heard yet. */
  const beside = (codec: Codec, decoded: Float32Array, rateHz: number): readonly [Float32Array, Float32Array] => {
    const beginMs = of('pcm')[0]?.capturedAtMs ?? 0
    const [size, seconds] = [rateHz / 50, clipMs / 1000 + 1]
    const placed = (messages: readonly Message[], sound: Float32Array): readonly [Float32Array, Uint8Array] => {
      const [samples, there] = [new Float32Array(seconds * rateHz), new Uint8Array(seconds * rateHz)]
      for (const [n, { capturedAtMs }] of messages.entries()) {
        const at = Math.round(((capturedAtMs - beginMs) * rateHz) / 1000)
        if (at < 0 || at + size > samples.length) continue
        samples.set(sound.subarray(n * size, (n + 1) * size), at)
        there.fill(1, at, at + size)
      }
      return [samples, there]
    }
    const [sent, sentThere] = placed(of('pcm'), rateHz === 16_000 ? pcm : pcmAt8)
    const [heard, heardThere] = placed(of(codec), decoded)
    const both = (sound: Float32Array): Float32Array =>
      sound.map((sample, n) => (sentThere[n] === 1 && heardThere[n] === 1 ? sample : 0))
    expect(heardThere.filter((one) => one === 1).length).toBeGreaterThan(rateHz)
    return [both(sent), both(heard)]
  }

  test('PCM is the clip, bit by bit but for rounding', async () => {
    const clip = await byFfmpeg(['-i', pathOf('media/demo.mp4')], null, 16_000)
    // 60 ms of the loudest: where in the clip it lies is searched.
    const loudest = of('pcm').reduce(
      (best, _, n) =>
        energy(pcm.subarray(n * 320, n * 320 + 1000)) > energy(best) ? pcm.subarray(n * 320, n * 320 + 1000) : best,
      pcm.subarray(0, 1000),
    )
    const { snrDb } = likeness(loudest, clip, clip.length - 1000)
    expect(snrDb).toBeGreaterThan(60)
  })

  test('Opus, decoded by FFmpeg, is the same sound', async () => {
    const heard = of('opus')
    const packets = heard.map(({ payload }) => payload)
    const decoded = await byFfmpeg(['-i', '-'], oggOpus(packets, 16_000), 16_000)
    const { correlation, lateSamples } = likeness(...beside('opus', decoded, 16_000), 160)
    expect(correlation).toBeGreaterThan(0.95)
    expect(lateSamples).toBeLessThan(16)
    expect(joined(heard).length / heard.length).toBeLessThan(120)
  })

  test.each(['mulaw', 'alaw'] as const)('G.711 (%s), decoded by FFmpeg, is the same sound at 8 kHz', async (codec) => {
    const heard = of(codec)
    expect(heard.every(({ rateHz, payload }) => rateHz === 8000 && payload.length === 160)).toBe(true)
    const decoded = await byFfmpeg(['-f', codec, '-ar', '8000', '-ac', '1', '-i', '-'], joined(heard), 8000)
    const { correlation, lateSamples } = likeness(...beside(codec, decoded, 8000), 8)
    expect(correlation).toBeGreaterThan(0.98)
    // Times of two rates, rounded to samples of one.
    expect(lateSamples).toBeLessThanOrEqual(1)
  })

  test.each([
    ['mulaw', mulaw],
    ['alaw', alaw],
  ] as const)('FFmpeg decodes all 256 codes of %s to what the tables say', async (name, law) => {
    const codes = Uint8Array.from({ length: 256 }, (_, code) => code)
    const decoded = await byFfmpeg(['-f', name, '-ar', '8000', '-ac', '1', '-i', '-'], codes, 8000)
    expect([...decoded].map((sample) => sample * 32_768)).toEqual([...codes].map((code) => law.decode(code)))
  })
})

function energy(samples: Float32Array): number {
  return samples.reduce((sum, one) => sum + one * one, 0)
}

/** What the page does with sound, watched from within. */
type Watched = { decoded: number; played: number; contexts: AudioContext[] }

describe.skipIf(!hasBrowser())('the page, in a real Chromium', () => {
  let browser: Browser
  let run: PipelineRun
  let url: string

  beforeAll(async () => {
    run = await createPipeline(pathOf('pipelines/listen.yaml'))
    url = await run.serve({ port: 0 })
    await run.start()
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
    await run.stop()
  })

  const open = async (secure: boolean): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width: 1024, height: 700 } })
    await page.addInitScript((secure) => {
      const watched: Watched = { decoded: 0, played: 0, contexts: [] }
      Object.assign(globalThis, { watched })
      const { AudioDecoder: Decoder, AudioContext: Context } = globalThis
      // Over plain http from another machine a browser has neither.
      if (!secure) for (const name of ['AudioDecoder', 'AudioWorkletNode']) Reflect.deleteProperty(globalThis, name)
      else {
        globalThis.AudioDecoder = class extends Decoder {
          constructor(init: AudioDecoderInit) {
            super({
              ...init,
              output: (audio) => {
                watched.decoded++
                init.output(audio)
              },
            })
          }
        }
      }
      globalThis.AudioContext = class extends Context {
        constructor(options?: AudioContextOptions) {
          super(options)
          watched.contexts.push(this)
        }
        override createBufferSource(): AudioBufferSourceNode {
          watched.played++
          return super.createBufferSource()
        }
      }
    }, secure)
    await page.goto(url)
    return page
  }
  const watchedIn = (page: Page) =>
    page.evaluate(() => {
      const { decoded, played, contexts } = (globalThis as unknown as { watched: Watched }).watched
      return { decoded, played, states: contexts.map(({ state }) => state) }
    })

  test.each([
    ['Opus by WebCodecs', true, 'Opus'],
    ['PCM where there is no WebCodecs', false, 'PCM'],
  ] as const)('hears %s, draws it, and plays it on a click', async (_, secure, words) => {
    const page = await open(secure)
    await page.waitForFunction((codec) => document.querySelector('.facts')?.textContent.includes(codec), words)
    // Something is drawn beside the line of silence.
    await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('canvas.sound')
      const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height)
      if (canvas === null || pixels === undefined) return false
      const rows = new Set<number>()
      for (let i = 3; i < pixels.data.length; i += 4)
        if (pixels.data[i] !== 0) rows.add(Math.floor(i / 4 / canvas.width))
      return rows.size > 12
    })
    expect(await watchedIn(page)).toMatchObject({ played: 0, states: [] })
    await page.getByRole('button', { name: 'Listen' }).click()
    await page.waitForFunction(() => (globalThis as unknown as { watched: Watched }).watched.played > 50)
    await page.waitForFunction(() => /Heard at least \d+ ms/.test(document.body.innerText))
    const { decoded, states } = await watchedIn(page)
    expect(states).toEqual(['running'])
    expect(decoded > 0).toBe(secure)
    await page.getByRole('button', { name: 'Mute' }).click()
    await page.getByRole('button', { name: 'Listen' }).waitFor()
    expect((await watchedIn(page)).states).toEqual(['closed'])
    await page.close()
  })
})

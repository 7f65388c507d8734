import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { filter, firstValueFrom, map, type Observable, take, toArray } from 'rxjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createPipeline, type Packet, type PipelineRun } from '../../src/index.js'
import type { Detections, JointTarget, Sound, Voice } from '../../src/core/ports.js'
import type { ToCamera } from '../../src/core/camera-wire.js'
import { skippedWithoutFfmpeg } from '../helpers/clips.js'
import { hasBrowser, launch } from './browser.js'

const there = !skippedWithoutFfmpeg('the browser as a camera') && hasBrowser()

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const truth = JSON.parse(readFileSync(file('media/demo.truth.json'), 'utf8')) as {
  readonly width: number
  readonly height: number
  readonly faceCentrePx: readonly (readonly [number, number])[]
}

describe.skipIf(!there)('the browser as a camera and microphone, in a real Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'saccade-camera-'))
  let browser: Browser
  let run: PipelineRun
  let url: string
  let page: Page

  const open = async (from: Browser, size = { width: 1440, height: 1000 }): Promise<Page> => {
    const context = await from.newContext({ viewport: size, ignoreHTTPSErrors: true })
    const opened = await context.newPage()
    await opened.goto(url)
    await opened.waitForSelector('.camera')
    return opened
  }
  const says = (of: Page, text: RegExp): Promise<unknown> =>
    of.waitForFunction(
      (source) => new RegExp(source).test(document.querySelector<HTMLElement>('.camera')?.innerText ?? ''),
      text.source,
    )
  const result = <T>(name: string): Observable<Packet<T>> => run.tap(name) as Observable<Packet<T>>
  const next = <T>(name: string, count: number): Promise<Packet<T>[]> =>
    firstValueFrom(result<T>(name).pipe(take(count), toArray()))

  beforeAll(async () => {
    // What Chromium's fake devices play, over and over: the demo clip, small, and its sound.
    const [video, audio] = [join(folder, 'clip.mjpeg'), join(folder, 'clip.wav')]
    const clip = file('media/demo.mp4')
    const picture = ['-an', '-vf', 'scale=640:-2', '-r', '30', '-q:v', '4', '-pix_fmt', 'yuvj420p', video]
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', clip, ...picture])
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', clip, '-vn', '-ac', '1', '-ar', '48000', audio])
    run = await createPipeline(file('pipelines/follow-face.yaml'), { set: { camera: 'browser:' } })
    url = await run.serve({ port: 0 })
    await run.start()
    browser = await launch([
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${video}`,
      `--use-file-for-fake-audio-capture=${audio}`,
    ])
  })
  afterAll(async () => {
    await browser.close()
    await run.stop()
    rmSync(folder, { recursive: true })
  })

  test('before a browser comes, the run says what it waits for and where, and the page invites', async () => {
    expect(run.state$.value.state).toBe('running')
    expect(run.snapshot().events.map(({ text }) => text)).toContain(
      `room: waits for a browser's camera and microphone: open ${url} and press "Use this camera and microphone"`,
    )
    page = await open(browser)
    await says(page, /room waits for a camera and microphone/)
    expect(await page.innerText('.camera-button')).toBe('Use this camera and microphone')
    expect(await page.innerText('.header')).toContain('waiting for a browser')
  })

  test('one click, and the face that its camera sees is found where it is, and the head turns to it', async () => {
    const seen = new Map<number, Detections>()
    const turned = new Map<number, number>()
    const directions = (): readonly { readonly wantedRad: number; readonly offRad: number }[] =>
      [...turned].flatMap(([seq, yawRad]) => {
        const faces = seen.get(seq)
        if (faces === undefined) return []
        const wantedRad = yawTo(middleOf(faces)[0])
        return [{ wantedRad, offRad: Math.abs(wantedRad - yawRad) }]
      })
    const gazes = result<JointTarget>('gaze').subscribe(({ seq, value }) => turned.set(seq, value.pose.yawRad))
    // Until the face has been followed over a good part of its way, however many pictures a second this machine manages.
    const followed = firstValueFrom(
      result<Detections>('faces').pipe(
        filter(({ seq, value, stamp }) => {
          expect(['browser', 'arrival']).toContain(stamp.kind)
          expect(stamp.uncertaintyMs).toBeGreaterThanOrEqual(0)
          if (value.found.length > 0) seen.set(seq, value)
          const all = directions().map(({ wantedRad }) => wantedRad)
          return all.length >= 15 && Math.max(...all) - Math.min(...all) > 0.2
        }),
      ),
    )
    await page.click('.camera-button')
    await followed
    gazes.unsubscribe()
    // The clip plays from any place, so a face must lie on its way, whatever the time: within 5 % of the picture.
    for (const faces of seen.values()) {
      const [x, y] = middleOf(faces)
      const off = truth.faceCentrePx.map(([tx, ty]) => Math.hypot(x - tx / truth.width, y - ty / truth.height))
      expect(Math.min(...off)).toBeLessThan(0.05)
    }
    // The smoothed gaze lags a little, and more where the clip begins anew and the face jumps.
    const close = directions().filter(({ offRad }) => offRad < 0.1)
    expect(close.length / directions().length).toBeGreaterThan(0.75)
  })

  test('its sound comes in whole chunks with times that go forward, and speech is heard in it', async () => {
    const chunks = await next<Sound>('room.audio', 50)
    for (const { value } of chunks) expect(value).toMatchObject({ sampleRateHz: 16_000, samples: { length: 320 } })
    const times = chunks.map(({ capturedAtMs }) => capturedAtMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    await firstValueFrom(result<Voice>('speech').pipe(filter(({ value }) => value.speaking)))
  })

  test('the state tells whose camera it is and how well its clock is known; the page tells the age', async () => {
    const { camera, robot } = run.snapshot()
    expect(camera).toMatchObject({ stream: 'room', from: 'Chrome on Linux' })
    expect(camera?.uncertaintyMs).toBeGreaterThan(0)
    expect(camera?.uncertaintyMs).toBeLessThan(1000)
    expect(robot?.ageMs).toBeGreaterThan(0)
    await says(page, /Sending picture and sound/)
    await says(page, /\d+ fps · clock ± \d+\.\d ms · \d on the way/)
    await page.waitForFunction(() => /\d+(\.\d+)?\s*m?s old/.test(document.body.innerText.replaceAll('\n', ' ')))
  })

  test('a second browser is told that the place is taken, on its page and by the socket', async () => {
    const second = await open(browser, { width: 390, height: 844 })
    await says(second, /Chrome on Linux gives its camera/)
    expect(await second.isVisible('.camera-button')).toBe(false)
    const wide = await second.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(wide).toBeLessThanOrEqual(0)
    await second.context().close()

    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}camera`)
    const told: ToCamera[] = []
    socket.on('message', (data) => told.push(JSON.parse((data as Buffer).toString()) as ToCamera))
    socket.on('open', () => {
      const hello = { type: 'hello', version: 1, id: 'another-one', label: 'Other', video: true, audio: true }
      socket.send(JSON.stringify(hello))
    })
    const code = await new Promise<number>((resolve) => socket.on('close', resolve))
    expect(code).toBe(1013)
    expect(told).toEqual([{ type: 'taken', by: 'Chrome on Linux' }])
  })

  test('after a reload it goes on by itself: one origin, numbers and times go forward', async () => {
    const before = await next('room.video', 2)
    await page.reload()
    await says(page, /Sending picture and sound/)
    const packets = [...before, ...(await next('room.video', 5))]
    expect(new Set(packets.map(({ origin }) => origin.name))).toEqual(new Set(['room.video']))
    for (const [index, packet] of packets.entries()) {
      const last = packets[index - 1]
      if (last === undefined) continue
      expect(packet.seq).toBeGreaterThan(last.seq)
      expect(packet.capturedAtMs).toBeGreaterThanOrEqual(last.capturedAtMs)
    }
  })

  test('what is no camera of ours is let go with a reason, and the one that is goes on', async () => {
    const endOf = (send: (socket: WebSocket) => void): Promise<number> => {
      const socket = new WebSocket(`${url.replace(/^http/, 'ws')}camera`)
      socket.on('error', () => undefined) // its end tells
      socket.on('open', () => {
        send(socket)
      })
      return new Promise((resolve) => socket.on('close', resolve))
    }
    expect(
      await endOf((socket) => {
        socket.send(Buffer.alloc(100, 7))
      }),
    ).toBe(1008)
    expect(
      await endOf((socket) => {
        socket.send('{"type":"hello"}')
      }),
    ).toBe(1008)
    expect(
      await endOf((socket) => {
        socket.send(Buffer.alloc(2_000_001))
      }),
    ).toBe(1009)
    await next('room.video', 3)
  })

  test('Stop ends it, and the page invites again', async () => {
    await page.click('.camera-button')
    await says(page, /room waits for a camera and microphone/)
    expect(run.snapshot().camera?.from).toBeNull()
    expect(run.state$.value.state).toBe('running')
    await page.click('.camera-button')
    await next('room.video', 2)
  })

  test('a page that is closed leaves the place to the next', async () => {
    const other = await open(browser)
    await says(other, /Chrome on Linux gives its camera/)
    await page.context().close()
    await says(other, /room waits for a camera and microphone/)
    await other.click('.camera-button')
    await next('room.video', 2)
    await other.context().close()
  })

  test('where the camera is not allowed, the page says so and what helps', async () => {
    const strict = await launch()
    const denied = await open(strict)
    await denied.click('.camera-button')
    await says(denied, /not allowed|no camera or microphone here/)
    expect(await denied.innerText('.camera-button')).toBe('Try again')
    await strict.close()
  })

  test('where what makes its pictures does not load, the page says so and gives the place back', async () => {
    const context = await browser.newContext()
    const broken = await context.newPage()
    await broken.route('**/jpeg-worker*', (route) => route.abort())
    await broken.goto(url)
    await broken.waitForSelector('.camera')
    await broken.click('.camera-button')
    await says(broken, /can make no pictures of the camera/)
    expect(await broken.innerText('.camera-button')).toBe('Try again')
    expect(run.snapshot().camera?.from).toBeNull()
    await context.close()
  })

  test('over TLS with a token, as a phone opens it', async () => {
    const phone = await createPipeline(file('pipelines/watch.yaml'), { set: { camera: 'browser:' } })
    const [viewer, token] = ['a'.repeat(32), 'b'.repeat(32)]
    const tokens = [
      { text: viewer, control: false, stop: false },
      { text: token, control: true, stop: true },
    ]
    const address = await phone.serve({ port: 0, tls: 'self-signed', tokens })
    await phone.start()
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ignoreHTTPSErrors: true })
    const looking = await context.newPage()
    await looking.goto(`${address}?token=${viewer}`)
    await says(looking, /You may look here, not give any/)
    await looking.goto(`${address}?token=${token}`)
    const pictures = firstValueFrom(
      phone.tap('room.video').pipe(
        take(3),
        map(({ seq }) => seq),
        toArray(),
      ),
    )
    await looking.click('.camera-button')
    expect(await pictures).toHaveLength(3)
    await phone.stop()
    await context.close()
  })
})

/** The middle of the first face, as shares of the picture. */
function middleOf({ sizePx: [widthPx, heightPx], found }: Detections): readonly [x: number, y: number] {
  const [xPx, yPx, width, height] = found[0]?.boxPx ?? [0, 0, 0, 0]
  return [(xPx + width / 2) / widthPx, (yPx + height / 2) / heightPx]
}

/** Where one has to look for what is there, with a camera of 65° in width: positive yaw turns left, where x is small. */
function yawTo(x: number): number {
  return Math.atan((1 - 2 * x) * Math.tan((65 / 2) * (Math.PI / 180)))
}

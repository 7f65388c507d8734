import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ScriptedRun } from '../helpers/scripted-run.js'
import { drawnJpegs, hasBrowser, launch, openPage } from './browser.js'

type Probed = {
  readonly streams: readonly {
    readonly codec_type: string
    readonly codec_name: string
    readonly width?: number
    readonly duration: string
  }[]
  readonly frames: readonly { readonly media_type: string; readonly pts_time: string }[]
}

function probe(file: string): Probed {
  const words = [
    '-v',
    'error',
    '-show_streams',
    '-show_frames',
    '-show_entries',
    'frame=media_type,pts_time',
    '-of',
    'json',
  ]
  return JSON.parse(execFileSync('ffprobe', [...words, file], { maxBuffer: 1 << 28 }).toString()) as Probed
}

describe.skipIf(!hasBrowser())('the last seconds, saved by a real Chromium', () => {
  let browser: Browser
  const run = new ScriptedRun()
  const folder = mkdtempSync(join(tmpdir(), 'saccade-film-'))
  beforeAll(async () => {
    await run.serve()
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
    await run.close()
    rmSync(folder, { recursive: true })
  })

  /** Pictures 40 ms apart with a hole and an odd one, and a tone beside them. */
  const times = Array.from({ length: 60 }, (_, i) => 1000 + i * 40 + (i % 3 === 1 ? 7 : 0) + (i > 30 ? 500 : 0))
  const lastMs = times.at(-1) ?? 0

  const play = (sizes: readonly string[]): void => {
    const drawn = sizes.map((size) => drawnJpegs(10, size))
    times.forEach((atMs, i) => {
      const jpegs = drawn[Math.floor((i * sizes.length) / times.length)] ?? []
      run.sendPicture(jpegs[i % 10] ?? new Uint8Array(), atMs, [320, 240])
    })
    for (let atMs = 1000; atMs < lastMs + 40; atMs += 20) {
      const pcm = Int16Array.from(
        { length: 320 },
        (_, i) => 8000 * Math.sin((2 * Math.PI * 440 * (atMs * 16 + i)) / 16_000),
      )
      run.sendSound(pcm, 16_000, atMs)
    }
    run.tell()
  }

  test.each([
    ['of one size', ['320x240']],
    ['that change their size on the way', ['320x240', '160x120']],
  ])('holds every picture %s at its time, and the sound', { timeout: 120_000 }, async (_, sizes) => {
    const { page, errors } = await openPage(browser, run.url)
    await page.waitForFunction(() => document.body.innerText.includes('faces'))
    play(sizes)
    const save = page.getByRole('button', { name: /Save last 30 s/ })
    const download = page.waitForEvent('download', { timeout: 100_000 })
    await save.click()
    await page.getByRole('progressbar', { name: 'Making the film' }).waitFor()
    const film = await download
    expect(film.suggestedFilename()).toMatch(/^follow-face-\d{4}-\d\d-\d\dT[\d-]+\.mp4$/)
    const file = join(folder, film.suggestedFilename())
    await film.saveAs(file)
    await save.waitFor()
    const { streams, frames } = probe(file)
    expect(streams.map((stream) => `${stream.codec_type} ${stream.codec_name}`)).toEqual(['video h264', 'audio aac'])
    expect(streams[0]?.width).toBe(320)
    const at = frames.filter((frame) => frame.media_type === 'video').map((frame) => Number(frame.pts_time) * 1000)
    expect(at).toHaveLength(times.length)
    const apart = at.map((ms, i) => Math.abs(ms - (at[0] ?? 0) - ((times[i] ?? 0) - 1000)))
    expect(Math.max(...apart)).toBeLessThanOrEqual(1.5)
    expect(Math.abs(Number(streams[1]?.duration) * 1000 - (lastMs + 40 - 1000))).toBeLessThan(100)
    expect(errors).toEqual([])
    await page.close()
  })

  test('can be cancelled, and says what is missing', { timeout: 60_000 }, async () => {
    const { page } = await openPage(browser, run.url)
    await page.waitForFunction(() => document.body.innerText.includes('faces'))
    play(['320x240'])
    await page.getByRole('button', { name: /Save last/ }).click()
    await page.getByRole('button', { name: 'Cancel saving' }).click()
    await page.getByRole('button', { name: /Save last/ }).waitFor()
    await page.route('**/ffmpeg/**', (route) => route.fulfill({ status: 404, body: '' }))
    await page.getByRole('button', { name: /Save last/ }).click()
    await page.getByText('npm i @ffmpeg/core').waitFor()
    await page.close()
  })
})

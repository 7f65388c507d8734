import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createPipeline, type PipelineRun } from '../../src/index.js'
import { hasBrowser, launch } from './browser.js'

const token = 'token-for-the-browser'

describe.skipIf(!hasBrowser())('the page by https and with a token, in a real Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'saccade-page-'))
  let browser: Browser
  let run: PipelineRun
  let url: string

  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', folder)
    run = await createPipeline(fileURLToPath(new URL('../../pipelines/watch.yaml', import.meta.url)))
    url = await run.serve({ port: 0, tls: 'self-signed', tokens: [{ text: token, control: true, stop: true }] })
    await run.start()
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
    await run.stop()
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  test('a link opens it, the token leaves the address, and the policy for its content stops nothing that it needs', async () => {
    const page = await browser.newPage({ ignoreHTTPSErrors: true })
    const errors: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text())
    })
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(`${url}?token=${token}`)
    expect(page.url()).toBe(url)
    await page.waitForFunction(() => document.body.innerText.includes('room'))
    expect(run.snapshot().clients).toBe(1)
    expect(await page.evaluate(() => document.cookie)).toBe('')
    // What saves a film: a script of the run's own, and WebAssembly in a worker; text as code is refused.
    const ran = await page.evaluate(async () => {
      const script = await fetch('./ffmpeg/ffmpeg-core.js')
      const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
      const module = await WebAssembly.compile(empty)
      const worker = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'], { type: 'text/javascript' })))
      await new Promise((resolve) => (worker.onmessage = resolve))
      return { status: script.status, module: module instanceof WebAssembly.Module }
    })
    expect(ran).toEqual({ status: 200, module: true })
    expect(errors).toEqual([])
    await page.close()
  })

  test('who has no token is asked for it, and the form opens the page', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    await page.goto(url)
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.waitForURL(url)
    await page.waitForFunction(() => document.body.innerText.includes('room'))
    await context.close()
  })

  test('a page of another site reaches it by its link, and not its socket', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    await page.route('https://other.example/', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<a href="${url}?token=${token}">the robot</a>` }),
    )
    await page.goto('https://other.example/')
    await page.getByText('the robot').click()
    await page.waitForFunction(() => document.body.innerText.includes('room'))
    expect(page.url()).toBe(url)
    await page.goto('https://other.example/')
    const how = await page.evaluate(
      (address) =>
        new Promise((resolve) => {
          const socket = new WebSocket(address)
          socket.onopen = () => {
            resolve('open')
          }
          socket.onclose = () => {
            resolve('refused')
          }
        }),
      `${url.replace('https', 'wss')}ws`,
    )
    expect(how).toBe('refused')
    await context.close()
  })
})

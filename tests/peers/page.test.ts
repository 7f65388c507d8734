import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPipeline, type PipelineRun } from '../../src/index.js'
import { hasBrowser, launch } from './browser.js'

const pipeline = (name: string): string => fileURLToPath(new URL(`../../pipelines/${name}.yaml`, import.meta.url))

describe.skipIf(!hasBrowser())('the page, in a real Chromium', () => {
  let browser: Browser
  let run: PipelineRun
  let url: string
  const errors: string[] = []

  beforeAll(async () => {
    run = await createPipeline(pipeline('follow-face'))
    url = await run.serve({ port: 0 })
    await run.start()
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
    await run.stop()
  })

  const open = async (size: { width: number; height: number }): Promise<Page> => {
    const page = await browser.newPage({ viewport: size })
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text())
    })
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(url)
    return page
  }

  test('shows the age of the data, the picture, the head and the pipeline in the file’s own names', async () => {
    const page = await open({ width: 1440, height: 1000 })
    await page.waitForFunction(() => /\d+(\.\d+)?\s*m?s old/.test(document.body.innerText.replaceAll('\n', ' ')))
    const text = await page.evaluate(() => document.body.innerText)
    for (const word of ['faces', 'gaze', 'head', 'live', 'speech', 'room', 'yaw', 'pitch']) expect(text).toContain(word)
    // The picture is drawn: one of the canvases holds many colours, whatever it is drawn with.
    await page.waitForFunction(() =>
      [...document.querySelectorAll('canvas')].some((canvas) => {
        if (canvas.width === 0 || canvas.height === 0) return false
        const copy = new OffscreenCanvas(64, 64)
        const context = copy.getContext('2d')
        if (context === null) return false
        context.drawImage(canvas, 0, 0, 64, 64)
        return new Set(context.getImageData(0, 0, 64, 64).data).size > 64
      }),
    )
    await page.close()
    expect(errors).toEqual([])
  })

  test('fits a phone without scrolling sideways', async () => {
    const page = await open({ width: 390, height: 844 })
    await page.waitForFunction(() => document.body.innerText.includes('old'))
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(wide).toBeLessThanOrEqual(0)
    await page.close()
  })

  test('closing it in the middle leaves the run as it was', async () => {
    const page = await open({ width: 800, height: 600 })
    await page.waitForFunction(() => document.body.innerText.includes('old'))
    expect(run.snapshot().clients).toBeGreaterThan(0)
    await page.close()
    expect(run.state$.value.state).toBe('running')
  })

  test('says that the run has ended, and how to start it again', async () => {
    const other = await createPipeline(pipeline('watch'))
    const address = await other.serve({ port: 0 })
    await other.start()
    const page = await browser.newPage()
    await page.goto(address)
    await page.waitForFunction(() => document.body.innerText.includes('room'))
    await other.stop()
    await page.waitForFunction(() => /stopped|ended/i.test(document.body.innerText))
    await page.close()
  })
})

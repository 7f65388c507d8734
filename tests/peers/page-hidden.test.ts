import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createPipeline } from '../../src/index.js'
import { hasBrowser, launchTabs } from './browser.js'

const pipeline = fileURLToPath(new URL('../../pipelines/follow-face.yaml', import.meta.url))

test.skipIf(!hasBrowser())(
  'a hidden tab of a real Chromium is sent nothing but the state and nothing is encoded for it, until it is shown again',
  { timeout: 120_000 },
  async () => {
    const run = await createPipeline(pipeline)
    const url = await run.serve({ port: 0 })
    await run.start()
    const { browser, close } = await launchTabs()
    const encoded = () => run.snapshot().stages['live/websocket/room.video/encode']?.out ?? 0
    const sent = async () => {
      const { viewers } = (await (await fetch(`${url}state.json`)).json()) as {
        viewers: { all: { pictures: number; sounds: number; packets: number; bytes: number } }
      }
      return viewers.all
    }
    try {
      const [context] = browser.contexts()
      const page = context?.pages()[0]
      if (context === undefined || page === undefined) throw new Error('the browser has no tab')
      await page.goto(url)
      await expect.poll(encoded, { timeout: 20_000 }).toBeGreaterThan(10)
      await page.getByRole('button', { name: 'Save last 30 s', exact: true, disabled: false }).waitFor()

      const other = await context.newPage()
      await other.bringToFront()
      expect(await page.evaluate(() => document.visibilityState)).toBe('hidden')
      // What was under way is over when two looks half a second apart see the same.
      let before = await sent()
      await expect
        .poll(
          async () => {
            const [was, now] = [before, (before = await sent())]
            return [now.pictures - was.pictures, now.sounds - was.sounds, now.packets - was.packets]
          },
          { interval: 500, timeout: 10_000 },
        )
        .toEqual([0, 0, 0])
      const encodedHidden = encoded()
      await other.waitForTimeout(3000)
      const after = await sent()
      expect(after).toMatchObject({ pictures: before.pictures, sounds: before.sounds, packets: before.packets })
      expect(after.bytes).toBeGreaterThan(before.bytes)
      expect(encoded()).toBe(encodedHidden)
      // Its title goes on to say how the run goes.
      expect(await page.title()).toBe('follow-face · running · Saccade')

      await page.bringToFront()
      await expect.poll(encoded, { timeout: 20_000 }).toBeGreaterThan(encodedHidden + 3)
      await page.getByRole('button', { name: /Save last 30 s · \d+ s missing/ }).waitFor()
      expect((await sent()).pictures).toBeGreaterThan(after.pictures)
    } finally {
      await close()
      await run.stop()
    }
  },
)

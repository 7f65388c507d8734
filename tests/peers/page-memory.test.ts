import type { CDPSession } from 'playwright-core'
import { expect, test } from 'vitest'
import { ScriptedRun } from '../helpers/scripted-run.js'
import { drawnJpegs, hasBrowser, launch, openPage } from './browser.js'

/** A heap once what is dead is gone, with what buffers hold outside it, in MB. */
async function memoryOf(session: CDPSession): Promise<{ readonly mb: number; readonly nodes: number }> {
  await session.send('HeapProfiler.collectGarbage')
  const told = (await session.send('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number }
  const { nodes } = await session.send('Memory.getDOMCounters')
  return { mb: (told.usedSize + (told.backingStorageSize ?? 0)) / 2 ** 20, nodes }
}

// Ten minutes at their own pace are `npm run bench -- page-memory`; here the run's clock goes a hundred times as fast.
test.skipIf(!hasBrowser())(
  'ten minutes of pictures, sound and states leave no more than the first',
  { timeout: 120_000 },
  async () => {
    const run = new ScriptedRun()
    await run.serve()
    const browser = await launch()
    const { page, errors } = await openPage(browser, run.url)
    await page.getByRole('button', { name: 'Stop the robot' }).waitFor()
    const session = await page.context().newCDPSession(page)
    const jpegs = drawnJpegs(10, '320x240')
    let atMs = 0
    const play = async (seconds: number): Promise<void> => {
      for (const untilMs = atMs + seconds * 1000; atMs < untilMs; atMs += 100) {
        run.sendPicture(jpegs[(atMs / 100) % 10] ?? new Uint8Array(), atMs, [320, 240])
        run.sendSound(new Int16Array(1600), 16_000, atMs)
        run.say({
          type: 'data',
          packets: [
            {
              tap: 'faces',
              origin: 'room.video',
              seq: run.seq,
              capturedAtMs: atMs,
              stamp: 'medium',
              ageMs: 1,
              lost: 0,
              value: { sizePx: [320, 240], found: [] },
            },
          ],
        })
        if (atMs % 1000 === 0) {
          run.tell()
          // As fast as the page takes it.
          await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
        }
      }
    }
    await play(120)
    const before = await memoryOf(session)
    await play(600)
    const after = await memoryOf(session)
    expect(after.mb - before.mb).toBeLessThan(2)
    expect(after.nodes - before.nodes).toBeLessThan(50)
    expect(errors).toEqual([])
    await browser.close()
    await run.close()
  },
)

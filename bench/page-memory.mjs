import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { row } from './figures.mjs'
import { slopeOf } from './memory.mjs'

export const about = 'the live page in Chromium for ten minutes beside a real run: how much memory it grows'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** Until the 30 s of a film are full, and the minute of times, the page grows by right. */
const settledS = 75

/** A heap as it is once what is dead is gone, in MB, with what buffers hold outside it. */
async function heapOf(session) {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize, backingStorageSize = 0 } = await session.send('Runtime.getHeapUsage')
  const { nodes } = await session.send('Memory.getDOMCounters')
  return { heapMb: usedSize / 2 ** 20, buffersMb: backingStorageSize / 2 ** 20, nodes }
}

export async function run({ quick, say }) {
  if (!existsSync(browserPath)) {
    say(`skipped: ${browserPath} is not there; apt-get install chromium, or set CHROMIUM to a browser`)
    return []
  }
  const words = ['run', at('pipelines/follow-face.yaml'), '--port', '0']
  const child = spawn(process.execPath, [at('dist/cli/main.cjs'), ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  const url = await new Promise((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)
      if (found !== null) resolve(found[0])
    })
  })
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    await page.goto(url)
    await page.locator('.node').first().click()
    const session = await page.context().newCDPSession(page)
    const [warmS, forS, everyS] = quick ? [2, 8, 2] : [settledS, 600, 10]
    await page.waitForTimeout(warmS * 1000)
    const samples = []
    for (let s = 0; s <= forS; s += everyS) {
      samples.push([s, await heapOf(session)])
      if (!quick && s % 60 === 0) say(`${s} s: ${samples.at(-1)[1].heapMb.toFixed(1)} MB`)
      await page.waitForTimeout(everyS * 1000)
    }
    const figure = (what, read, unit, most) => {
      const points = samples.map(([s, heap]) => [s, read(heap)])
      const values = points.map(([, value]) => value)
      return row({
        what: `${what}, growth in ten minutes`,
        unit,
        samples: [slopeOf(points) * 600],
        ...(quick ? {} : { target: `<= ${most} ${unit}`, check: (figures) => figures.p50 <= most }),
        notes:
          `the line through ${points.length} points in ${forS} s, each after a garbage collection, ` +
          `between ${Math.min(...values).toFixed(1)} and ${Math.max(...values).toFixed(1)} ${unit}`,
      })
    }
    return [
      figure('heap of the page', ({ heapMb }) => heapMb, 'MB', 1),
      // The pictures of the last 30 s: as many bytes as they happen to have.
      figure('buffers of the page', ({ buffersMb }) => buffersMb, 'MB', 5),
      figure('nodes of the page', ({ nodes }) => nodes, 'nodes', 50),
    ]
  } finally {
    await browser.close()
    child.kill('SIGINT')
  }
}

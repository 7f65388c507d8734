import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'

const browserPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Whether there is a browser to try the page in; says how to get one. */
export function hasBrowser(): boolean {
  const there = existsSync(browserPath)
  if (!there)
    console.warn(`skipped: ${browserPath} is not there; apt-get install chromium, or set CHROMIUM to a browser`)
  return there
}

export function launch(words: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', ...words] })
}

type Tabs = { readonly browser: Browser; readonly close: () => Promise<void> }

/** A browser whose tabs hide each other: in one that Playwright starts itself, every tab believes that it is in sight. */
export async function launchTabs(): Promise<Tabs> {
  try {
    return await startTabs()
  } catch (error) {
    // Seen once: a Chromium takes the connection and never answers.
    console.warn(`${browserPath} is begun anew: ${String(error)}`)
    return startTabs()
  }
}

async function startTabs(): Promise<Tabs> {
  const folder = mkdtempSync(join(tmpdir(), 'saccade-tabs-'))
  const words = [
    '--headless',
    '--no-sandbox',
    '--no-first-run',
    '--remote-debugging-port=0',
    `--user-data-dir=${folder}`,
  ]
  const child = spawn(browserPath, words, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const remove = async (): Promise<void> => {
    await ended
    rmSync(folder, { recursive: true, maxRetries: 5 })
  }
  let told = ''
  const address = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (text) => {
      const found = /ws:\/\/\S+/.exec((told += String(text)))
      if (found !== null) resolve(found[0])
    })
    child.once('exit', () => {
      reject(new Error(`${browserPath} ended: ${told}`))
    })
  })
  try {
    const browser = await chromium.connectOverCDP(address, { noDefaults: true, timeout: 20_000 })
    return {
      browser,
      close: async () => {
        const session = await browser.newBrowserCDPSession()
        await session.send('Browser.close').catch(() => undefined)
        await remove()
      },
    }
  } catch (error) {
    child.kill('SIGKILL')
    await remove()
    throw error
  }
}

export const desktop = { width: 1440, height: 1000 }
export const phone = { width: 390, height: 844 }

/** Opens an address; what the page's console calls an error is collected. */
export async function openPage(
  browser: Browser,
  url: string,
  how: Parameters<Browser['newPage']>[0] = { viewport: desktop },
): Promise<{ readonly page: Page; readonly errors: string[] }> {
  const errors: string[] = []
  const page = await browser.newPage(how)
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(url)
  return { page, errors }
}

/** Pictures with a number that moves, as JPEGs. */
export function drawnJpegs(count: number, size: string): readonly Uint8Array[] {
  const words = ['-loglevel', 'error', '-f', 'lavfi', '-i', `testsrc2=s=${size}:r=25`, '-frames:v', String(count)]
  const all = execFileSync('ffmpeg', [...words, '-f', 'image2pipe', '-c:v', 'mjpeg', '-q:v', '5', '-'], {
    maxBuffer: 1 << 28,
  })
  const found: Uint8Array[] = []
  for (let at = 0; at < all.length;) {
    const end = all.indexOf(Buffer.from([0xff, 0xd9]), at) + 2
    found.push(new Uint8Array(all.subarray(at, end)))
    at = end
  }
  return found
}

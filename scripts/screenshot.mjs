// Takes the pictures of the live page in docs/pictures: a real run in a real Chromium, desktop and phone, dark and light, and
// the states that one gets it into: a node open, stopped, paused, saving.
//   node scripts/screenshot.mjs [NAME …] [--chromium /usr/bin/chromium]
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const words = process.argv.slice(2)
const option = words.indexOf('--chromium')
const executablePath = option >= 0 ? words[option + 1] : '/usr/bin/chromium'
const wanted = words.filter((word, i) => !word.startsWith('--') && (option < 0 || i !== option + 1))
mkdirSync(at('docs/pictures'), { recursive: true })

const desktop = { width: 1440, height: 1000 }
const tall = { width: 1440, height: 1480 }
const phone = { width: 390, height: 844 }
const button = (page, name) => page.getByRole('button', { name })
const nothing = async () => undefined
const reset = (page) => button(page, 'Reset the stop of the robot').click()

/** Name, size, theme, what is done before, and what is done after. */
const shots = [
  ['page-dark', desktop, 'dark', nothing, nothing],
  ['page-light', desktop, 'light', nothing, nothing],
  ['page-phone', phone, 'dark', nothing, nothing],
  ['page-phone-light', phone, 'light', nothing, nothing],
  [
    'page-node',
    tall,
    'dark',
    async (page) => {
      await page.locator('.node', { hasText: 'faces' }).click()
      await page.waitForTimeout(12_000)
    },
    nothing,
  ],
  [
    'page-stopped',
    desktop,
    'dark',
    async (page) => {
      await page.keyboard.press('Escape')
      await page.getByText('Stopped – reset to go on').waitFor()
      await page.waitForTimeout(500)
    },
    reset,
  ],
  [
    'page-stopped-phone',
    phone,
    'light',
    async (page) => {
      await button(page, 'Stop the robot').click()
      await page.getByText('Stopped – reset to go on').waitFor()
      await page.waitForTimeout(500)
    },
    reset,
  ],
  [
    'page-paused',
    desktop,
    'light',
    async (page) => {
      await button(page, 'Pause').click()
      await page.getByText('Streams give nothing').waitFor()
      await page.waitForTimeout(1000)
    },
    (page) => button(page, 'Resume').click(),
  ],
  [
    'page-saving',
    desktop,
    'dark',
    async (page) => {
      await button(page, /Save last/).click()
      await page.waitForFunction(() => (document.querySelector('progress')?.value ?? 0) > 0.3)
    },
    async (page) => {
      // A fast machine has saved it by now.
      const cancel = button(page, 'Cancel saving')
      if (await cancel.isVisible()) await cancel.click()
    },
  ],
]

const run = spawn(process.execPath, [at('dist/cli/main.cjs'), 'run', at('pipelines/follow-face.yaml'), '--port', '0'], {
  stdio: ['ignore', 'ignore', 'pipe'],
})
const url = await new Promise((resolve) => {
  createInterface({ input: run.stderr }).on('line', (line) => {
    const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)
    if (found !== null) resolve(found[0])
  })
})
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  for (const [name, viewport, colorScheme, before, after] of shots) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    const small = viewport === phone
    const page = await browser.newPage({ viewport, colorScheme, deviceScaleFactor: small ? 2 : 1 })
    page.on('console', (message) => {
      if (message.type() === 'error') console.log(`${name}: ${message.text()}`)
    })
    page.on('pageerror', (error) => console.log(`${name}: ${error.message}`))
    await page.goto(url)
    await page.waitForTimeout(9000)
    try {
      await before(page)
      await page.screenshot({ path: at(`docs/pictures/${name}.png`), fullPage: small })
      await after(page)
      console.log(`docs/pictures/${name}.png`)
    } catch (error) {
      console.log(`${name}: not taken: ${error.message.split('\n')[0]}`)
    }
    await page.close()
  }
} finally {
  await browser.close()
  run.kill('SIGINT')
}

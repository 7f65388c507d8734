// Takes the pictures of the live page in docs/pictures: a real run in a real Chromium, desktop and phone, dark and light.
//   node scripts/screenshot.mjs [--chromium /usr/bin/chromium]
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const option = process.argv.indexOf('--chromium')
const executablePath = option > 0 ? process.argv[option + 1] : '/usr/bin/chromium'
mkdirSync(at('docs/pictures'), { recursive: true })

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
const shots = [
  ['page-dark', { width: 1440, height: 1000 }, 'dark'],
  ['page-light', { width: 1440, height: 1000 }, 'light'],
  ['page-phone', { width: 390, height: 844 }, 'dark'],
]
try {
  for (const [name, viewport, colorScheme] of shots) {
    const page = await browser.newPage({ viewport, colorScheme, deviceScaleFactor: name === 'page-phone' ? 2 : 1 })
    page.on('console', (message) => console.log(`${name}: ${message.text()}`))
    page.on('pageerror', (error) => console.log(`${name}: ${error.message}`))
    await page.goto(url)
    await page.waitForTimeout(9000)
    await page.screenshot({ path: at(`docs/pictures/${name}.png`), fullPage: name === 'page-phone' })
    await page.close()
    console.log(`docs/pictures/${name}.png`)
  }
} finally {
  await browser.close()
  run.kill('SIGINT')
}

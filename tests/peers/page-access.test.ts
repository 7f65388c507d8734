import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ScriptedRun } from '../helpers/scripted-run.js'
import { hello, took } from '../web/page-fixtures.js'
import { desktop, drawnJpegs, hasBrowser, launch, phone } from './browser.js'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds serious or critical, as "rule: element". */
async function findings(page: Page): Promise<readonly string[]> {
  // Past the content security policy of the page, which allows no script but its own.
  await page.evaluate(axeSource)
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  )
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
}

describe.skipIf(!hasBrowser())('axe finds nothing serious', () => {
  let browser: Browser
  const run = new ScriptedRun()
  const [jpeg = new Uint8Array()] = drawnJpegs(1, '320x240')
  beforeAll(async () => {
    const step = {
      key: 'faces/detect-faces',
      stage: 'detect-faces',
      summary: 'Finds faces.',
      options: { minScore: 0.6 },
    }
    run.hello = {
      ...hello,
      controls: {
        ...hello.controls,
        options: [{ stage: step.key, option: 'minScore', value: 0.6, schema: { type: 'number' } }],
      },
      graph: {
        ...hello.graph,
        nodes: hello.graph.nodes.map((node) => (node.name === 'faces' ? { ...node, steps: [step] } : node)),
      },
    }
    await run.serve()
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
    await run.close()
  })

  const looks = [
    ['a desktop, dark', { viewport: desktop, colorScheme: 'dark' }],
    ['a desktop, light', { viewport: desktop, colorScheme: 'light' }],
    ['a phone, dark', { viewport: phone, colorScheme: 'dark' }],
    ['a phone, light', { viewport: phone, colorScheme: 'light' }],
  ] as const
  test.each(looks)(
    'on %s: running, with a node open, stopped, refused, lost of view',
    { timeout: 90_000 },
    async (_, how) => {
      run.tellRobot({ state: 'following' })
      const page = await browser.newPage({ ...how, reducedMotion: 'reduce' })
      await page.goto(run.url)
      await page.getByRole('button', { name: 'Stop the robot' }).waitFor()
      run.sendPicture(jpeg, 1000, [320, 240])
      run.tell({
        stages: { ...run.state.stages, faces: took(20), gaze: took(1), 'faces/detect-faces': took(20) },
        memo: { 'gaze/solve-pose': { hits: 3, misses: 1, evictions: 0 } },
        events: [
          { atMs: 1, level: 'info', text: 'running' },
          { atMs: 2, level: 'warning', text: 'a warning' },
          { atMs: 3, level: 'error', text: 'an error' },
        ],
        expect: [
          {
            from: 'room.video',
            to: 'head',
            figure: 'age',
            limitMs: 80,
            at: 'p99',
            overMs: 10_000,
            measuredMs: 90,
            holds: false,
          },
        ],
      })
      await page.getByText('an error').waitFor()
      expect(await findings(page)).toEqual([])
      await page.locator('.node', { hasText: 'faces' }).click()
      await page.locator('.plot canvas').waitFor()
      for (const what of ['Configuration', 'Keys']) await page.locator('summary', { hasText: what }).click()
      await page.getByText('saccade: 1').waitFor()
      run.refuses = { why: 'not now', remedy: 'Later.' }
      await page.keyboard.press('p')
      await page.getByText('The run refused to pause').waitFor()
      run.refuses = null
      expect(await findings(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByText('Stopped – reset to go on').waitFor()
      expect(await findings(page)).toEqual([])
      run.tellRobot({ state: 'following' })
      run.tell({ state: 'paused' })
      await page.getByText('Streams give nothing').waitFor()
      expect(await findings(page)).toEqual([])
      run.tell({ state: 'running' })
      await page.close()
    },
  )

  test('landmarks, one heading, and the focus goes from the header down', async () => {
    const page = await browser.newPage({ viewport: desktop })
    await page.goto(run.url)
    await page.getByRole('button', { name: 'Stop the robot' }).waitFor()
    run.sendPicture(jpeg, 2000, [320, 240])
    await page.getByRole('application').waitFor()
    expect(await page.getByRole('main').count()).toBe(1)
    expect(await page.getByRole('banner').count()).toBe(1)
    expect(await page.locator('h1').count()).toBe(1)
    const names: string[] = []
    for (let i = 0; i < 7; i++) {
      await page.keyboard.press('Tab')
      names.push(
        await page.evaluate(
          () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
        ),
      )
    }
    expect(names.map((name) => name.slice(0, 9))).toEqual(
      ['PauseP', 'Stop the ', 'Look here', 'Listen', 'As a tabl', 'room', 'facesdete'].map(
        (name) => expect.stringContaining(name.slice(0, 5)) as unknown,
      ),
    )
    await page.close()
  })
})

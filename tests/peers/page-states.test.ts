import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ScriptedRun } from '../helpers/scripted-run.js'
import { hello, robot, runState, stage, straight, took } from '../web/page-fixtures.js'
import { desktop, drawnJpegs, hasBrowser, launch, openPage, phone } from './browser.js'

describe.skipIf(!hasBrowser())('what the page shows and asks, in a real Chromium', () => {
  let browser: Browser
  let run: ScriptedRun
  const [jpeg = new Uint8Array()] = drawnJpegs(1, '320x240')

  beforeAll(async () => {
    browser = await launch()
    run = new ScriptedRun()
    await run.serve()
  })
  afterAll(async () => {
    await browser.close()
    await run.close()
  })
  beforeEach(() => {
    run.hello = hello
    run.state = runState()
    run.refuses = null
    run.asked.length = 0
  })

  const opened = async (viewport = desktop): Promise<Page> => {
    const { page } = await openPage(browser, run.url, { viewport })
    await page.getByText('follow-face', { exact: true }).first().waitFor({ state: 'attached' })
    return page
  }
  const asked = async (count: number): Promise<readonly object[]> => {
    await expect.poll(() => run.asked.length).toBe(count)
    return run.asked.map((message) =>
      Object.fromEntries(Object.entries(message).filter(([key]) => key !== 'id' && key !== 'type')),
    )
  }
  const stopButton = (page: Page) => page.getByRole('button', { name: 'Stop the robot' })
  const resetButton = (page: Page) => page.getByRole('button', { name: 'Reset the stop of the robot' })

  test('Stop is the only filled button, latches, and says what it is not', async () => {
    const page = await opened()
    await stopButton(page).click()
    await page.getByText('Stopped – reset to go on').waitFor()
    await page.getByText(/not an emergency stop/).waitFor()
    expect(await stopButton(page).count()).toBe(0)
    // Once more by key: there is nothing to stop any more.
    await page.keyboard.press('Escape')
    await resetButton(page).click()
    await stopButton(page).waitFor()
    expect(await asked(2)).toEqual([{ do: 'stop' }, { do: 'reset' }])
    const filled = await page.evaluate(() => {
      const ground = getComputedStyle(document.body).backgroundColor
      return [...document.querySelectorAll<HTMLElement>('.button')].filter((button) => {
        const colour = getComputedStyle(button).backgroundColor
        return button.checkVisibility() && colour !== 'rgba(0, 0, 0, 0)' && colour !== ground
      }).length
    })
    expect(filled).toBe(1)
    await page.close()
  })

  test('Escape stops whatever has the focus, also with a node open', async () => {
    const page = await opened()
    await page.locator('.node', { hasText: 'gaze' }).click()
    await page.getByRole('region', { name: 'Details of a node' }).waitFor()
    await page.getByRole('button', { name: 'Close', exact: true }).focus()
    await page.keyboard.press('Escape')
    await page.getByText('Stopped – reset to go on').waitFor()
    expect(await asked(1)).toEqual([{ do: 'stop' }])
    await page.close()
  })

  test('Stop is in sight on a phone however far one has scrolled', async () => {
    const page = await opened(phone)
    await page.evaluate(() => {
      scrollTo(0, document.body.scrollHeight)
    })
    const box = await stopButton(page).boundingBox()
    expect(box?.y).toBeGreaterThanOrEqual(0)
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(phone.width)
    await stopButton(page).click()
    await page.getByText('Stopped – reset to go on').waitFor()
    await page.close()
  })

  test('P and the space bar pause and go on, but not in a field', async () => {
    const page = await opened()
    await page.keyboard.press('p')
    await page.getByText('Streams give nothing until the run goes on').waitFor()
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    await page.keyboard.press(' ')
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    expect(await asked(2)).toEqual([{ do: 'pause' }, { do: 'resume' }])
    await page.close()
  })

  test('keys are switched off by keyboard, and stay so in this browser', async () => {
    const page = await opened()
    const keys = page.locator('summary', { hasText: 'Keys' })
    await keys.focus()
    await page.keyboard.press('Enter')
    for (const name of [/stops the robot/, /pauses the run/]) {
      const box = page.getByRole('checkbox', { name })
      await page.keyboard.press('Tab')
      expect(await box.evaluate((element) => element === document.activeElement)).toBe(true)
      await page.keyboard.press('Space')
      expect(await box.isChecked()).toBe(false)
    }
    const pressAll = async () => {
      await keys.focus()
      for (const key of ['Escape', 'p']) await page.keyboard.press(key)
      run.tell()
      await page.waitForTimeout(300)
    }
    await pressAll()
    await page.reload()
    await stopButton(page).waitFor()
    await pressAll()
    expect(run.asked).toEqual([])
    // Nor do the buttons tell of keys that do nothing.
    for (const button of [stopButton(page), page.getByRole('button', { name: 'Pause' })]) {
      expect(await button.getAttribute('aria-keyshortcuts')).toBeNull()
      expect(await button.getAttribute('data-key')).toBeNull()
    }
    await keys.click()
    await page.getByRole('checkbox', { name: /stops the robot/ }).check()
    await expect.poll(() => stopButton(page).getAttribute('aria-keyshortcuts')).toBe('Escape')
    await page.keyboard.press('p')
    await page.keyboard.press('Escape')
    await page.getByText('Stopped – reset to go on').waitFor()
    expect(await asked(1)).toEqual([{ do: 'stop' }])
    await page.close()
  })

  test('what is refused is told in words, and goes when it is read', async () => {
    run.refuses = { why: 'head is on its way to rest', remedy: 'Wait until it is there.' }
    const page = await opened()
    await page.keyboard.press('p')
    await page.getByRole('alert').getByText('The run refused to pause').waitFor()
    await page.getByText('head is on its way to rest. Wait until it is there.').waitFor()
    await page.getByRole('button', { name: 'Close this message' }).click()
    await page
      .getByText('The run refused to pause')
      .waitFor({ state: 'detached' })
      .catch(() => undefined)
    expect(await page.getByText('The run refused to pause').isVisible()).toBe(false)
    await page.close()
  })

  test('without the right there are no buttons, and a word says so', async () => {
    run.hello = { ...hello, rights: { control: false, stop: false } }
    const page = await opened()
    await page.getByText('view only').waitFor()
    expect(await stopButton(page).isVisible()).toBe(false)
    expect(await page.getByRole('button', { name: 'Pause' }).isVisible()).toBe(false)
    await page.keyboard.press('Escape')
    await page.keyboard.press('p')
    run.tell()
    await page.waitForTimeout(300)
    expect(run.asked).toEqual([])
    await page.close()
  })

  test('a click on the picture says where to look, in px of the source; by keyboard too', async () => {
    const page = await opened()
    run.sendPicture(jpeg, 1000, [640, 480])
    const look = page.getByRole('application', { name: /Look here/ })
    await look.waitFor()
    const box = await look.boundingBox()
    if (box === null) throw new Error('the picture has no place')
    // The picture of 4 to 3 stands in the middle of its place, as high as that.
    const scale = Math.min(box.width / 640, box.height / 480)
    const [left, top] = [(box.width - 640 * scale) / 2, (box.height - 480 * scale) / 2]
    await look.click({ position: { x: left + 160 * scale, y: top + 120 * scale } })
    await look.press('ArrowLeft')
    await look.press('Shift+ArrowUp')
    await look.press('Enter')
    const [clicked, typed] = (await asked(2)) as unknown as { do: string; channel: string; atPx: [number, number] }[]
    expect(clicked).toMatchObject({ do: 'look', channel: 'room.video' })
    expect(Math.abs((clicked?.atPx[0] ?? 0) - 160)).toBeLessThanOrEqual(2)
    expect(Math.abs((clicked?.atPx[1] ?? 0) - 120)).toBeLessThanOrEqual(2)
    expect(typed).toEqual({ do: 'look', channel: 'room.video', atPx: [288, 234] })
    await page.close()
  })

  test('a node opens by key: its times, its stages, what may be changed; it closes again', async () => {
    const detect = { stage: 'faces/detect-faces', option: 'minScore', value: 0.6 }
    run.hello = {
      ...hello,
      controls: {
        ...hello.controls,
        options: [{ ...detect, schema: { type: 'number', minimum: 0, maximum: 1 } }],
      },
      graph: {
        ...hello.graph,
        nodes: hello.graph.nodes.map((node) =>
          node.name === 'faces'
            ? {
                ...node,
                steps: [
                  {
                    key: 'faces/detect-faces',
                    stage: 'detect-faces',
                    summary: 'Finds faces.',
                    options: { minScore: 0.6, model: 'blazeface' },
                  },
                ],
              }
            : node,
        ),
      },
    }
    const page = await opened()
    run.tell({ stages: { ...run.state.stages, faces: took(20), 'faces/detect-faces': took(18) } })
    await page.locator('.node', { hasText: 'faces' }).focus()
    await page.keyboard.press('Enter')
    const details = page.getByRole('region', { name: 'Details of a node' })
    await details.getByText('Finds faces.').waitFor()
    await details.getByText('blazeface').waitFor()
    await details.locator('.plot canvas').waitFor()
    await details.getByRole('link', { name: /about it.*detect-faces/ }).waitFor()
    const field = details.getByRole('spinbutton', { name: 'minScore of faces/detect-faces' })
    await field.fill('7')
    await field.press('Enter')
    await details.getByText('a number from 0 to 1').waitFor()
    await field.fill('0.8')
    // Letters in a field are for the field.
    await field.press('p')
    await field.press('Enter')
    expect(await asked(1)).toEqual([{ do: 'set', stage: 'faces/detect-faces', option: 'minScore', value: 0.8 }])
    expect(await field.inputValue()).toBe('0.8')
    await details.getByRole('button', { name: 'Close', exact: true }).click()
    expect(await details.isVisible()).toBe(false)
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('faces')
    await page.close()
  })

  test('what failed, what starves for want of it, what drops and the slowest are told apart', async () => {
    const dropping = (count: number) => stage({ dropped: { overflow: count } })
    run.state = runState({ stages: { ...run.state.stages, 'faces/queue': dropping(0) } })
    const page = await opened()
    run.tell({ stages: { ...run.state.stages, gaze: took(9), 'faces/queue': dropping(1) } })
    run.tell({
      stages: {
        ...run.state.stages,
        'faces/queue': dropping(9),
        speech: stage({ state: 'failed', error: 'the model gave NaN' }),
        live: stage({ starvedBy: ['speech'] }),
      },
    })
    await page.locator('.node[data-tone="stop"]', { hasText: 'speech' }).getByText('failed').waitFor()
    await page.locator('.node[data-tone="starved"]', { hasText: 'live' }).getByText('starved: speech failed').waitFor()
    await page.locator('.node[data-tone="near"]', { hasText: 'gaze' }).getByText('slowest').waitFor()
    await page.locator('.edge-label', { hasText: 'dropping: overflow' }).waitFor()
    await page.getByText('live gets nothing for want of it').waitFor()
    await page.close()
  })

  test('words, where a stage gives them, and its file with what check says', async () => {
    run.hello = { ...hello, channels: [...hello.channels, { name: 'words', kind: 'data' }] }
    const page = await opened()
    const packet = { tap: 'words', origin: 'room.audio', capturedAtMs: 1, stamp: 'medium', ageMs: 1, lost: 0 }
    run.say({ type: 'data', packets: [{ ...packet, seq: 1, value: { text: 'look at me' } }] })
    run.tell()
    await page.getByRole('log', { name: 'What was said' }).getByText('look at me').waitFor()
    await page.locator('summary', { hasText: 'Configuration' }).click()
    await page.getByText('saccade: 1').waitFor()
    await page.close()
  })

  test('a file that sends nothing here says so, and which line would', async () => {
    run.hello = { ...hello, channels: [] }
    const page = await opened()
    await page.getByText('This file sends no pictures, sound or results to this page').waitFor()
    await page.getByText('page: { from: [room.video, room.audio, faces], websocket: {} }').waitFor()
    await page.close()
    run.hello = hello
    const other = await opened()
    await other.getByText('No picture yet').waitFor()
    expect(await other.getByText('This file sends no').isVisible()).toBe(false)
    await other.close()
  })

  test('the head is a solid where there is WebGL, and lines where there is none', { timeout: 60_000 }, async () => {
    const tick = {
      type: 'data',
      packets: [
        {
          ...{ tap: 'head', origin: 'head.measured', seq: 1, capturedAtMs: 1, stamp: 'synthetic', ageMs: 1, lost: 0 },
          value: { ...straight, commanded: straight, ageMs: 30 },
        },
      ],
    }
    const page = await opened()
    run.say(tick)
    await page.locator('.head-views[data-solid] canvas.head-solid').waitFor()
    expect(await drawn(page, 'canvas.head-solid')).toBeGreaterThan(3)
    await page.close()

    const without = await launch(['--disable-3d-apis'])
    const { page: plain, errors } = await openPage(without, run.url)
    await plain.getByText('follow-face', { exact: true }).first().waitFor()
    run.say(tick)
    await plain.waitForTimeout(1500)
    expect(await plain.locator('.head-views[data-solid]').count()).toBe(0)
    expect(await drawn(plain, 'canvas.head-canvas')).toBeGreaterThan(3)
    expect(errors).toEqual([])
    await without.close()
  })

  test(
    'a run that is killed and comes back on its port is shown again, without a reload',
    { timeout: 60_000 },
    async () => {
      const page = await opened()
      const { port } = new URL(run.url)
      await run.close()
      await page.getByText('The connection to the run is lost').waitFor()
      expect(await stopButton(page).isDisabled()).toBe(true)
      run = new ScriptedRun()
      run.hello = { ...hello, run: 'another' }
      await run.serve(Number(port))
      await page.getByText('The connection to the run is lost').waitFor({ state: 'hidden', timeout: 30_000 })
      await stopButton(page).click()
      await page.getByText('Stopped – reset to go on').waitFor()
      await page.close()
    },
  )

  test('the robot’s sentence follows its state', async () => {
    const page = await opened()
    await page.getByText('The robot is acting on data that is').waitFor()
    run.tell({ robot: { ...robot, state: 'holding' } })
    await page.getByText('The robot holds still; what it last acted on is').waitFor()
    await page.close()
  })
})

/** How many colours a canvas shows, as the screen gets it. */
async function drawn(page: Page, selector: string): Promise<number> {
  const canvas = page.locator(selector).first()
  let most = 0
  for (let attempt = 0; attempt < 20 && most <= 3; attempt++) {
    const shot = (await canvas.screenshot()).toString('base64')
    most = await page.evaluate(async (data) => {
      const image = new Image()
      image.src = `data:image/png;base64,${data}`
      await image.decode()
      const copy = new OffscreenCanvas(image.width, image.height)
      const context = copy.getContext('2d')
      if (context === null) return 0
      context.drawImage(image, 0, 0)
      return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size
    }, shot)
  }
  return most
}

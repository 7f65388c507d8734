import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunState } from '../../src/core/wire.js'
import { createClips, demoClip, hasProc, skippedWithoutFfmpeg } from '../helpers/clips.js'
import {
  Command,
  type CommandOptions,
  type Ending,
  nothingLeft,
  pipelineFile,
  processGroupOf,
} from '../helpers/command.js'
import { Viewer } from '../helpers/viewer.js'

/** How every way to end a run ends: exit code, what goes on until then, and that nothing is left over. */
const skipped = skippedWithoutFfmpeg('ending runs with the native FFmpeg') || !hasProc
const clips = createClips()
const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  existsSync(file),
)

/** As follow-face.yaml, but its head parks soon, and its pace is not measured. */
const pipeline = (medium: string, loop: boolean): string => `saccade: 1
streams:
  room: { media: { open: ${JSON.stringify(medium)}, loop: ${String(loop)} } }
operators:
  faces: { from: room.video, pipe: [throttle: 30fps, queue: latest, detect-faces] }
  speech: { from: room.audio, pipe: [voice-activity] }
  gaze: { from: faces, pipe: [pick-face: { keepFor: 1s }, look-at: { camera: fixed, fov: 65deg }, smooth, solve-pose] }
sinks:
  head: { from: gaze, reachy-mini: { robot: sim, rate: 50Hz }, watchdog: { hold: 200ms, park: 700ms } }
  live: { from: [room.video, room.audio, faces, speech, head], websocket: {} }
`

beforeAll(() => {
  writeFileSync(clips.path('follow.yaml'), pipeline('demo:demo.mp4', true))
  if (skipped) return
  clips.make('short.mp4', '-t', '1.5', '-i', demoClip, '-c:v', 'libx264', '-preset', 'ultrafast')
  writeFileSync(clips.path('short.yaml'), pipeline(clips.path('short.mp4'), false))
})

afterAll(() => {
  clips.remove()
})

type Line = {
  readonly type: string
  readonly text?: string
  readonly message?: string
  readonly cutOff?: readonly string[]
} & Partial<RunState>

/** What the run said that it had to cut off. */
const cutOffOf = (lines: readonly Line[]): readonly string[] =>
  [...(lines.find(({ type }) => type === 'cut-off')?.cutOff ?? [])].sort()

function follow(words: readonly string[] = [], options: CommandOptions = {}): Command {
  return new Command(['run', clips.path('follow.yaml'), '--port', '0', '--json', ...words], options)
}

/** The end that all rows have in common: nothing left, no frame lent, every line of `--json` is JSON. */
async function endOf(run: Command): Promise<Ending & { readonly last: Line; readonly lines: readonly Line[] }> {
  const ending = await run.ended
  expect(await run.leftovers()).toEqual(nothingLeft)
  const lines = run.lines<Line>()
  const last = lines.filter(({ type }) => type === 'status').at(-1) ?? { type: 'none' }
  return { ...ending, last, lines }
}

const follows = (state: RunState): boolean =>
  state.robot?.state === 'following' && (state.stages['speech']?.out ?? 0) > 5
const outOf = (state: RunState | null, stage: string): number => state?.stages[stage]?.out ?? 0

async function interruptedIn(run: Command): Promise<number> {
  const sinceMs = performance.now()
  run.kill('SIGINT')
  await run.ended
  return performance.now() - sinceMs
}

describe.skipIf(skipped)('a run of which something is killed in the middle', () => {
  it("goes on with its speech when the picture's FFmpeg is killed; the head holds, then parks; it ends with 1", async () => {
    const run = follow()
    const viewer = await Viewer.open(await run.url())
    const before = await viewer.until('the head follows and speech is heard', follows)
    const [video = 0] = run.decoders().video
    process.kill(video, 'SIGKILL')
    const failed = await viewer.until(
      'the picture has failed',
      ({ stages }) => stages['room.video']?.state === 'failed',
    )
    expect(failed.state).toBe('running')
    expect(failed.stages['room.video']?.error).toMatch(
      /the decoder of .*demo\.mp4 was ended by SIGKILL after \d+ pictures/,
    )
    // All that hangs on it, and nothing else.
    for (const stage of ['faces', 'faces/queue', 'faces/detect-faces', 'gaze'])
      expect(failed.stages[stage]?.state).toBe('failed')
    expect(failed.stages['room.audio']?.state).toBe('running')
    const holding = await viewer.until('the head holds', ({ robot }) => robot?.state === 'holding')
    const parked = await viewer.until('the head is parked', ({ robot }) => robot?.state === 'parked')
    expect(outOf(parked, 'speech')).toBeGreaterThan(outOf(holding, 'speech'))
    expect(outOf(holding, 'speech')).toBeGreaterThanOrEqual(outOf(before, 'speech'))
    expect(parked.frames.lent).toBe(0)
    for (const [name, { in: taken, out, dropped, merged, held }] of Object.entries(parked.stages)) {
      if (!name.includes('/')) continue
      const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0)
      expect([name, taken]).toEqual([name, out + lost + merged + held])
    }
    // What one stage gave the next has taken.
    expect(parked.stages['faces/detect-faces']?.in).toBe(outOf(parked, 'faces/queue'))
    const told = parked.events.filter(({ level }) => level === 'error').map(({ text }) => text)
    expect(told).toEqual([
      expect.stringMatching(/^room\.video: the decoder of .* was ended by SIGKILL .* → start it again/),
    ])
    await interruptedIn(run)
    const { code, last, lines } = await endOf(run)
    expect(code).toBe(1)
    expect(last).toMatchObject({ state: 'failed', frames: { lent: 0 } })
    expect(lines.at(-1)).toMatchObject({
      type: 'error',
      code: 'medium',
      stage: 'room.video',
      remedy: expect.stringMatching(/start it again/) as string,
    })
  })

  it("goes on with its faces when the sound's FFmpeg is killed", async () => {
    const run = follow()
    const viewer = await Viewer.open(await run.url())
    await viewer.until('the head follows and speech is heard', follows)
    const [audio = 0] = run.decoders().audio
    process.kill(audio, 'SIGKILL')
    const failed = await viewer.until('the sound has failed', ({ stages }) => stages['room.audio']?.state === 'failed')
    expect(failed.stages['speech']).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/SIGKILL/) as string,
    })
    const later = await viewer.until('more faces', (state) => outOf(state, 'faces') > outOf(failed, 'faces') + 10)
    expect(later).toMatchObject({ state: 'running', robot: { state: 'following' } })
    await interruptedIn(run)
    expect(await endOf(run)).toMatchObject({ code: 1, last: { frames: { lent: 0 } } })
  })

  it('ends by itself with 1 and says why when both are killed', async () => {
    const run = follow()
    const viewer = await Viewer.open(await run.url())
    await viewer.until('the head follows and speech is heard', follows)
    const { video, audio } = run.decoders()
    for (const pid of [...video, ...audio]) process.kill(pid, 'SIGKILL')
    const { code, last, lines } = await endOf(run)
    expect(code).toBe(1)
    expect(last).toMatchObject({ state: 'failed', frames: { lent: 0 } })
    expect(lines.filter(({ text }) => text?.includes('SIGKILL'))).toHaveLength(2)
    expect(lines.at(-1)).toMatchObject({
      type: 'error',
      code: 'medium',
      message: expect.stringMatching(/was ended by SIGKILL/) as string,
    })
    expect((await viewer.closed).code).toBe(1001)
  })

  it('ends within 2 s and with 0 when its FFmpegs hang', async () => {
    const run = follow()
    const viewer = await Viewer.open(await run.url())
    await viewer.until('the head follows and speech is heard', follows)
    const { video, audio } = run.decoders()
    for (const pid of [...video, ...audio]) process.kill(pid, 'SIGSTOP')
    await viewer.until('nothing comes', ({ robot }) => robot?.state === 'holding')
    expect(await interruptedIn(run)).toBeLessThan(2000)
    const end = await endOf(run)
    expect(end).toMatchObject({ code: 0, signal: null, last: { state: 'stopped', frames: { lent: 0 } } })
    expect(cutOffOf(end.lines)).toEqual(['room.audio: its decoder did not end', 'room.video: its decoder did not end'])
  })
})

describe.skipIf(skipped)('a run whose viewer goes or hangs', () => {
  it('goes on when a client breaks off in the middle', async () => {
    const run = follow()
    const url = await run.url()
    const [leaving, staying] = [await Viewer.open(url), await Viewer.open(url)]
    await leaving.until('two watch', ({ clients }) => clients === 2)
    await leaving.until('the head follows', follows)
    leaving.socket.terminate()
    const one = await staying.until('one watches', ({ clients }) => clients === 1)
    const later = await staying.until('it goes on', (state) => outOf(state, 'faces') > outOf(one, 'faces') + 5)
    expect(later).toMatchObject({ state: 'running', robot: { state: 'following' } })
    expect(await interruptedIn(run)).toBeLessThan(2000)
    expect(await endOf(run)).toMatchObject({ code: 0, last: { state: 'stopped', frames: { lent: 0 } } })
  })

  it('ends within 2 s while a client reads nothing', async () => {
    const run = follow()
    const url = await run.url()
    const [frozen, other] = [await Viewer.open(url), await Viewer.open(url)]
    frozen.socket.pause()
    await other.until('pictures have come', (state) => follows(state) && other.pictures > 20)
    expect(await interruptedIn(run)).toBeLessThan(2000)
    const end = await endOf(run)
    expect(end).toMatchObject({ code: 0, last: { state: 'stopped', frames: { lent: 0 } } })
    expect(cutOffOf(end.lines)).toEqual([expect.stringMatching(/^a viewer at 127\.0\.0\.1:\d+: did not go$/)])
    expect(await other.closed).toEqual({ code: 1001, reason: 'the run has ended' })
    frozen.socket.terminate()
  })

  it.skipIf(browser === undefined)('goes on when a real page is closed in the middle', async () => {
    const run = follow()
    const url = await run.url()
    const chrome = await chromium.launch({ executablePath: browser ?? '', args: ['--no-sandbox'] })
    try {
      const page = await chrome.newPage()
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(error.message))
      await page.goto(url)
      const viewer = await Viewer.open(url)
      await viewer.until('page and viewer watch', (state) => state.clients === 2 && follows(state))
      await page.close()
      const one = await viewer.until('the page is gone', ({ clients }) => clients === 1)
      await viewer.until('it goes on', (state) => outOf(state, 'faces') > outOf(one, 'faces') + 5)
      expect(problems).toEqual([])
    } finally {
      await chrome.close()
    }
    expect(await interruptedIn(run)).toBeLessThan(2000)
    expect(await endOf(run)).toMatchObject({ code: 0, last: { state: 'stopped', frames: { lent: 0 } } })
  })
})

/** Says `hears SIGINT` on stderr as soon as the process has a handler of its own. */
const tellListeners = `data:text/javascript,process.on('newListener', (name) => { if (name === 'SIGINT') queueMicrotask(() => process.stderr.write('{"type":"hears"}\\n')) })`

describe.skipIf(skipped)('a signal', () => {
  it.each([
    ['while the modules load', /"hears"/],
    ['when the address is said, before anything is opened', /"serving"/],
    ['when the medium has told its first picture', /opened with/],
  ] as const)('ends a run with 0 and within 2 s: SIGINT %s', async (_what, moment) => {
    const run = follow([], { nodeOptions: ['--import', tellListeners] })
    await run.said(moment)
    expect(await interruptedIn(run)).toBeLessThan(2000)
    expect(await endOf(run)).toMatchObject({ code: 0, signal: null })
  })

  it('ends a run with 0 while its models load', async () => {
    // At once, when the library is there, and when the run has begun to load its models into it.
    const runs = [follow(), follow()] as const
    await Promise.all([
      runs[0].loads('libonnxruntime.so'),
      runs[1].said(/"serving"/).then(() => runs[1].loads('libonnxruntime.so')),
    ])
    for (const run of runs) {
      run.kill('SIGINT')
      expect(await endOf(run)).toMatchObject({ code: 0, signal: null })
    }
    expect(runs[1].lines<Line>().at(-1)).toMatchObject({ state: 'stopped', frames: { lent: 0 } })
  })

  it('leaves nothing, however early it comes', async () => {
    const run = follow()
    run.kill('SIGINT')
    const { code, signal } = await endOf(run)
    // Before Node has begun with our first line, the signal is the system's own.
    expect([code, signal]).toSatisfy(([exit, by]) => exit === 0 || by === 'SIGINT' || exit === 130)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends a running one within 2 s and with 0', async (signal) => {
    const run = follow()
    const viewer = await Viewer.open(await run.url())
    await viewer.until('the head follows', follows)
    const sinceMs = performance.now()
    run.kill(signal)
    expect(await viewer.closed).toEqual({ code: 1001, reason: 'the run has ended' })
    await run.ended
    expect(performance.now() - sinceMs).toBeLessThan(2000)
    // The head was laid down first (S5).
    expect(await endOf(run)).toMatchObject({
      code: 0,
      last: { state: 'stopped', robot: { state: 'parked' }, frames: { lent: 0 } },
    })
  })

  it('by Ctrl-C in a terminal reaches no FFmpeg: it ends with 0, in order', async () => {
    const run = follow([], { group: true })
    const viewer = await Viewer.open(await run.url())
    await viewer.until('the head follows', follows)
    const { video, audio } = run.decoders()
    // Else it would be a race, who hears of it first.
    for (const pid of [...video, ...audio]) expect(processGroupOf(pid)).not.toBe(run.pid)
    run.interruptGroup()
    const { code, last, stderr } = await endOf(run)
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/"level":"error"/) as string })
    expect(last).toMatchObject({ state: 'stopped', frames: { lent: 0 } })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s and then a second Ctrl-C end at once with 130, also with an FFmpeg that hangs',
    async (first) => {
      const run = follow()
      const viewer = await Viewer.open(await run.url())
      await viewer.until('the head follows', follows)
      for (const pid of run.decoders().video) process.kill(pid, 'SIGSTOP')
      run.kill(first)
      await run.said(/"stopping \(Ctrl-C again ends at once\)"/)
      run.kill('SIGINT')
      expect(await endOf(run)).toMatchObject({ code: 130, signal: null })
    },
  )
})

describe.skipIf(skipped)('the end', () => {
  it('of a clip without loop ends the run with 0, its head laid down', async () => {
    const run = new Command(['run', clips.path('short.yaml'), '--port', '0', '--json'])
    const { code, last, lines } = await endOf(run)
    expect(code).toBe(0)
    expect(last).toMatchObject({ state: 'stopped', robot: { state: 'parked' }, frames: { lent: 0 } })
    expect(last.stages?.['room.video']).toMatchObject({ out: 45, state: 'completed' })
    // Whole chunks of 20 ms, the last one filled up.
    expect(last.stages?.['room.audio']?.out).toBeGreaterThanOrEqual(75)
    expect(lines.filter(({ type }) => type === 'error')).toEqual([])
  })

  it('that --for asks for comes on the clock of the run, with 0', async () => {
    const run = follow(['--for', '500ms', '--no-page'])
    const { code, last } = await endOf(run)
    expect(code).toBe(0)
    expect(last).toMatchObject({ state: 'stopped', frames: { lent: 0 } })
    expect(last.runningForMs).toBeGreaterThanOrEqual(500)
  })

  it('leaves nothing in a folder for temporary files that it never needed', async () => {
    mkdirSync(clips.path('temporary'))
    const run = new Command(['run', pipelineFile('listen'), '--port', '0', '--for', '200ms'], {
      env: { TMPDIR: clips.path('temporary') },
    })
    expect((await run.ended).code).toBe(0)
    expect(await run.leftovers()).toEqual(nothingLeft)
  })
})

import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClips, demoClip, hasProc, skippedWithoutFfmpeg } from '../helpers/clips.js'
import { Command, type Ending, nothingLeft, pipelineFile } from '../helpers/command.js'

type Line = { readonly tap: string; readonly seq: number; readonly capturedAtMs: number }

const clips = createClips()
const file = pipelineFile('follow-face')
afterAll(() => {
  clips.remove()
})

/** What `saccade run` prints of faces and head on the virtual clock. */
function printed(camera: string, seconds: number, env: Readonly<Record<string, string>> = {}): Promise<Ending> {
  const words = ['--clock', 'virtual', '--for', `${String(seconds)}s`, '--tap', 'faces', '--tap', 'head']
  return new Command(['run', file, '--set', `camera=${camera}`, ...words], { env }).ended
}

const linesOf = ({ stdout }: Ending): readonly Line[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

describe.skipIf(skippedWithoutFfmpeg('what the command prints of clips'))('on the virtual clock the command', () => {
  let first: Ending
  beforeAll(async () => {
    first = await printed('demo:demo.mp4', 3)
  })

  test('prints the same bytes twice: at least 25 lines of faces and 49 of head a second (T2)', async () => {
    expect(first.code).toBe(0)
    const lines = linesOf(first)
    const perSecond = (tap: string): number =>
      lines.filter((line) => line.tap === tap && line.capturedAtMs < 3000).length / 3
    expect(perSecond('faces')).toBeGreaterThanOrEqual(25)
    expect(perSecond('head')).toBeGreaterThanOrEqual(49)
    const second = await printed('demo:demo.mp4', 3)
    expect(second.code).toBe(0)
    // Not toBe: a difference of a megabyte would be drawn.
    expect(second.stdout === first.stdout).toBe(true)
  })

  test('prints others of another clip', async () => {
    const mirrored = clips.make(
      'mirrored.mp4',
      ...['-t', '3', '-i', demoClip, '-vf', 'hflip', '-c:v', 'libx264', '-preset', 'ultrafast'],
    )
    const other = await printed(mirrored, 3)
    expect(other.code).toBe(0)
    expect(linesOf(other).length).toBe(linesOf(first).length)
    expect(other.stdout === first.stdout).toBe(false)
  })

  test('plays a clip that breaks off to where it does, and then fails', async () => {
    const broken = clips.path('broken.mp4')
    writeFileSync(broken, readFileSync(demoClip).subarray(0, 600_000))
    const ending = await printed(broken, 7)
    expect(ending.code).toBe(1)
    const faces = linesOf(ending).filter(({ tap }) => tap === 'faces')
    expect(faces.length).toBeGreaterThan(150)
    expect(ending.stderr).toMatch(
      /broken\.mp4 breaks off after \d+ pictures, at \d\.\d\d s\n {2}→ copy or record it again/,
    )
  })

  test('without FFmpeg prints of the same pictures: the embedded decoder serves, and that is said once', async () => {
    const { code, stderr, ...rest } = await printed('demo:demo.mp4', 1, { PATH: clips.folder })
    expect(code).toBe(0)
    expect(stderr.match(/embedded decoder/g)).toHaveLength(1)
    const times = (ending: { readonly stdout: string }, tap: string): readonly number[] =>
      linesOf(ending as Ending).flatMap((line) => (line.tap === tap && line.seq < 30 ? [line.capturedAtMs] : []))
    expect(times(rest, 'faces')).toEqual(times(first, 'faces'))
  })
})

test.skipIf(skippedWithoutFfmpeg('three seconds in real time') || !hasProc)(
  'in real time three seconds follow the face, and nothing is left: no frame lent, no process, no port',
  async () => {
    const run = new Command(['run', file, '--for', '3s', '--port', '0', '--json'])
    const url = await run.url()
    const { code } = await run.ended
    expect(code).toBe(0)
    expect(await run.leftovers()).toEqual(nothingLeft)
    await expect(fetch(url)).rejects.toThrow()
    const last = run
      .lines<{ readonly type: string }>()
      .filter(({ type }) => type === 'status')
      .at(-1)
    expect(last).toMatchObject({ state: 'stopped', frames: { lent: 0 }, robot: { state: 'parked' } })
    const stages = (last as unknown as { stages: Record<string, { out: number }> }).stages
    // However busy the machine is: all pictures are captured, and the face is followed.
    expect(stages['room.video']?.out).toBeGreaterThanOrEqual(85)
    expect(stages['gaze']?.out).toBeGreaterThan(10)
  },
)

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { createRandom } from '../../src/core/random.js'
import { skippedWithoutFfmpeg } from '../helpers/clips.js'

/** Stopping is safe at any moment (I4): while a model loads, runs, runs in two workers, or ends. */
const folder = mkdtempSync(join(tmpdir(), 'saccade-stops-'))
const file = join(folder, 'stops.yaml')
writeFileSync(
  file,
  `saccade: 1
streams:
  room: { media: { open: 'demo:demo.mp4', loop: true } }
operators:
  faces: { from: room.video, pipe: [queue: latest, { detect-faces: {}, concurrency: 2 }] }
  speech: { from: room.audio, pipe: [voice-activity] }
sinks:
  seen: { from: [faces, speech], console: { every: 1s } }
`,
)
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const command = at('../../dist/cli/main.cjs')
const ways = ['SIGINT', 'SIGTERM', 'exit', 'end'] as const
type Way = (typeof ways)[number]
const codes: Readonly<Record<Way, number>> = { SIGINT: 0, SIGTERM: 0, exit: 7, end: 0 }
const stops = 100
const atOnce = 4
/** A process that has not ended by then hangs. */
const longestMs = 15_000

/** One process, ended in its way at its moment, in ms from when it first hears signals. */
async function ended(way: Way, moment: number): Promise<{ readonly code: unknown; readonly stderr: string }> {
  const words =
    way === 'exit'
      ? [at('exit-child.mjs'), file, String(moment)]
      : ['--import', new URL('hears-signals.mjs', import.meta.url).href, command, 'run', file, '--no-page']
  if (way === 'end') words.push('--for', `${String(Math.max(1, moment))}ms`)
  const child = spawn(process.execPath, [...words, ...(way === 'exit' ? [] : ['--port', '0'])])
  let stderr = ''
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
  const over = new Promise<unknown>((resolve) => {
    child.on('close', (code, signal) => {
      resolve(code ?? signal)
    })
  })
  const hangs = setTimeout(() => child.kill('SIGKILL'), longestMs)
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), over])
  if (way === 'SIGINT' || way === 'SIGTERM') {
    await sleep(moment)
    child.kill(way)
  }
  const code = await over
  clearTimeout(hangs)
  return { code, stderr }
}

test.skipIf(skippedWithoutFfmpeg('stopping a hundred times'))(
  `${String(stops)} stops at any moment each keep their exit code, and none hangs or aborts`,
  async () => {
    const random = createRandom(Number(process.env['SACCADE_SEED']), 'stops')
    const plan = Array.from({ length: stops }, (_, nth) => ({
      way: ways[nth % ways.length] as Way,
      // From the first line of the command, over loading and the first runs, to when all is going.
      moment: Math.round(random() * 900),
    }))
    const wrong: unknown[] = []
    const worker = async (): Promise<void> => {
      for (let next = plan.pop(); next !== undefined; next = plan.pop()) {
        const { code, stderr } = await ended(next.way, next.moment)
        if (code !== codes[next.way]) wrong.push({ ...next, code, stderr })
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    expect(wrong).toEqual([])
  },
  180_000,
)

import { once } from 'node:events'
import { endSpareOnnxWorker, offerOnnxWorker } from '../adapters/onnx-worker-start.js'
import { SaccadeError } from '../core/errors.js'
import { packetJson } from '../core/packet-json.js'
import { duration } from '../core/units.js'
import { createPipeline, type PipelineRun } from '../engine/create-pipeline.js'
import type { Start } from './early.js'
import { exitCodeOf } from './exit-codes.js'
import { readServeWords, serveOptions, type ServeWords, withBareOptions } from './serve-words.js'
import { loadStages } from './stage-modules.js'
import { showStatus } from './status.js'
import { bold, dim, fail, say } from './terminal.js'
import { fileOf, readWords, settings, type Words } from './words.js'

/** Lines that nobody has read yet are kept up to here. */
const mostUnreadBytes = 4_000_000

const options = {
  set: { type: 'string', multiple: true },
  stages: { type: 'string', multiple: true },
  tap: { type: 'string', multiple: true },
  for: { type: 'string' },
  port: { type: 'string' },
  ...serveOptions,
  clock: { type: 'string' },
  costs: { type: 'string' },
  'no-page': { type: 'boolean' },
  json: { type: 'boolean' },
  verbose: { type: 'boolean' },
} as const

/** `saccade run FILE`: until Ctrl-C, the end of the medium, or `--for`. */
export async function run(words: readonly string[], { early, importModule }: Start): Promise<number> {
  if (early !== null) offerOnnxWorker(early.worker)
  const read = readWords('run', withBareOptions(words), options)
  const file = fileOf('run', read)
  const forMs = durationOf(read.one('for'))
  const port = portOf(read.one('port'))
  const serving = readServeWords(read)
  const clock = clockOf(read)
  const stages = await loadStages(read.all('stages'), importModule)
  const run = await createPipeline(file, { set: settings(read), stages, clock })
  const json = read.flag('json')
  run.events(({ level, text }) => {
    if (json) say(JSON.stringify({ type: 'event', level, text }))
    else if (level !== 'info' || !text.startsWith('running')) say(`${dim('·')} ${text}`)
  })
  for (const name of read.all('tap')) tap(run, name)
  early?.signals.stopBy(() => {
    run.runtime.tell('info', 'stopping (Ctrl-C again ends at once)')
    void run.stop({ withinMs: 1800 })
  })
  if (clock === 'real' || port !== undefined || serving.options.host !== undefined)
    await announce(run, port, serving, read)
  const quiet = clock === 'virtual' && !process.stderr.isTTY
  const hide = quiet ? () => undefined : showStatus(run, json)
  try {
    await run.start(forMs === undefined ? {} : { forMs })
    endSpareOnnxWorker()
    await ended(run)
  } catch (error) {
    // Told below, once everything is closed.
    await run.stop()
    if (!(error instanceof SaccadeError)) throw error
  } finally {
    hide()
  }
  const { cutOff } = await run.stop()
  if (cutOff.length > 0 && json) say(JSON.stringify({ type: 'cut-off', cutOff }))
  const phase = run.state$.value
  const code = phase.state === 'failed' ? exitCodeOf(phase.cause) : 0
  if (phase.state === 'failed') {
    fail(phase.cause, json)
    if (read.flag('verbose')) say(String(phase.cause.stack))
  }
  // What did not end in time must not hold the process back.
  if (cutOff.length > 0) process.exit(code)
  return code
}

/** Resolves when the run has stopped, for whatever reason. */
function ended(run: PipelineRun): Promise<void> {
  return new Promise((resolve) => {
    run.state$.subscribe({ complete: resolve })
  })
}

async function announce(
  run: PipelineRun,
  port: number | undefined,
  { options, made }: ServeWords,
  read: Words,
): Promise<void> {
  const page = !read.flag('no-page')
  const url = await run.serve({ page, ...options, ...(port === undefined ? {} : { port }) })
  const place = page ? url : `${url}state.json`
  const links = made.map(({ text, control, stop }) => ({ link: `${place}?token=${text}`, control, stop }))
  if (read.flag('json')) say(JSON.stringify({ type: 'serving', url, page, ...(links.length === 0 ? {} : { links }) }))
  else {
    const [only, ...others] = links
    const first = only === undefined || others.length > 0 ? place : only.link
    say(`${bold(run.plan.name)}  ${first}  ${dim('Ctrl-C stops')}`)
    if (others.length === 0) return
    for (const { link, control, stop } of links)
      say(`  ${['view', ...(control ? ['control'] : []), ...(stop ? ['stop'] : [])].join(', ')}: ${link}`)
  }
}

/** Each packet of a result as one line of JSON on stdout. */
function tap(run: PipelineRun, name: string): void {
  const { clock } = run.runtime
  const { stdout } = process
  let lost = 0
  run.tap(name).subscribe({
    next: (packet) => {
      const full = stdout.writableLength > mostUnreadBytes
      if (full && !clock.virtual) {
        lost++
        run.runtime.tellOnce('warning', `--tap ${name}: nobody reads as fast as it comes, so lines are left out`)
        return
      }
      const line = packetJson(name, packet, clock.nowMs())
      stdout.write(`${JSON.stringify({ ...line, lost: line.lost + lost })}\n`)
      lost = 0
      // Virtual time can wait for the reader.
      if (full)
        clock.work(
          { stage: 'stdout', seq: packet.seq },
          () => once(stdout, 'drain'),
          () => undefined,
        )
    },
    error: () => undefined, // the run itself tells
  })
}

function durationOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const result = duration({ above: 0 }).safeParse(text)
  if (result.success) return result.data
  throw new SaccadeError(`--for: ${result.error.issues[0]?.message ?? 'is no duration'}`, {
    code: 'usage',
    remedy: 'write it with its unit, as --for 10s',
  })
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new SaccadeError(`--port must be a number from 0 to 65535: found ${text}`, {
    code: 'usage',
    remedy: 'write --port 8080',
  })
}

function clockOf(read: Words): 'real' | 'virtual' {
  if (read.one('costs') !== undefined)
    throw new SaccadeError('--costs is not built yet', {
      code: 'usage',
      remedy: 'leave it out: work takes no virtual time',
    })
  const clock = read.one('clock') ?? 'real'
  if (clock === 'real' || clock === 'virtual') return clock
  throw new SaccadeError(`there is no clock ${clock}`, {
    code: 'usage',
    remedy: 'write --clock virtual, or leave it out',
  })
}

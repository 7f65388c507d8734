import { type ChildProcess, spawn } from 'node:child_process'
import { asSaccadeError, SaccadeError } from '../core/errors.js'
import type { TrackReader } from '../core/media-source.js'
import type { Ending, FfmpegLog } from './ffmpeg-log.js'
import type { DecoderTrack, Transport } from './ffmpeg-track.js'

export const installFfmpeg =
  'install FFmpeg 5.1 or newer: `sudo apt-get install ffmpeg` (Debian, Ubuntu), `brew install ffmpeg` (macOS), `winget install ffmpeg` (Windows)'

export type FfmpegProcess = {
  readonly binary: string
  readonly list: readonly string[]
  readonly log: FfmpegLog
  /** The address as people know it. */
  readonly told: string
  /** After how long of silence while somebody waits it counts as gone; null for a file, which may be slow. */
  readonly silenceMs: number | null
  /** The log has told something new. */
  readonly onLog: () => void
}

/** How long the decoder may take to end by itself before it is killed. */
const graceMs = 500

/**
 * Runs FFmpeg for one track: its stdout is read while the track has room and rests otherwise, so that FFmpeg waits in
 * its write; its stderr is always read. Should this process die, FFmpeg ends at its next write to the broken pipe.
 */
export function runFfmpeg<Item>(
  { binary, list, log, told, silenceMs, onLog }: FfmpegProcess,
  create: (transport: Transport) => DecoderTrack<Item>,
): TrackReader<Item> {
  const child = spawn(binary, list, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: plainEnv(),
    windowsHide: true,
    // A group of its own: Ctrl-C in a terminal reaches the whole group, and it is ours to end a decoder, in order.
    detached: process.platform !== 'win32',
  })
  const letGo = killAtExit(child)
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => {
      letGo()
      resolve()
    })
  })
  let rest: Buffer | null = null
  let logEnded = false
  let ending: Ending | null = null
  let stopped = false
  let forced = false
  let heardAtMs = performance.now()
  let watch: NodeJS.Timeout | null = null

  const track = create({
    pump() {
      if (stopped) return
      drain()
      watchSilence()
    },
    stop() {
      stopped = true
      if (watch !== null) clearTimeout(watch)
      rest = null
      // A decoder that waits in its write sees no signal: the broken pipe ends that first.
      child.stdout.destroy()
      child.kill('SIGTERM')
      const hard = setTimeout(() => {
        forced = true
        child.kill('SIGKILL')
      }, graceMs)
      return gone.finally(() => {
        clearTimeout(hard)
      })
    },
  })

  /** No memory for a picture, or a size that is none: an error of this track, not of the process. */
  function nextWindow(): Uint8Array | null {
    try {
      return track.window()
    } catch (cause) {
      track.fail(asSaccadeError(cause, { code: 'medium', where: told, remedy: 'ask for smaller pictures' }))
      return null
    }
  }

  /** Hands the held bytes on; what finds no room holds the pipe. */
  function drain(): void {
    while (rest !== null && rest.length > 0) {
      const window = nextWindow()
      if (window === null) {
        child.stdout.pause()
        // Bytes of a size that was never told would wait for ever.
        if (logEnded && track.isAsked()) track.fail(untold(told))
        return
      }
      const part = rest.subarray(0, window.length)
      window.set(part)
      rest = rest.subarray(part.length)
      track.filled(part.length)
    }
    rest = null
    if (ending !== null) track.finish(ending)
    else if (child.stdout.isPaused()) child.stdout.resume()
  }

  function watchSilence(): void {
    if (silenceMs === null || watch !== null || !track.isAsked()) return
    heardAtMs = performance.now()
    const look = (): void => {
      watch = null
      if (!track.isAsked()) return
      const leftMs = heardAtMs + silenceMs - performance.now()
      if (leftMs > 0) watch = setTimeout(look, Math.ceil(leftMs))
      else {
        track.fail(silent(told, silenceMs))
        child.kill('SIGKILL')
      }
    }
    watch = setTimeout(look, silenceMs)
  }

  child.stdout.on('data', (chunk: Buffer) => {
    if (stopped) return
    heardAtMs = performance.now()
    rest = rest === null ? chunk : Buffer.concat([rest, chunk])
    drain()
  })
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => {
    log.write(text)
    onLog()
    if (!stopped && rest !== null) drain()
  })
  child.stderr.once('end', () => {
    logEnded = true
    if (!stopped && rest !== null) drain()
  })
  child.once('error', (cause: NodeJS.ErrnoException) => {
    track.fail(cannotRun(binary, cause))
  })
  child.once('close', (code, signal) => {
    if (watch !== null) clearTimeout(watch)
    // Node reads a paused pipe to its end when the process is gone, so bytes may still be held here.
    ending = { code, signal }
    if (!stopped && rest === null) track.finish(ending)
  })
  return { ...track.reader, forced: () => forced }
}

const running = new Set<ChildProcess>()

/** Should this process end before the decoder has, it takes it along: one that waits for a silent camera writes nothing, and would not notice. */
function killAtExit(child: ChildProcess): () => void {
  if (running.size === 0) process.on('exit', killAll)
  running.add(child)
  return () => {
    running.delete(child)
    if (running.size === 0) process.off('exit', killAll)
  }
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** What FFmpeg tells when it only has to tell something. */
export function askFfmpeg(
  binary: string,
  list: readonly string[],
  log: FfmpegLog,
  told: string,
  limitMs: number,
  onText: (text: string) => void = () => undefined,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, list, { stdio: ['ignore', 'ignore', 'pipe'], env: plainEnv(), windowsHide: true })
    const letGo = killAtExit(child)
    let late = false
    const limit = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, limitMs)
    child.stderr.setEncoding('utf8')
    child.stderr.on('data', (text: string) => {
      log.write(text)
      onText(text)
    })
    child.once('error', (cause: NodeJS.ErrnoException) => {
      letGo()
      clearTimeout(limit)
      reject(cannotRun(binary, cause))
    })
    child.once('close', (code, signal) => {
      letGo()
      clearTimeout(limit)
      if (late) reject(silent(told, limitMs))
      else resolve({ code, signal })
    })
  })
}

/** Colours would stand between the words that the log looks for, and a report is a file that nobody asked for. */
function plainEnv(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, AV_LOG_FORCE_NOCOLOR: '1' }
  delete env['AV_LOG_FORCE_COLOR']
  delete env['FFREPORT']
  return env
}

function cannotRun(binary: string, cause: NodeJS.ErrnoException): SaccadeError {
  return new SaccadeError(`cannot run ${binary}: ${cause.code ?? cause.message}`, {
    code: 'missing',
    where: binary,
    remedy: installFfmpeg,
    cause,
  })
}

function silent(told: string, silenceMs: number): SaccadeError {
  return new SaccadeError(`nothing came from ${told} for ${String(silenceMs / 1000)} s`, {
    code: 'medium',
    where: told,
    remedy: 'look whether the source runs and is connected, then start again',
  })
}

function untold(told: string): SaccadeError {
  return new SaccadeError(`cannot read ${told}: this FFmpeg did not tell the size of its pictures`, {
    code: 'internal',
    where: told,
    remedy: 'use FFmpeg 5.1 to 8, and report this with the output of `ffmpeg -version`',
  })
}

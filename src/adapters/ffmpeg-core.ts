import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { MessageChannel, Worker } from 'node:worker_threads'
import { SaccadeError } from '../core/errors.js'
import { tellMediaAddress } from '../core/media-address.js'
import type { MediaAddress, OpenedMedium, TrackReader } from '../core/media-source.js'
import { ffmpegArguments, type TrackWish } from './ffmpeg-arguments.js'
import type { CoreJob, CoreReport, CoreWindow } from './ffmpeg-core-worker.js'
import { FfmpegLog } from './ffmpeg-log.js'
import { installFfmpeg } from './ffmpeg-process.js'
import { createPictureTrack, createSoundTrack, type DecoderTrack, type Transport } from './ffmpeg-track.js'

/** The same from `src/adapters` and from `dist/adapters`: a worker is always the built file. */
const workerFile = new URL('../../dist/adapters/ffmpeg-core-worker.js', import.meta.url)

let program: Promise<WebAssembly.Module> | null = null

/**
 * Opens a file with FFmpeg's WebAssembly core: a worker a track, each with a core of its own (about 100 MB), while the
 * compiled program is shared. It knows no devices and no network.
 *
 * @throws SaccadeError `missing`
 */
export function openWithCore(address: MediaAddress): OpenedMedium {
  const told = tellMediaAddress(address)
  const wasm = findCore()
  if (address.kind !== 'file' || wasm === null) {
    const embedded = address.kind === 'file' ? ', or the embedded decoder: `npm i @ffmpeg/core`' : ''
    throw new SaccadeError(`cannot open ${told}: it needs FFmpeg 5.1 or newer on the PATH`, {
      code: 'missing',
      where: told,
      remedy: `${installFfmpeg}${embedded}`,
    })
  }
  const compiled = compile(wasm)
  let durationMs: number | null = null
  const { path } = address
  // Inside the name is short and plain; some formats are known by their ending alone.
  const inside = `/in${/^\.\w+$/.test(extname(path)) ? extname(path) : ''}`

  function start<Item>(
    wanted: TrackWish,
    create: (log: FfmpegLog, transport: Transport) => DecoderTrack<Item>,
  ): TrackReader<Item> {
    const log = new FfmpegLog()
    const onReport = (text: string): void => {
      log.write(text)
      durationMs ??= log.durationMs
    }
    const options = { platform: 'linux', live: false, output: 'file:/out' }
    const list = ffmpegArguments({ kind: 'file', path: inside }, wanted, options)
    return runCore({ program: compiled, path, inside, list, told, onReport }, (transport) => create(log, transport))
  }

  return {
    live: false,
    decoder: 'ffmpeg-core (WebAssembly)',
    video: (wish, pool) =>
      start({ track: 'video', wish }, (log, transport) =>
        createPictureTrack(wish, pool, { log, told, live: false }, transport),
      ),
    audio: (wish) =>
      start({ track: 'audio', wish }, (log, transport) =>
        createSoundTrack(wish, { log, told, live: false }, transport),
      ),
    durationMs: () => durationMs,
  }
}

type CoreRun = Omit<CoreJob, 'program' | 'port' | 'signal'> & {
  readonly program: Promise<WebAssembly.Module>
  readonly told: string
  readonly onReport: (log: string) => void
}

/**
 * Runs one track in a worker of its own. The worker asks for a window when it holds bytes and sleeps until it gets one,
 * so it decodes one item ahead and no more; asleep or at work, it can be terminated at any moment.
 */
function runCore<Item>(run: CoreRun, create: (transport: Transport) => DecoderTrack<Item>): TrackReader<Item> {
  const { told, onReport } = run
  const signal = new Int32Array(new SharedArrayBuffer(4))
  const { port1: port, port2 } = new MessageChannel()
  let worker: Worker | null = null
  let asked = false
  let state: 'running' | 'ended' | 'stopped' = 'running'

  const track = create({
    pump,
    async stop() {
      state = 'stopped'
      port.close()
      await worker?.terminate()
    },
  })

  function pump(): void {
    if (!asked || state !== 'running') return
    let window
    try {
      window = track.window()
    } catch (cause) {
      fail(cause)
      return
    }
    if (window === null) return
    asked = false
    const { buffer, byteOffset, byteLength } = window
    port.postMessage({ buffer, byteOffset, byteLength } satisfies CoreWindow)
    Atomics.add(signal, 0, 1)
    Atomics.notify(signal, 0)
  }

  function fail(cause: unknown): void {
    if (state === 'running') track.fail(broken(told, cause))
  }

  port.on('message', ({ log, filled, is, code }: CoreReport) => {
    if (state !== 'running') return
    onReport(log)
    if (filled > 0) track.filled(filled)
    if (is === 'end') {
      state = 'ended'
      port.close()
      track.finish({ code, signal: null })
    } else if (is === 'ask') {
      asked = true
      pump()
    }
  })

  run.program.then((program) => {
    if (state === 'stopped') return
    const { path, inside, list } = run
    const job: CoreJob = { program, path, inside, list, port: port2, signal }
    worker = new Worker(workerFile, { workerData: job, transferList: [port2] })
    worker.once('error', fail)
    worker.once('exit', () => {
      fail(new Error('the worker ended early'))
    })
  }, fail)
  return track.reader
}

/** Where the core's program lies, if it is installed. */
function findCore(): string | null {
  try {
    return createRequire(import.meta.url).resolve('@ffmpeg/core/wasm')
  } catch {
    return null
  }
}

/** Once for all tracks, as it takes 0.2 s and its code is shared by all workers. */
function compile(wasm: string): Promise<WebAssembly.Module> {
  if (program !== null) return program
  program = readFile(wasm).then((bytes) => WebAssembly.compile(bytes))
  program.catch(() => {
    program = null
  })
  return program
}

function broken(told: string, cause: unknown): SaccadeError {
  const said = cause instanceof Error ? cause.message : String(cause)
  return new SaccadeError(`the embedded decoder of ${told} broke: ${said}`, {
    code: 'medium',
    where: told,
    remedy: installFfmpeg,
    cause,
  })
}

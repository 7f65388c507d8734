import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'
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
  program ??= compile(wasm)
  const compiled = program
  let durationMs: number | null = null
  const { path } = address
  // Inside the name is short and plain; some formats are known by their ending alone.
  const inside = `/in${/^\.\w+$/.test(extname(path)) ? extname(path) : ''}`

  function start<Item>(
    wanted: TrackWish,
    create: (log: FfmpegLog, transport: Transport) => DecoderTrack<Item>,
  ): TrackReader<Item> {
    const log = new FfmpegLog()
    const options = { platform: 'linux', live: false, output: 'file:/out' }
    const list = ffmpegArguments({ kind: 'file', path: inside }, wanted, options)
    return runCore({ program: compiled, path, inside, list, told, log, track: wanted.track }, (transport) =>
      create(log, transport),
    )
  }

  return { live: false, decoder: 'ffmpeg-core (WebAssembly)' }
}

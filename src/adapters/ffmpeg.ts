import { accessSync, constants, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, join } from 'node:path'
import { SaccadeError } from '../core/errors.js'
import { tellMediaAddress } from '../core/media-address.js'
import type { MediaAddress, OpenedMedium, TrackReader } from '../core/media-source.js'
import {
  deviceNames,
  ffmpegArguments,
  listDevicesArguments,
  probeArguments,
  silenceMs as usualSilenceMs,
  type TrackWish,
} from './ffmpeg-arguments.js'
import { failedReader } from '../core/hand-over.js'
import { explainFailure, FfmpegLog, noTrack } from './ffmpeg-log.js'
import { askFfmpeg, runFfmpeg } from './ffmpeg-process.js'
import { createPictureTrack, createSoundTrack, type DecoderTrack, type Transport } from './ffmpeg-track.js'

export type FfmpegOptions = {
  /** The program, as `findFfmpeg` found it. */
  readonly binary: string
  readonly platform: string
  /** After how long a silent server or device counts as gone; 10 s unless told. */
  readonly silenceMs?: number | undefined
  /** See `ArgumentOptions`: for tests alone. */
  readonly deviceInput?: readonly string[] | undefined
}

type Device = MediaAddress & { readonly kind: 'device' }

/** Where `ffmpeg` lies on the PATH; no process is spent on it. */
export function findFfmpeg(path: string, platform: string): string | null {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue
    const file = join(folder, platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg')
    try {
      accessSync(file, constants.X_OK)
      if (statSync(file).isFile()) return file
    } catch {
      // Not in this folder.
    }
  }
  return null
}

/**
 * Opens a medium with the FFmpeg of this machine: one process a track, started at once, read only as fast as it is
 * wanted (a file) or as it comes (live). What the medium is, the same process tells; only an address of http is asked
 * first, as it may be a file or a camera, and DirectShow for the names of its devices.
 *
 * @throws SaccadeError `medium` · `missing` · `no-track`, from `next()` too
 */
export async function openWithFfmpeg(written: MediaAddress, options: FfmpegOptions): Promise<OpenedMedium> {
  const { binary, platform, deviceInput } = options
  const silenceMs = options.silenceMs ?? usualSilenceMs
  const told = tellMediaAddress(written)
  const address =
    written.kind === 'device' && platform === 'win32' && deviceInput === undefined
      ? await namedDevice(written, binary, told, silenceMs)
      : written
  const live =
    address.kind === 'network' ? await isLive(address, binary, platform, told, silenceMs) : address.kind === 'device'
  const threads = Math.max(1, Math.min(4, availableParallelism() >> 1))
  let durationMs: number | null = null
  let version: string | null = null

  function start<Item>(
    wanted: TrackWish,
    create: (log: FfmpegLog, transport: Transport) => DecoderTrack<Item>,
  ): TrackReader<Item> {
    const { track } = wanted
    if (address.kind === 'device' && address[track] === null) return failedReader(noTrack(told, track))
    const log = new FfmpegLog()
    const process = {
      binary,
      list: ffmpegArguments(address, wanted, { platform, live, threads, deviceInput }),
      log,
      told,
      silenceMs: address.kind === 'file' ? null : silenceMs,
      onLog: () => {
        if (!live) durationMs ??= log.durationMs
        version ??= log.version
      },
    }
    return runFfmpeg(process, (transport) => create(log, transport))
  }

  return {
    live,
    get decoder() {
      return version === null ? 'ffmpeg' : `ffmpeg ${version}`
    },
    video: (wish, pool) =>
      start({ track: 'video', wish }, (log, transport) =>
        createPictureTrack(wish, pool, { log, told, live }, transport),
      ),
    audio: (wish) =>
      start({ track: 'audio', wish }, (log, transport) => createSoundTrack(wish, { log, told, live }, transport)),
    durationMs: () => durationMs,
  }
}

/** A camera has no duration; a file behind http has one and can wait. */
async function isLive(
  address: MediaAddress & { readonly kind: 'network' },
  binary: string,
  platform: string,
  told: string,
  silenceMs: number,
): Promise<boolean> {
  if (address.scheme === 'rtsp' || address.scheme === 'rtsps') return true
  const log = new FfmpegLog()
  const ending = await askFfmpeg(binary, probeArguments(address, platform), log, told, silenceMs)
  if (!log.opened) throw explainFailure(log, told, 'video', ending, 0)
  return log.durationMs === null
}

/** DirectShow knows devices by name alone: the number counts through its list. */
async function namedDevice(device: Device, binary: string, told: string, silenceMs: number): Promise<Device> {
  const log = new FfmpegLog()
  const lines: string[] = []
  await askFfmpeg(binary, listDevicesArguments, log, told, silenceMs, (text) => lines.push(text))
  const names = deviceNames(lines.join(''))
  const video = device.video === null ? null : names.video[Number(device.video)]
  const audio = device.audio === 'default' ? (names.audio[0] ?? null) : device.audio
  if (video === undefined)
    throw new SaccadeError(`cannot open ${told}: there is no such camera`, {
      code: 'medium',
      where: told,
      remedy: `plug it in, or give device:N with N below ${String(names.video.length)}`,
    })
  return { kind: 'device', video, audio }
}

import { bytesOf, type Frame } from '../core/frame.js'
import type { SaccadeError } from '../core/errors.js'
import type { AudioWish, DecodedPicture, DecodedSound, TrackReader, VideoWish } from '../core/media-source.js'
import type { FramePool } from '../core/pool.js'
import { createHandOver } from '../core/hand-over.js'
import { scaledSize } from './ffmpeg-arguments.js'
import { brokeOff, explainFailure, type Ending, type FfmpegLog } from './ffmpeg-log.js'

/** What carries bytes from a decoder: a child process or a worker. */
export type Transport = {
  /** There may be room again: go on. */
  readonly pump: () => void
  /** Ends the decoder and resolves when it is reaped. */
  readonly stop: () => Promise<void>
}

/**
 * One track on its way from bytes to items. The transport asks for a window, writes bytes into it and says how many;
 * so pixels are copied once, into the frame they stay in.
 */
export type DecoderTrack<Item> = {
  readonly reader: TrackReader<Item>
  readonly isAsked: () => boolean
  /** Where the next bytes go; null while there is no room, or the log has not told what they are. */
  readonly window: () => Uint8Array<SharedArrayBuffer> | null
  readonly filled: (byteCount: number) => void
  /** Every byte was handed over and the decoder has ended. */
  readonly finish: (ending: Ending) => void
  readonly fail: (error: SaccadeError) => void
}

export type TrackFacts = {
  readonly log: FfmpegLog
  /** The address as people know it. */
  readonly told: string
  readonly live: boolean
}

const freeSpacing = 40

/** Pictures, each in a frame leased when its bytes begin to come. One lies ready at most. */
export function createPictureTrack(
  wish: VideoWish,
  pool: FramePool,
  { log, told, live }: TrackFacts,
  transport: Transport,
): DecoderTrack<DecodedPicture> {
  type Filling = { readonly frame: Frame; readonly mediaTimeMs: number; bytes: number }
  let filling: Filling | null = null
  let given = 0
  let lastMs = 0
  let spacingMs = freeSpacing

  const shelf = createHandOver<DecodedPicture>({
    keep: 1,
    live,
    letGo: ({ frame }) => {
      frame.release()
    },
    onRoom: transport.pump,
    // The frame being filled goes back last: until the decoder is reaped it may write into it.
    stop: () => transport.stop().finally(drop),
  })

  function drop(): void {
    filling?.frame.release()
    filling = null
  }

  function lease(): Filling | null {
    const stamp = log.takeStamp()
    if (stamp === null) return null
    const { sourceWidthPx, sourceHeightPx } = stamp
    const { widthPx, heightPx } = scaledSize(stamp, wish.fitPx)
    const mediaTimeMs = stamp.mediaTimeMs ?? (given === 0 ? 0 : lastMs + spacingMs)
    const scaleX = sourceWidthPx / widthPx
    const scaleY = sourceHeightPx / heightPx
    const geometry = { sourceWidthPx, sourceHeightPx, scaleX, scaleY, offsetXPx: 0, offsetYPx: 0 }
    return { frame: pool.lease({ format: wish.format, widthPx, heightPx, geometry }), mediaTimeMs, bytes: 0 }
  }

  return {
    reader: shelf.reader,
    isAsked: shelf.isAsked,
    window() {
      if (filling === null && (live || shelf.hasRoom())) filling = lease()
      return filling?.frame.bytes.subarray(filling.bytes) ?? null
    },
    filled(byteCount) {
      // Closed in between: the frame is gone, and these bytes with it.
      if (filling === null) return
      filling.bytes += byteCount
      const { frame, mediaTimeMs, bytes } = filling
      if (bytes < bytesOf(frame.format, frame.widthPx, frame.heightPx)) return
      filling = null
      if (mediaTimeMs > lastMs) spacingMs = mediaTimeMs - lastMs
      lastMs = mediaTimeMs
      given++
      shelf.push({ mediaTimeMs: live ? null : mediaTimeMs, frame })
    },
    finish(ending) {
      const cut = filling !== null
      drop()
      shelf.end(endOf({ log, told, live }, 'video', ending, cut, given, given === 0 ? 0 : lastMs + spacingMs))
    },
    fail(error) {
      drop()
      shelf.end(error)
    },
  }
}

/** How far a decoder may play past the medium's duration: what a codec pads its last block with. */
const paddingMs = 150
/** How much sound lies ready: live sound comes in bursts as long as the device's buffer. */
const readyMs = { live: 500, file: 40 }

/**
 * Sound in chunks, from the medium's zero: silence before its first sample, where it begins late, and nothing of a
 * codec's padding after the medium's end.
 */
export function createSoundTrack(
  wish: AudioWish,
  { log, told, live }: TrackFacts,
  transport: Transport,
): DecoderTrack<DecodedSound> {
  const { sampleRateHz, samplesPerChunk } = wish
  const room = new Uint8Array(new SharedArrayBuffer(samplesPerChunk * 4))
  const values = new Float32Array(room.buffer)
  const samplesOf = (ms: number): number => Math.round((ms * sampleRateHz) / 1000)
  /** Bytes of silence to come first (below 0: bytes to leave out); null until the log has told. */
  let leadBytes: number | null = live ? 0 : null
  let bytes = 0
  let position = 0
  let given = 0
  let pastEnd: DecodedSound[] | null = live ? null : []

  const shelf = createHandOver<DecodedSound>({
    keep: Math.max(1, Math.ceil(samplesOf(live ? readyMs.live : readyMs.file) / samplesPerChunk)),
    live,
    letGo: () => undefined,
    onRoom: transport.pump,
    stop: transport.stop,
  })

  function push(chunk: DecodedSound): void {
    given++
    shelf.push(chunk)
  }

  function emit(count: number): void {
    const samples = new Float32Array(count)
    for (let i = 0; i < count; i++) samples[i] = withinOne(values[i] ?? 0)
    const chunk = { mediaTimeMs: live ? null : (position * 1000) / sampleRateHz, samples }
    position += count
    bytes = 0
    if (pastEnd === null || log.durationMs === null || position <= samplesOf(log.durationMs)) {
      push(chunk)
      return
    }
    pastEnd.push(chunk)
    if (position <= samplesOf(log.durationMs + paddingMs)) return
    // So much is no padding: the container's duration was a guess.
    const held = pastEnd
    pastEnd = null
    for (const one of held) push(one)
  }

  function silence(): void {
    while (leadBytes !== null && leadBytes > 0 && shelf.hasRoom()) {
      const count = Math.min(leadBytes, room.length - bytes)
      room.fill(0, bytes, bytes + count)
      leadBytes -= count
      bytes += count
      if (bytes === room.length) emit(samplesPerChunk)
    }
  }

  return {
    reader: shelf.reader,
    isAsked: shelf.isAsked,
    window() {
      if (leadBytes === null && log.soundStartMs !== null) leadBytes = samplesOf(log.soundStartMs) * 4
      silence()
      if (leadBytes === null || leadBytes > 0 || !(live || shelf.hasRoom())) return null
      return leadBytes < 0 ? room.subarray(0, Math.min(-leadBytes, room.length)) : room.subarray(bytes)
    },
    filled(byteCount) {
      if (leadBytes !== null && leadBytes < 0) leadBytes += byteCount
      else {
        bytes += byteCount
        if (bytes === room.length) emit(samplesPerChunk)
      }
    },
    finish(ending) {
      if (bytes >= 4) emit(bytes >> 2)
      const end = log.durationMs === null ? Infinity : samplesOf(log.durationMs)
      for (const { mediaTimeMs, samples } of pastEnd ?? []) {
        const rest = end - samplesOf(mediaTimeMs ?? 0)
        if (rest > 0) push({ mediaTimeMs, samples: samples.slice(0, rest) })
      }
      shelf.end(endOf({ log, told, live }, 'audio', ending, false, given, (position * 1000) / sampleRateHz))
    },
    fail(error) {
      shelf.end(error)
    },
  }
}

/** Decoders overshoot a little, and a broken file holds anything. */
function withinOne(value: number): number {
  if (value > 1) return 1
  if (value < -1) return -1
  return Number.isNaN(value) ? 0 : value
}

/** A decoder ends well when it ended by itself, gave something whole and reached the end that the medium tells. */
function endOf(
  { log, told, live }: TrackFacts,
  track: 'video' | 'audio',
  ending: Ending,
  cut: boolean,
  given: number,
  atMs: number,
): SaccadeError | null {
  const gaveNothing = given === 0 && log.problems.length > 0
  if (ending.code !== 0 || cut || gaveNothing) return explainFailure(log, told, track, ending, given)
  const short = log.durationMs === null || atMs + 100 < log.durationMs
  return !live && log.brokeOff && short ? brokeOff(told, track, given, atMs) : null
}

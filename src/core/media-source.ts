import type { Frame, PixelFormat } from './frame.js'
import type { Stamp } from './packet.js'
import type { FramePool } from './pool.js'

/** What an address is, once it was read (C3): data, never an option of a child process. */
export type MediaAddress =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'network'; readonly scheme: 'rtsp' | 'rtsps' | 'http' | 'https'; readonly url: string }
  | { readonly kind: 'device'; readonly video: string | null; readonly audio: string | null }

/** A browser's camera and microphone: no decoder opens it, the run has a place for one (`src/core/camera-place.ts`). */
export type BrowserAddress = { readonly kind: 'browser' }

/** When it was captured, on the run's clock, where the medium brings a stamp of its own. */
export type Captured = { readonly atMs: number; readonly stamp: Stamp }

/** The picture that the plan wants. The decoder scales to fit inside the box, keeps the shape, never enlarges. */
export type VideoWish = {
  readonly format: PixelFormat
  /** The box to fit into, in px of the decoded picture; null leaves the size as it is. Sizes come out even. */
  readonly fitPx: readonly [number, number] | null
}

/** The sound that the plan wants: mono, resampled by the decoder. */
export type AudioWish = { readonly sampleRateHz: number; readonly samplesPerChunk: number }

/**
 * One picture in a frame leased from the pool; who takes it owes it one `release()`.
 * `mediaTimeMs` is on the medium's own clock (0 at its start), null where only arrival is known (live).
 */
export type DecodedPicture = {
  readonly mediaTimeMs: number | null
  readonly captured?: Captured
  readonly frame: Frame
}

/** One chunk of sound, mono, −1..1, without holes: chunk n starts at n · samplesPerChunk / sampleRateHz; the last may be shorter. */
export type DecodedSound = {
  readonly mediaTimeMs: number | null
  readonly captured?: Captured
  readonly samples: Float32Array
}

/**
 * A track being read. `next()` gives the following item, null at the end, and rejects when the decoder fails
 * (`no-track`: the medium has none of this kind; `medium`: cannot be opened, broke off; `missing`).
 * A file is read only as fast as it is asked, little decoded ahead; a live one keeps its newest and counts what it let go.
 * One `next()` at a time.
 */
export type TrackReader<Item> = {
  readonly next: () => Promise<Item | null>
  /** How many a live reader let go since it was last asked, because nobody took them. */
  readonly takeLost: () => number
  /** Ends the decoder, gives back what it holds, and resolves when it is reaped. Idempotent, never rejects. A pending `next()` resolves with null. */
  readonly close: () => Promise<void>
  /** Whether the decoder did not end when it was asked to, and was ended by force; told after `close()`. */
  readonly forced?: () => boolean
}

export type OpenedMedium = {
  readonly live: boolean
  /** Its tracks come each by itself: sound does not wait for the picture. */
  readonly independent?: boolean
  /** How the decoder is called in status and events: `ffmpeg 5.1.9`, `ffmpeg-core (WebAssembly)`. */
  readonly decoder: string
  /** A fresh reading of the picture track from the start. May be called again for each loop, also before the last one ended. */
  readonly video: (wish: VideoWish, pool: FramePool) => TrackReader<DecodedPicture>
  readonly audio: (wish: AudioWish) => TrackReader<DecodedSound>
  /** Duration of the whole medium in ms, once a reader gave its first item; null where unknown (live, or a container that does not say). */
  readonly durationMs: () => number | null
}

/**
 * A decoder of media: two adapters stand behind it (FFmpeg on the PATH; FFmpeg's WebAssembly core in a worker, for files).
 * `notice` is called once for what a user should know (that the embedded decoder serves, that FFmpeg is too old).
 */
export type OpenMedium = (address: MediaAddress, notice: (text: string) => void) => Promise<OpenedMedium>

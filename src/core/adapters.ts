import type { Clock } from './clock.js'
import type { Frame } from './frame.js'
import type { LoadModel } from './inference.js'
import type { BrowserAddress, MediaAddress, OpenMedium } from './media-source.js'
import type { ModelManifest } from './model-manifest.js'

/** Encodes a picture of rgb24 as a JPEG, off the event loop. `quality` is 1 to 100; so many bytes are left free around it. */
export type EncodeJpeg = (
  picture: { readonly bytes: Uint8Array; readonly widthPx: number; readonly heightPx: number },
  quality: number,
  room?: { readonly before: number; readonly behind: number },
) => Promise<Uint8Array>

/** Decodes a JPEG into a frame of its size, in the frame's format, off the event loop. Rejects where it is none or breaks off. */
export type DecodeJpeg = (jpeg: Uint8Array, frame: Frame) => Promise<void>

/** The sample rates that Opus knows. */
export const opusRatesHz = [8000, 12_000, 16_000, 24_000, 48_000] as const
export type OpusRate = (typeof opusRatesHz)[number]

/** Opus for one mono sound. What it encodes rests on what came before; `close` gives its memory back. */
export type OpusEncoder = {
  /** @param pcm 20 ms; a shorter stretch, after which the sound breaks off, is filled up with silence */
  readonly encode: (pcm: Int16Array) => Uint8Array
  readonly close: () => void
}

export type CreateOpusEncoder = (sampleRateHz: OpusRate) => OpusEncoder

/** A cache that forgets the entry used least lately. */
export type LruCache<V extends object> = {
  readonly get: (key: string) => V | undefined
  /** Returns whether another entry had to go. */
  readonly set: (key: string, value: V) => boolean
}

/**
 * Everything of the machine that stages reach, behind interfaces: another set would serve in a browser.
 * Making the set has no side effect and loads no native code; what an adapter needs is loaded on first use.
 */
export type Adapters = {
  readonly clock: Clock
  readonly readAddress: (text: string) => MediaAddress | BrowserAddress
  /** Whether an address can be opened at all, as far as looking tells: what is wrong, or null. */
  readonly checkSource: (text: string) => Promise<{ readonly text: string; readonly remedy: string } | null>
  readonly openMedium: OpenMedium
  readonly loadModel: LoadModel
  /** How many models may run at once, whoever holds them: so many workers there are at most. */
  readonly modelWorkers: number
  /** Resolves at once where the encoder is there. @throws SaccadeError `missing` */
  readonly jpegEncoder: () => Promise<EncodeJpeg>
  readonly jpegDecoder: () => Promise<DecodeJpeg>
  /** Resolves at once where it is loaded; null where the machine has no Opus. @throws SaccadeError `missing` where it does not run */
  readonly opusEncoders: (() => Promise<CreateOpusEncoder>) | null
  readonly createCache: <V extends object>(capacity: number) => LruCache<V>
  /**
   * Address of a model by its name, or of a file of the user's own by its path (`./mine.onnx`).
   *
   * @throws SaccadeError `missing` where no folder of models has it
   */
  readonly modelFile: (name: string) => URL
  /**
   * What is known of a model by its name, or by the `mine.json` beside `./mine.onnx`; null where nothing is.
   *
   * @throws SaccadeError `config` where that file is no manifest
   */
  readonly modelManifest: (name: string) => ModelManifest | null
  /** The names of all manifests that can be found, sorted. */
  readonly modelNames: () => readonly string[]
  /** Address of a built module that a worker loads: `vision/blazeface`. */
  readonly jobModule: (name: string) => URL
  /** Writes a line for people (stderr). */
  readonly print: (line: string) => void
}

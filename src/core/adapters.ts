import type { Clock } from './clock.js'
import type { LoadModel } from './inference.js'
import type { MediaAddress, OpenMedium } from './media-source.js'
import type { ModelManifest } from './model-manifest.js'

/** Encodes a picture of rgb24 as a JPEG, off the event loop. `quality` is 1 to 100. */
export type EncodeJpeg = (
  picture: { readonly bytes: Uint8Array; readonly widthPx: number; readonly heightPx: number },
  quality: number,
) => Promise<Uint8Array>

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
  readonly readAddress: (text: string) => MediaAddress
  /** Whether an address can be opened at all, as far as looking tells: what is wrong, or null. */
  readonly checkSource: (text: string) => Promise<{ readonly text: string; readonly remedy: string } | null>
  readonly openMedium: OpenMedium
  readonly loadModel: LoadModel
  /** Resolves at once where the encoder is there. @throws SaccadeError `missing` */
  readonly jpegEncoder: () => Promise<EncodeJpeg>
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

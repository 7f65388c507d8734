import { access, constants, stat } from 'node:fs/promises'
import { SaccadeError } from '../core/errors.js'
import type { MediaAddress, OpenedMedium, OpenMedium, TrackReader } from '../core/media-source.js'
import { openWithCore } from './ffmpeg-core.js'
import { findFfmpeg, openWithFfmpeg } from './ffmpeg.js'

export type MediaDecoderOptions = {
  /** `core` leaves the machine's own FFmpeg aside; `auto` unless told. */
  readonly decoder?: 'auto' | 'core'
  /** Where FFmpeg is looked for: the PATH of the environment, at the time something is opened, unless told. */
  readonly path?: string
  readonly platform?: string
  /** After how long a silent server or device counts as gone; 10 s unless told. */
  readonly silenceMs?: number
  /** What stands in a device's place in tests: no address leads here. */
  readonly deviceInput?: readonly string[]
}

/**
 * Media by FFmpeg: the machine's own where it is 5.1 or newer, else, for files, its WebAssembly core. Which one serves
 * is said once where it is the embedded one. That an FFmpeg is too old its first run tells, so no process is spent on
 * asking: the reader goes over to the core by itself then.
 *
 * @example
 * const medium = await createMediaDecoder()({ kind: 'file', path: 'media/demo.mp4' }, console.error)
 * const reader = medium.video({ format: 'rgb24', fitPx: [640, 640] }, createPool())
 *
 * @throws SaccadeError `medium` · `missing`
 */
export function createMediaDecoder(options: MediaDecoderOptions = {}): OpenMedium {
  let said = false
  let unfit: SaccadeError | null = null

  function say(notice: (text: string) => void, why: string): void {
    if (said) return
    said = true
    notice(`${why}: the embedded decoder (WebAssembly) serves, which is slower and reads files alone`)
  }

  function embedded(address: MediaAddress, notice: (text: string) => void, why: string): OpenedMedium {
    const medium = openWithCore(address)
    say(notice, why)
    return medium
  }

  return async (address, notice) => {
    if (address.kind === 'file') await mustBeReadable(address.path)
    if (options.decoder === 'core') return embedded(address, notice, 'FFmpeg is left aside')
    const platform = options.platform ?? process.platform
    const binary = findFfmpeg(options.path ?? process.env['PATH'] ?? '', platform)
    if (binary === null) return embedded(address, notice, 'FFmpeg is not on the PATH')
    if (address.kind === 'file' && unfit !== null) return embedded(address, notice, unfitting(unfit))
    const { silenceMs, deviceInput } = options
    const native = await openWithFfmpeg(address, { binary, platform, silenceMs, deviceInput })
    if (address.kind !== 'file') return native

    let serving = native
    const goOver = (error: SaccadeError): OpenedMedium => {
      if (serving === native) {
        serving = embedded(address, notice, unfitting(error))
        unfit = error
      }
      return serving
    }
    return {
      live: false,
      get decoder() {
        return serving.decoder
      },
      durationMs: () => serving.durationMs(),
      video: (wish, pool) => withSecond(serving.video(wish, pool), (error) => goOver(error).video(wish, pool)),
      audio: (wish) => withSecond(serving.audio(wish), (error) => goOver(error).audio(wish)),
    }
  }
}

function unfitting(error: SaccadeError): string {
  return `FFmpeg on the PATH cannot serve (${error.message}; ${error.remedy})`
}

/** A reader that goes over to a second one, where the first turns out to be unable to run at all. */
function withSecond<Item>(
  first: TrackReader<Item>,
  second: (why: SaccadeError) => TrackReader<Item>,
): TrackReader<Item> {
  let serving = first
  let closed = false
  return {
    async next() {
      try {
        return await serving.next()
      } catch (error) {
        if (!(error instanceof SaccadeError) || error.code !== 'missing' || serving !== first) throw error
        await first.close()
        if (closed) return null
        serving = second(error)
        return serving.next()
      }
    },
    takeLost: () => serving.takeLost(),
    forced: () => serving.forced?.() ?? false,
    close() {
      closed = true
      return serving.close()
    },
  }
}

/** What can be said of a file before any decoder starts, is said in the same words for both. */
async function mustBeReadable(path: string): Promise<void> {
  const refused = (why: string, remedy: string, cause?: unknown): SaccadeError =>
    new SaccadeError(`cannot open ${path}: ${why}`, { code: 'medium', where: path, remedy, cause })
  let facts
  try {
    facts = await stat(path)
  } catch (cause) {
    throw refused('there is no such file', `check the path: relative ones start at ${process.cwd()}`, cause)
  }
  if (facts.isDirectory()) throw refused('it is a folder', 'give a file in it')
  if (!facts.isFile()) throw refused('it is no plain file', 'give a file; a camera is device:0')
  try {
    await access(path, constants.R_OK)
  } catch (cause) {
    throw refused('it may not be read', 'give the user who runs this the right to read it', cause)
  }
  if (facts.size === 0) throw refused('it is empty', 'copy or record it again')
}

import { SaccadeError } from '../core/errors.js'
import { withoutPassword } from '../core/media-address.js'

/** What FFmpeg tells of one picture, before its bytes. */
export type PictureStamp = {
  /** On the medium's clock, its start taken off; null where the picture has no stamp. */
  readonly mediaTimeMs: number | null
  /** Before scaling, after the rotation that the container asks for. */
  readonly sourceWidthPx: number
  readonly sourceHeightPx: number
}

/** How a decoder ended: a process with a code or by a signal, a worker with a code or what it threw. */
export type Ending = { readonly code: number | null; readonly signal: string | null }

const pictureLine = /^\[showinfo@in @ [^\]]*\] \[info\] n: *\d+ pts: *(-?\d+|NOPTS) .*? s:(\d+)x(\d+) /
const timeBaseLine = /^\[showinfo@in @ [^\]]*\] \[info\] config in time_base: (\d+)\/(\d+)/
const soundLine = /^\[ashowinfo@out @ [^\]]*\] \[info\] n: *\d+ pts: *(-?\d+|NOPTS) .*? rate:(\d+) /
const mediumLine = /^\[info\] {3}Duration: (?:N\/A|(\d+):(\d\d):(\d\d\.\d+))(?:, start: (-?[\d.]+))?/
const versionLine = /^(?:\[info\] )?ffmpeg version (?:n?(\d+(?:\.\d+)*)|(\S+))/
const problemLine = /^(?:\[([^\]@]+?) @ [^\]]*\] )*\[(?:error|fatal|panic)\] (.*)$/
const keptProblems = 12
const longestLine = 65_536

/**
 * Reads what FFmpeg writes on stderr, native and embedded alike: its version, the medium's duration and start, the
 * stamp of every picture, the first of the sound, and what went wrong. Lines of the medium's own metadata are indented
 * and cannot pass for one of these.
 */
export class FfmpegLog {
  /** Whether FFmpeg got so far as to tell what the medium is. */
  opened = false
  /** `5.1.9`; null until the first line. */
  version: string | null = null
  durationMs: number | null = null
  startMs = 0
  /** Time of the first sample on the medium's clock; null until told. */
  soundStartMs: number | null = null
  /** The last errors, without passwords. */
  readonly problems: string[] = []
  /** Whether the file broke off: FFmpeg plays on and ends with 0 then. */
  brokeOff = false
  #rest = ''
  #timeBase: readonly [number, number] = [1, 1]
  readonly #stamps: PictureStamp[] = []

  /** Text as it comes, cut anywhere. */
  write(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = (lines.pop() ?? '').slice(0, longestLine)
    for (const line of lines) this.line(line)
  }

  /** One line without its end. */
  line(line: string): void {
    const picture = pictureLine.exec(line)
    if (picture !== null) {
      const [, pts = '', width, height] = picture
      this.#stamps.push(this.#stampOf(pts, Number(width), Number(height)))
      return
    }
    const base = timeBaseLine.exec(line)
    if (base !== null) this.#timeBase = [Number(base[1]), Number(base[2])]
    else if (!this.#sound(line) && !this.#medium(line)) this.#rememberProblem(line)
  }

  /** The stamp of the next picture in order; null while it is not told. */
  takeStamp(): PictureStamp | null {
    return this.#stamps.shift() ?? null
  }

  #stampOf(pts: string, sourceWidthPx: number, sourceHeightPx: number): PictureStamp {
    const [num, den] = this.#timeBase
    // Multiplied first: whole numbers up to the one division, so that the stamp is the nearest double.
    const mediaTimeMs = pts === 'NOPTS' ? null : (Number(pts) * num * 1000) / den - this.startMs
    return { mediaTimeMs, sourceWidthPx, sourceHeightPx }
  }

  #sound(line: string): boolean {
    const sound = soundLine.exec(line)
    if (sound === null) return false
    this.soundStartMs ??= sound[1] === 'NOPTS' ? 0 : (Number(sound[1]) * 1000) / Number(sound[2]) - this.startMs
    return true
  }

  #medium(line: string): boolean {
    const version = versionLine.exec(line)
    if (version !== null) this.version ??= version[1] ?? version[2] ?? null
    const medium = mediumLine.exec(line)
    if (medium === null) return version !== null
    const [, hours, minutes, seconds, start] = medium
    this.opened = true
    if (hours !== undefined)
      // Whole hundredths are told: as a sum of doubles 12.34 s would come out beside 12,340.
      this.durationMs = Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000)
    this.startMs = Math.round(Number(start ?? 0) * 1_000_000) / 1000
    return true
  }

  #rememberProblem(line: string): void {
    const problem = problemLine.exec(line)
    const text = problem?.[2]?.trim() ?? ''
    if (text === '') return
    if (/partial file$|^File ended prematurely/.test(text)) this.brokeOff = true
    this.problems.push(withoutPassword(text).slice(0, 300))
    if (this.problems.length > keptProblems) this.problems.shift()
  }
}

type Reason = {
  readonly seen: RegExp
  readonly code: 'medium' | 'missing' | 'no-track'
  readonly what: string
  readonly remedy: string
}

/** FFmpeg tells its reasons in words only: this is the one place that reads them. The first that fits counts. */
const reasons: readonly Reason[] = [
  {
    seen: /^Unrecognized option 'fps_mode'/,
    code: 'missing',
    what: 'this FFmpeg is older than 5.1',
    remedy: 'install FFmpeg 5.1 or newer',
  },
  {
    seen: /moov atom not found/,
    code: 'medium',
    what: 'it is cut off, or not what its name says: its table of contents is missing',
    remedy: 'copy or record it again to its end, or give a video or sound file',
  },
  {
    seen: /cannot open audio device|Device or resource busy|Cannot open video device|Could not find (?:video|audio) device|device not found/i,
    code: 'medium',
    what: 'the device cannot be opened',
    remedy: 'plug it in, end what else uses it, or give another: see `ls /dev/video*` and `arecord -L` on Linux',
  },
  {
    seen: /Connection refused/,
    code: 'medium',
    what: 'the connection was refused',
    remedy: 'check host and port, and that the server runs',
  },
  {
    seen: /timed out|Immediate exit requested/i,
    code: 'medium',
    what: 'nothing was heard in time',
    remedy: 'check host, port and network',
  },
  {
    seen: /Failed to resolve hostname/,
    code: 'medium',
    what: 'the host is not known',
    remedy: 'check the name of the host and the network',
  },
  {
    seen: /(?:401|403).*(?:Unauthorized|Forbidden|denied)/i,
    code: 'medium',
    what: 'the server asks for a name and a password, or refuses these',
    remedy: 'write scheme://name:password@host/path',
  },
  {
    seen: /404 Not Found/,
    code: 'medium',
    what: 'the server knows no such medium',
    remedy: 'check the path of the address',
  },
  {
    seen: /not on whitelist/,
    code: 'medium',
    what: 'it leads to another protocol, which is not allowed for this address',
    remedy: 'give the address that it leads to',
  },
  {
    seen: /Permission denied/,
    code: 'medium',
    what: 'it may not be read',
    remedy: 'give the user who runs this the right to read it (cameras: the group `video`, sound: `audio`)',
  },
  {
    seen: /No such file or directory/,
    code: 'medium',
    what: 'there is no such thing',
    remedy: 'check the path',
  },
  {
    // av_image_check_size2: 2^31 bits, with a border of 128 px.
    seen: /Picture size \d+x\d+ is invalid|Invalid image size/,
    code: 'medium',
    what: 'its picture has no size, or one of more than 268 million pixels, which FFmpeg does not decode',
    remedy: 'make it smaller before',
  },
  {
    seen: /Invalid data found when processing input/,
    code: 'medium',
    what: 'this is no medium that FFmpeg can read',
    remedy: 'give a video or sound file, or convert it',
  },
]

/**
 * The error of a decoder that failed, from what it said and how it ended.
 *
 * @param told the address as people know it
 * @param given how many items it gave before
 */
export function explainFailure(
  log: FfmpegLog,
  told: string,
  track: 'video' | 'audio',
  ending: Ending,
  given: number,
): SaccadeError {
  const items = given === 0 ? 'before it gave anything' : `after ${String(given)} ${itemsOf(track)}`
  if (log.problems.some((problem) => problem.startsWith('Stream map'))) return noTrack(told, track)
  if (ending.signal !== null)
    return new SaccadeError(`the decoder of ${told} was ended by ${ending.signal} ${items}`, {
      code: 'medium',
      where: told,
      remedy: 'start it again; if it repeats, look whether memory ran out (dmesg)',
    })
  if (log.version === null)
    return new SaccadeError(`the ffmpeg on the PATH does not run: it ended with code ${String(ending.code)}`, {
      code: 'missing',
      where: told,
      remedy: 'try `ffmpeg -version`, and install FFmpeg 5.1 or newer',
    })
  const reason = reasons.find(({ seen }) => log.problems.some((problem) => seen.test(problem)))
  const said = log.problems.at(-1) ?? `it ended with code ${String(ending.code)} and said nothing`
  if (given > 0 || reason === undefined)
    return new SaccadeError(`cannot read on in ${told} ${items}: FFmpeg says "${said}"`, {
      code: 'medium',
      where: told,
      remedy: reason?.remedy ?? 'try the address with ffplay; if it plays there, report this',
      cause: new Error(log.problems.join('\n')),
    })
  return new SaccadeError(`cannot open ${told}: ${reason.what}`, {
    code: reason.code,
    where: told,
    remedy: reason.remedy,
    cause: new Error(log.problems.join('\n')),
  })
}

/** The medium has nothing of this kind. */
export function noTrack(told: string, track: 'video' | 'audio'): SaccadeError {
  const [what, other] = track === 'video' ? ['picture', 'sound'] : ['sound', 'picture']
  return new SaccadeError(`cannot read the ${what} of ${told}: it has none`, {
    code: 'no-track',
    where: told,
    remedy: `use its ${other} alone, or give a medium with ${what}`,
  })
}

/** The medium told more than it holds: what was there has been played. */
export function brokeOff(told: string, track: 'video' | 'audio', given: number, atMs: number): SaccadeError {
  const at = (atMs / 1000).toFixed(2)
  return new SaccadeError(`${told} breaks off after ${String(given)} ${itemsOf(track)}, at ${at} s`, {
    code: 'medium',
    where: told,
    remedy: 'copy or record it again to its end; what is there was played',
  })
}

function itemsOf(track: 'video' | 'audio'): string {
  return track === 'video' ? 'pictures' : 'chunks of sound'
}

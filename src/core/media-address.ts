import { SaccadeError } from './errors.js'
import type { BrowserAddress, MediaAddress } from './media-source.js'

export type ParseOptions = {
  /** The platform that device names are for, in Node's words: `linux` unless told. */
  readonly platform?: string
  /** Where `demo:NAME` lies: the package's media folder. Without it `demo:` is refused. */
  readonly demoFolder?: string
  /** What lies there, for the message where the name is none of them. */
  readonly demos?: readonly string[]
}

const schemes = ['browser', 'demo', 'device', 'file', 'http', 'https', 'rtsp', 'rtsps']
const allowed = 'a path, file:, demo:, device:, browser:, rtsp:, rtsps:, http: or https:'

/**
 * Reads the address of a medium (C3): what comes out is data, and nothing in it can become an option of a child process.
 *
 * `demo:NAME` is what the package carries; `device:0` or `device:/dev/video0` a camera with the default microphone;
 * `device:mic` or `device:mic:NAME` sound alone; `browser:` those of a browser that opens the run's page; a path is relative to where one stands.
 *
 * @example
 * parseMediaAddress('device:0')          // { kind: 'device', video: '0', audio: 'default' }
 * parseMediaAddress('rtsp://10.0.0.7/1') // { kind: 'network', scheme: 'rtsp', url: 'rtsp://10.0.0.7/1' }
 *
 * @throws SaccadeError `config`
 */
export function parseMediaAddress(text: string, options: ParseOptions = {}): MediaAddress | BrowserAddress {
  if (text.trim() === '') throw refused(text, 'it is empty', `write ${allowed}`)
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) throw refused(text, 'it holds a control character', 'write it without')
  if (text.startsWith('-')) throw refused(text, 'it starts with "-"', `if that is a file's name, write "./${text}"`)

  // One letter is a Windows drive. FFmpeg's own schemes may hold commas (`subfile,,start,…`).
  const scheme = /^([A-Za-z][A-Za-z0-9+.,-]+):/.exec(text)?.[1]
  if (scheme === undefined) return { kind: 'file', path: text }
  const rest = text.slice(scheme.length + 1)
  switch (scheme.toLowerCase()) {
    case 'file':
      return { kind: 'file', path: pathOf(text, rest) }
    case 'demo':
      return { kind: 'file', path: demoPath(text, rest, options) }
    case 'device':
      return deviceOf(text, rest, options.platform ?? 'linux')
    case 'rtsp':
    case 'rtsps':
    case 'http':
    case 'https':
      return networkOf(text, scheme.toLowerCase() as 'rtsp' | 'rtsps' | 'http' | 'https')
    case 'browser':
      if (rest === '') return { kind: 'browser' }
      throw refused(text, 'after browser: stands nothing', "write browser: and choose the camera on the run's page")
    default: {
      const near = nearest(scheme.toLowerCase(), schemes)
      const hint = near === null ? '' : `did you mean ${near}:? `
      throw refused(
        text,
        `the scheme ${scheme}: is not allowed`,
        `${hint}Allowed are ${allowed}; if it is a file's name, write "./${text}"`,
      )
    }
  }
}

/** How an address is told to people: what was written, without the password in it. */
export function tellMediaAddress(address: MediaAddress | BrowserAddress): string {
  if (address.kind === 'browser') return 'browser:'
  if (address.kind === 'file') return address.path
  if (address.kind === 'network') return withoutPassword(address.url)
  return address.video === null ? `device:mic:${String(address.audio)}` : `device:${address.video}`
}

/** Any text with what stands between `//` and `@` in its addresses taken out. */
export function withoutPassword(text: string): string {
  return text.replace(/(\b[a-z]+:\/\/)[^\s/?#]*@/gi, '$1…@')
}

function pathOf(text: string, rest: string): string {
  if (rest === '') throw refused(text, 'it names no file', 'write file:PATH or the path alone')
  if (!rest.startsWith('/')) return rest
  let url
  let path
  try {
    url = new URL(text)
    path = decodeURIComponent(url.pathname)
  } catch (cause) {
    throw refused(text, 'it is no file: URL', 'write file:///folder/name, or the path alone', cause)
  }
  if (url.host !== '' && url.host !== 'localhost')
    throw refused(text, `it names a host: ${url.host}`, 'write file:///folder/name')
  // eslint-disable-next-line no-control-regex -- what percent signs may hide
  if (/%2f|%5c/i.test(url.pathname) || /[\u0000-\u001f\u007f]/.test(path))
    throw refused(text, 'it hides a separator or a control character behind %', 'write the path alone')
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path
}

function demoPath(text: string, name: string, { demoFolder, demos = [] }: ParseOptions): string {
  const names = demos.length === 0 ? 'demo:demo.mp4' : demos.map((known) => `demo:${known}`).join(', ')
  if (demoFolder === undefined) throw refused(text, 'there is no demo folder here', 'give the path of a file')
  if (name === '' || name === '.' || /[/\\:]|\.\./.test(name))
    throw refused(text, 'after demo: stands a name without folders', `write ${names}`)
  if (demos.length > 0 && !demos.includes(name)) {
    const near = nearest(name, demos)
    const hint = near === null ? '' : `did you mean demo:${near}? `
    throw refused(text, `the package carries no ${name}`, `${hint}It carries ${names}`)
  }
  return `${demoFolder.replace(/[/\\]+$/, '')}/${name}`
}

// ALSA reads a whole configuration out of a name: its plugins `file` and `tee` write files and start commands.
const alsaName = /^(?:[A-Za-z0-9_]+|(?:hw|plughw|sysdefault|default|dsnoop|front|usbstream):[A-Za-z0-9_=,.-]+)$/

function deviceOf(text: string, rest: string, platform: string): MediaAddress {
  const forms =
    platform === 'linux'
      ? 'device:0, device:/dev/video0, device:mic or device:mic:NAME'
      : 'device:0, device:mic or device:mic:NAME'
  if (rest === 'mic') return { kind: 'device', video: null, audio: 'default' }
  if (rest.startsWith('mic:')) {
    const name = rest.slice(4)
    const fits = platform === 'linux' ? alsaName.test(name) && !/^(?:file|tee)$/i.test(name) : /^[^:"|]+$/.test(name)
    if (!fits) {
      const rule =
        platform === 'linux' ? 'names of ALSA are words, or hw:…, plughw:…, dsnoop:…' : 'names hold no : " or |'
      throw refused(text, `${rule}: this one is ${JSON.stringify(name)}`, 'write device:mic for the default microphone')
    }
    return { kind: 'device', video: null, audio: name }
  }
  if (/^\d{1,3}$/.test(rest)) return { kind: 'device', video: String(Number(rest)), audio: 'default' }
  if (platform === 'linux' && /^\/dev\/[A-Za-z0-9_./:-]+$/.test(rest) && !rest.includes('..'))
    return { kind: 'device', video: rest, audio: 'default' }
  throw refused(text, `${JSON.stringify(rest)} is no device`, `write ${forms}`)
}

function networkOf(text: string, scheme: 'rtsp' | 'rtsps' | 'http' | 'https'): MediaAddress {
  const form = `write ${scheme}://host/path`
  if (/\s/.test(text)) throw refused(text, 'it holds a space', 'write %20 for a space')
  if (!/^[a-z]+:\/\/[^/?#\\]/i.test(text)) throw refused(text, 'it names no host', form)
  let url
  try {
    // The standard parser wants a host for http alone.
    url = new URL(text.replace(/^[a-z]+/i, scheme.startsWith('rtsp') ? 'http' : scheme))
  } catch (cause) {
    throw refused(text, 'it is no URL', form, cause)
  }
  if (url.hostname === '') throw refused(text, 'it names no host', form)
  return { kind: 'network', scheme, url: `${scheme}${text.slice(scheme.length)}` }
}

function refused(text: string, why: string, remedy: string, cause?: unknown): SaccadeError {
  const told = withoutPassword(text)
  return new SaccadeError(`cannot use ${JSON.stringify(told)} as a medium: ${why}`, {
    code: 'config',
    where: told,
    remedy: withoutPassword(remedy),
    cause,
  })
}

/** The name that differs least, if at most a third of it differs. */
function nearest(name: string, names: readonly string[]): string | null {
  let best = null
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const known of names) {
    const apart = distance(name, known)
    if (apart < least) [best, least] = [known, apart]
  }
  return best
}

/** Edits from one word to the other, two swapped neighbours counting as one. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}

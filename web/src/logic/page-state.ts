import { type Link, withOption } from '../../../src/client/index.js'
import { type PageKeys, readKeys } from './page-keys.js'
import { protocolVersion, type Hello, type RunState, type StageState } from '../../../src/core/wire.js'

export type { Link } from '../../../src/client/index.js'

/** What is known of the run; it outlives the socket, so that a page that has lost its run can still say what it was. */
export type Known =
  | { readonly is: 'nothing' }
  | { readonly is: 'foreign'; readonly protocol: number }
  | { readonly is: 'greeted'; readonly hello: Hello }
  | { readonly is: 'told'; readonly hello: Hello; readonly run: RunState; readonly toldAtMs: number }

/** Counters of a moment ago, to tell what is being dropped now from what once was. */
export type Past = { readonly atMs: number; readonly stages: Readonly<Record<string, StageState>> }

/** All that the page knows, but for pictures, sound and histories. Times are the page's clock. */
export type PageState = {
  readonly link: Link
  readonly known: Known
  readonly lastPacketAtMs: number | null
  /** Since when the page is in sight; null while it is hidden, and asks for next to nothing. */
  readonly seenSinceMs: number | null
  readonly past: readonly Past[]
  /** Lost on the way to this page, by channel (W3). */
  readonly lostHere: Readonly<Record<string, number>>
  /** What could not be done, until it is read. */
  readonly message: Message | null
  readonly keys: PageKeys
}

export type Message = { readonly title: string; readonly text: string }

export type PageEvent =
  | { readonly is: 'link'; readonly link: Link }
  | { readonly is: 'hello'; readonly hello: Hello; readonly atMs: number }
  | { readonly is: 'telemetry'; readonly run: RunState; readonly atMs: number }
  | { readonly is: 'packets'; readonly atMs: number }
  | { readonly is: 'seen'; readonly sinceMs: number | null }
  | { readonly is: 'lost'; readonly channel: string; readonly count: number }
  | { readonly is: 'set'; readonly stage: string; readonly option: string; readonly value: unknown }
  | { readonly is: 'message'; readonly message: Message | null }
  | { readonly is: 'keys'; readonly keys: PageKeys }

export const firstPageState: PageState = {
  link: { is: 'connecting', attempt: 1 },
  known: { is: 'nothing' },
  lastPacketAtMs: null,
  seenSinceMs: 0,
  past: [],
  lostHere: {},
  message: null,
  keys: readKeys(null),
}

const pastMs = 3000

export function reducePage(page: PageState, event: PageEvent): PageState {
  switch (event.is) {
    case 'link':
      return { ...page, link: event.link }
    case 'hello': {
      const { hello } = event
      const known: Known =
        hello.protocol === protocolVersion ? { is: 'greeted', hello } : { is: 'foreign', protocol: hello.protocol }
      return { ...page, known, lastPacketAtMs: null, past: [], lostHere: {}, message: null }
    }
    case 'telemetry': {
      const { known } = page
      if (known.is !== 'greeted' && known.is !== 'told') return page
      const kept = page.past.filter(({ atMs }) => event.atMs - atMs <= pastMs)
      return {
        ...page,
        known: { is: 'told', hello: known.hello, run: event.run, toldAtMs: event.atMs },
        past: [...kept, { atMs: event.atMs, stages: event.run.stages }],
      }
    }
    case 'packets':
      return { ...page, lastPacketAtMs: event.atMs }
    case 'seen':
      return { ...page, seenSinceMs: event.sinceMs }
    case 'set':
      return { ...page, known: withSet(page.known, event) }
    case 'message':
      return { ...page, message: event.message }
    case 'keys':
      return { ...page, keys: event.keys }
    case 'lost':
      return {
        ...page,
        lostHere: { ...page.lostHere, [event.channel]: (page.lostHere[event.channel] ?? 0) + event.count },
      }
  }
}

/** An option was changed: who looks at it sees the new value. */
function withSet(known: Known, change: Extract<PageEvent, { is: 'set' }>): Known {
  return known.is === 'greeted' || known.is === 'told' ? { ...known, hello: withOption(known.hello, change) } : known
}

export function helloOf(page: PageState): Hello | null {
  return page.known.is === 'greeted' || page.known.is === 'told' ? page.known.hello : null
}

export function runOf(page: PageState): RunState | null {
  return page.known.is === 'told' ? page.known.run : null
}

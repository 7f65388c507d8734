import { createBackOff } from '../core/back-off.js'
import type { Clock } from '../core/clock.js'
import { SaccadeError } from '../core/errors.js'
import type { Part } from './pull-part.js'
import { BrokenOff } from './pull-problem.js'

/** What is told while a file comes. */
export type PullTold =
  | { readonly kind: 'from'; readonly text: string }
  | { readonly kind: 'bytes'; readonly doneBytes: number; readonly totalBytes: number | null }
  | { readonly kind: 'note'; readonly text: string }

/** How a pull waits, stops and tells. */
export type PullWays = {
  readonly clock: Clock
  /** 0 to below 1. */
  readonly random: () => number
  readonly signal: AbortSignal
  readonly tell: (told: PullTold) => void
}

/** How long nothing may come. */
const stallMs = 30_000
/** So many tries in a row that bring nothing new, and so far apart. */
const backOff = { afterMs: 500, upToMs: 15_000, most: 5, withinMs: Infinity }
const longestPutOffMs = 60_000
/** What counts as something new: else a server that gives a byte a try would be asked for ever. */
const newBytes = 64 * 1024
const retried = new Set([408, 425, 429, 500, 502, 503, 504])

/**
 * Fills a part with what an address gives. A connection that breaks off or gives nothing for 30 s is tried again, from where it
 * was, later each time, and given up after six that brought nothing new.
 *
 * @param bytes how many the file must have, where that is known; more are not taken
 * @throws SaccadeError `missing` where it cannot be had, `model` where more comes than there may be
 */
export async function download(address: string, part: Part, bytes: number | null, ways: PullWays): Promise<void> {
  const { clock, random, signal, tell } = ways
  if (bytes !== null && part.bytes > bytes) await part.restart(null)
  let next = createBackOff(backOff, random)
  let furthest = part.bytes
  // What was kept may be whole.
  while (part.bytes !== bytes) {
    try {
      await connect(address, part, bytes, ways)
      return
    } catch (error) {
      if (!(error instanceof BrokenOff)) throw error
      if (part.bytes >= furthest + newBytes) {
        furthest = part.bytes
        next = createBackOff(backOff, random)
      }
      const life = next(clock.nowMs())
      if (life === null) throw gaveUp(address, error, part.bytes, bytes)
      const waitMs = Math.max(life.delayMs, error.afterMs)
      tell({ kind: 'note', text: `${error.message}; once more in ${(waitMs / 1000).toFixed(1)} s` })
      await wait(clock, waitMs, signal)
    }
  }
}

/** One connection, from where the part ends. */
async function connect(address: string, part: Part, bytes: number | null, ways: PullWays): Promise<void> {
  const mostBytes = bytes ?? Infinity
  const stalled = new AbortController()
  const watch = watchStalls(ways.clock, () => {
    stalled.abort()
  })
  const signal = AbortSignal.any([ways.signal, stalled.signal])
  try {
    const at = part.bytes
    const range = at === 0 ? {} : { range: `bytes=${String(at)}-` }
    const ifRange = at === 0 || part.validator === null ? {} : { 'if-range': part.validator }
    const response = await fetch(address, {
      headers: { 'accept-encoding': 'identity', ...range, ...ifRange },
      signal,
    })
    const totalBytes = await begin(address, response, part, at)
    if (totalBytes !== null && totalBytes > mostBytes) throw tooLong(address, mostBytes, totalBytes)
    ways.tell({ kind: 'bytes', doneBytes: part.bytes, totalBytes })
    for await (const chunk of chunksOf(response)) {
      watch.alive()
      if (part.bytes + chunk.byteLength > mostBytes) {
        // Else leaving the loop would wait until the server has ended.
        stalled.abort()
        throw tooLong(address, mostBytes, null)
      }
      await part.append(chunk)
      ways.tell({ kind: 'bytes', doneBytes: part.bytes, totalBytes: totalBytes ?? bytes })
    }
    // A server that does not say how long it is ends as one does that breaks off.
    if (part.bytes < (totalBytes ?? bytes ?? 0)) throw new BrokenOff('the connection broke off')
  } catch (cause) {
    part.joined ||= part.bytes > 0
    if (ways.signal.aborted || cause instanceof SaccadeError || cause instanceof BrokenOff) throw cause
    if (stalled.signal.aborted) throw new BrokenOff(`nothing came for ${String(stallMs / 1000)} s`)
    throw new BrokenOff(reasonOf(cause, address))
  } finally {
    watch.end()
    stalled.abort()
  }
}

function chunksOf({ body }: Response): AsyncIterable<Uint8Array> {
  return body ?? { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }) }
}

/** Settles whether the answer goes on or begins anew. Returns how long the whole file is, where the server says so. */
async function begin(address: string, response: Response, part: Part, at: number): Promise<number | null> {
  const { status, headers } = response
  if (status === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? []
    const version = validatorOf(headers)
    const isOther = version !== null && part.validator !== null && version !== part.validator
    if (Number(from ?? NaN) === at && !isOther) return total === '*' ? null : Number(total)
    await part.restart(null)
    throw new BrokenOff('the server gave another part than was asked for')
  }
  if (status === 200) {
    await part.restart(validatorOf(headers))
    const length = Number(headers.get('content-length') ?? NaN)
    return Number.isInteger(length) ? length : null
  }
  if (status === 416 && at > 0) {
    await part.restart(null)
    throw new BrokenOff('the server has not so many bytes as were kept')
  }
  if (retried.has(status)) throw new BrokenOff(`the server answered ${String(status)}`, putOffMs(headers))
  throw new SaccadeError(
    `cannot pull ${address}: the server answered ${String(status)} ${response.statusText}`.trim(),
    {
      code: 'missing',
      where: address,
      remedy:
        status === 401 || status === 403
          ? 'it gives the file only to those who sign in: get it with a browser'
          : 'the file has moved or is gone: look where its makers have it now',
    },
  )
}

/** What makes sure that two parts are of one version; a weak one does not. */
function validatorOf(headers: Headers): string | null {
  const etag = headers.get('etag')
  return etag !== null && !etag.startsWith('W/') ? etag : headers.get('last-modified')
}

function putOffMs(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? NaN)
  return Number.isFinite(seconds) ? Math.min(longestPutOffMs, Math.max(0, seconds * 1000)) : 0
}

/** Calls once when nothing has come for so long: one timer, that looks when the last bytes came. */
function watchStalls(clock: Clock, stalled: () => void): { readonly alive: () => void; readonly end: () => void } {
  let aliveAtMs = clock.nowMs()
  const look = (): void => {
    if (clock.nowMs() >= aliveAtMs + stallMs) stalled()
    else cancel = clock.at(aliveAtMs + stallMs, look)
  }
  let cancel = clock.at(aliveAtMs + stallMs, look)
  return {
    alive: () => {
      aliveAtMs = clock.nowMs()
    },
    end: () => {
      cancel()
    },
  }
}

function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancel()
      reject(signal.reason as Error)
    }
    const cancel = clock.at(clock.nowMs() + ms, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/** What `fetch` says only in the cause of its error. */
function reasonOf(error: unknown, address: string): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const { host } = new URL(address)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `no address is known for ${host}`
  if (code === 'ECONNREFUSED') return `${host} takes no connection`
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return `${host} does not answer`
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH')
    return 'the connection broke off'
  return cause instanceof Error ? cause.message : String(cause)
}

function gaveUp(address: string, { message }: BrokenOff, doneBytes: number, bytes: number | null): SaccadeError {
  const has =
    doneBytes === 0 ? '' : ` (${String(doneBytes)} of ${String(bytes ?? '?')} bytes are kept for the next try)`
  return new SaccadeError(
    `cannot pull ${address}: ${message}, after ${String(backOff.most + 1)} tries that brought nothing new${has}`,
    {
      code: 'missing',
      where: address,
      remedy:
        'look whether this machine reaches it, and run the same command again; or name the folder of a file got elsewhere in SACCADE_MODELS',
    },
  )
}

function tooLong(address: string, mostBytes: number, bytes: number | null): SaccadeError {
  const has = bytes === null ? 'more' : String(bytes)
  return new SaccadeError(
    `cannot take what ${address} gives: it must have ${String(mostBytes)} bytes, and has ${has}`,
    {
      code: 'model',
      where: address,
      remedy: 'it is another file than the manifest tells of: look what its makers say, and mend the manifest',
    },
  )
}

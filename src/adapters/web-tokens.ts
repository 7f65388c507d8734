import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Rights } from '../core/wire.js'

/** What a client shows, and what it may do then. To view is in it. */
export type Token = Rights & { readonly text: string }

/** Where a client shows its token. */
export type Credential = { readonly text: string; readonly from: 'header' | 'query' | 'protocol' | 'cookie' }

/** Sub-protocols of the socket: the one that is answered, and what a token stands behind. */
export const socketProtocol = 'saccade'
const protocolPrefix = 'token.'

/** A token that nobody guesses: 128 bits. */
export function newToken(): string {
  return randomBytes(16).toString('hex')
}

/** The tokens of a server. */
export class Tokens {
  /** Digests are of one length, and nobody outside knows the key: comparing them tells nothing by the time it takes. */
  readonly #key = randomBytes(32)
  readonly #known: readonly { readonly digest: Uint8Array; readonly token: Token }[]

  constructor(tokens: readonly Token[]) {
    this.#known = tokens.map((token) => ({ digest: this.#digest(token.text), token }))
  }

  /** What the holder of this text may do; null where it is no token. Every known one is looked at, whichever it is. */
  rightsOf(text: string): Rights | null {
    const digest = this.#digest(text)
    const found = this.#known.filter((known) => timingSafeEqual(known.digest, digest)).map(({ token }) => token)
    if (found.length === 0) return null
    return { control: found.some(({ control }) => control), stop: found.some(({ stop }) => stop) }
  }

  #digest(text: string): Uint8Array {
    return createHmac('sha256', this.#key).update(text).digest()
  }
}

/**
 * The token that a request shows: `Authorization: Bearer`, `?token=`, a sub-protocol `token.…`, or the page's cookie, which
 * is looked at only where there is none of the others.
 */
export function credentialOf({ headers, url }: IncomingMessage, cookie: string): Credential | null {
  const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return { text: bearer, from: 'header' }
  const asked = new URLSearchParams((url ?? '').split('?').slice(1).join('?')).get('token')
  if (asked !== null) return { text: asked, from: 'query' }
  const protocol = (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .find((one) => one.startsWith(protocolPrefix))
  if (protocol !== undefined) return { text: protocol.slice(protocolPrefix.length), from: 'protocol' }
  const kept = (headers.cookie ?? '')
    .split(';')
    .map((one) => one.trim())
    .find((one) => one.startsWith(`${cookie}=`))
  return kept === undefined ? null : { text: kept.slice(cookie.length + 1), from: 'cookie' }
}

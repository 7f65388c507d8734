import type { IncomingMessage } from 'node:http'

/** By which names a server may be called, and pages of which origins may ask it. */
export type WebNames = {
  /** Host names beside the address that a client has reached; lower case, IPv6 in brackets. */
  readonly hosts: ReadonlySet<string>
  /** Origins beside the server's own: `https://robot.example`. */
  readonly origins: ReadonlySet<string>
}

const loopbackNames = /^(localhost|127\.0\.0\.1|\[::1\])$/

/** The name in a Host header or after an origin's `//`, without port, lower case; null where it is none. */
export function nameOf(authority: string | undefined): string | null {
  return /^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.exec(authority ?? '')?.[1]?.toLowerCase() ?? null
}

/** An address as a socket tells it, as it stands in a Host header: an IPv4 one that came by IPv6 is what it was. */
export function addressName(address: string | undefined): string {
  const plain = (address ?? '')
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/%.*$/, '')
    .toLowerCase()
  return plain.includes(':') ? `[${plain}]` : plain
}

/** Whether an address or name, as it stands in a Host header, means this machine alone. */
export function isLoopback(name: string): boolean {
  return loopbackNames.test(name) || /^127\.\d+\.\d+\.\d+$/.test(name)
}

/**
 * Whether the Host is the address that was reached, or a name that was given. A page that has its own name point here (DNS
 * rebinding) calls the server by that name.
 */
export function isOurHost({ headers, socket }: IncomingMessage, { hosts }: WebNames): boolean {
  const name = nameOf(headers.host)
  if (name === null) return false
  const reached = addressName(socket.localAddress)
  return name === reached || hosts.has(name) || (isLoopback(reached) && loopbackNames.test(name))
}

/** Whether a page of that origin may ask: none was named, it is the server's own, or it was given. */
export function isOurOrigin({ headers }: IncomingMessage, { origins }: WebNames, schemes: readonly string[]): boolean {
  const { host, origin } = headers
  if (origin === undefined) return true
  const wanted = origin.toLowerCase()
  return origins.has(wanted) || schemes.some((scheme) => wanted === `${scheme}://${(host ?? '').toLowerCase()}`)
}

/** Whether a page of this machine asks, from whatever port: or nothing that is a page. */
export function isLocalOrigin({ headers }: IncomingMessage): boolean {
  const { origin } = headers
  if (origin === undefined) return true
  const authority = /^https?:\/\/(.*)$/.exec(origin)?.[1]
  return loopbackNames.test(nameOf(authority) ?? '')
}

/** Whom the limits for one address count as one: IPv6 gives each network 64 bits to choose from. Null for this machine. */
export function neighbourOf(address: string | undefined): string | null {
  const name = addressName(address)
  if (isLoopback(name)) return null
  if (!name.startsWith('[')) return name
  const [head = [], tail = []] = name
    .slice(1, -1)
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')))
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0')
  return [...head, ...zeros, ...tail].slice(0, 4).join(':')
}

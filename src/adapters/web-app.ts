import type { ClientSocket } from '../core/hub.js'
import type { Rights } from '../core/wire.js'

export type WebText = { readonly status: number; readonly type: string; readonly body: string }

/** What the owner of a socket is told of it; without `receivedBytes`, bytes count as an empty text. */
export type SocketClient = {
  readonly received: (text: string) => void
  readonly receivedBytes?: (bytes: Uint8Array) => void
  readonly pong: (words: string) => void
  readonly gone: () => void
}

/** A path with a socket. */
export type SocketPath = {
  /** A larger message closes the socket. */
  readonly mostBytes: number
  readonly needs: 'view' | 'control' | 'stop'
  readonly join: (socket: ClientSocket, rights: Rights) => SocketClient
}

/** What a run serves: texts made on request, files, sockets. Paths are those within the mount: `/healthz`. */
export type WebApp = {
  /** For those who may view. */
  readonly texts: Readonly<Record<string, () => WebText>>
  /** For those who show no right token. */
  readonly openTexts: Readonly<Record<string, () => WebText>>
  /** Folder of the page, or null for none. */
  readonly folder: string | null
  /** Files from elsewhere; the words for where one is not installed. */
  readonly files: Readonly<Record<string, () => { readonly file: string } | { readonly missing: string }>>
  readonly sockets: Readonly<Record<string, SocketPath>>
}

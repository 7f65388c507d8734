/** A client's socket, as the hub needs it. None of these throws. */
export type ClientSocket = {
  /** @param compress it is worth it */
  readonly send: (text: string, compress: boolean) => void
  /** Writes whole frames of the WebSocket protocol as they are; they stay as they are until they are gone. */
  readonly write: (frames: Uint8Array) => void
  /** What was sent and not yet taken by the network. */
  readonly bufferedBytes: () => number
  /** Asks for a sign of life, which every WebSocket gives by itself; `pong` brings the words back. */
  readonly ping: (words: string) => void
  /** Says why, and cuts off whoever does not go within some seconds. */
  readonly close: (code: number, reason: string) => void
}

/** What the owner of the socket calls. */
export type HubClient = {
  readonly received: (text: string) => void
  readonly pong: (words: string) => void
  readonly gone: () => void
}

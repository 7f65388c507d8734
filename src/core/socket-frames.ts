/** Bytes that are free before a message and behind it: those that make it a frame, and a ping that follows it. */
export const [roomBefore, roomBehind] = [10, 18]

/** A binary message as it goes over a WebSocket, which is the same to every client: written once for all of them. */
export type Framed = {
  /** The frame of the message. */
  readonly alone: Uint8Array
  /** The same, and the frame of a ping behind it, whose answer brings back `ping` in digits. */
  readonly asking: Uint8Array
  readonly ping: number
  /** Bytes of the message itself. */
  readonly bytes: number
}

const [finalBinary, finalPing] = [0x82, 0x89]

/**
 * Frames as a server writes them: whole, not masked, not compressed (RFC 6455, 5.2 and 5.5.2).
 *
 * @param room the message with `roomBefore` free bytes before it and `roomBehind` behind it, which are written
 * @param ping an integer from 0 on, below 2^53
 * @returns views of the room, which are right until it is written again
 */
export function frameMessage(room: Uint8Array, ping: number): Framed {
  const end = room.byteLength - roomBehind
  const bytes = end - roomBefore
  const view = new DataView(room.buffer, room.byteOffset, room.byteLength)
  const start = roomBefore - sizeOfHead(bytes)
  view.setUint8(start, finalBinary)
  if (bytes < 126) view.setUint8(start + 1, bytes)
  else if (bytes < 65_536) {
    view.setUint8(start + 1, 126)
    view.setUint16(start + 2, bytes)
  } else {
    view.setUint8(start + 1, 127)
    view.setUint32(start + 2, Math.floor(bytes / 2 ** 32))
    view.setUint32(start + 6, bytes % 2 ** 32)
  }
  const digits = String(ping)
  view.setUint8(end, finalPing)
  view.setUint8(end + 1, digits.length)
  for (let nth = 0; nth < digits.length; nth++) view.setUint8(end + 2 + nth, digits.charCodeAt(nth))
  return { alone: room.subarray(start, end), asking: room.subarray(start, end + 2 + digits.length), ping, bytes }
}

function sizeOfHead(bytes: number): number {
  if (bytes < 126) return 2
  return bytes < 65_536 ? 4 : 10
}

import { messageRoom } from '../../src/core/hub.js'

/** A payload with the free bytes around it that the hub wants. */
export function inRoom(payload: Uint8Array): Uint8Array {
  const room = new Uint8Array(messageRoom.before + payload.byteLength + messageRoom.behind)
  room.set(payload, messageRoom.before)
  return room
}

/** What a client of a WebSocket gets of frames that a server wrote whole: the message, and the words of a ping behind it. */
export function readFrames(frames: Uint8Array): { readonly message: Uint8Array; readonly ping: string | null } {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength)
  if (view.getUint8(0) !== 0x82) throw new Error('not a whole frame with a binary message')
  const short = view.getUint8(1)
  const [head, bytes] =
    short < 126 ? [2, short] : short === 126 ? [4, view.getUint16(2)] : [10, Number(view.getBigUint64(2))]
  const end = head + bytes
  const message = frames.subarray(head, end)
  if (message.byteLength !== bytes) throw new Error('the frame breaks off')
  if (end === frames.byteLength) return { message, ping: null }
  const words = frames.subarray(end + 2)
  if (view.getUint8(end) !== 0x89 || view.getUint8(end + 1) !== words.byteLength)
    throw new Error('something else than a ping follows')
  return { message, ping: Buffer.from(words).toString('latin1') }
}

import type { Frame } from '../core/frame.js'
import { createPool, type FramePool } from '../core/pool.js'
import { checksum } from './value-text.js'

export type WatchedPool = FramePool & {
  /** From now on nobody may write to this frame (S6). */
  readonly seal: (frame: Frame) => void
  /** How many sealed frames are not what they were. */
  readonly written: () => number
}

/** A pool that sees writes to frames that were lent: memory is looked at again before it serves anew, and at the end. */
export function watchPool(): WatchedPool {
  const pool = createPool(64, null)
  let sealed: { readonly bytes: Uint8Array; readonly sum: string }[] = []
  let written = 0
  /** Looks again at what was sealed, or at what lies in one buffer, and forgets it. */
  const look = (buffer: ArrayBufferLike | null): void => {
    const looked = sealed.filter(({ bytes }) => buffer === null || bytes.buffer === buffer)
    sealed = sealed.filter((one) => !looked.includes(one))
    written += looked.filter(({ bytes, sum }) => checksum(bytes) !== sum).length
  }
  return {
    lease(shape) {
      const frame = pool.lease(shape)
      look(frame.bytes.buffer)
      return frame
    },
    count: () => pool.count(),
    idle: () => pool.idle(),
    seal(frame) {
      sealed.push({ bytes: frame.bytes, sum: checksum(frame.bytes) })
    },
    written() {
      look(null)
      return written
    },
  }
}

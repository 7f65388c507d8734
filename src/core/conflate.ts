import { Frame } from './frame.js'
import { keep, type Packet } from './packet.js'

/** Merges the value that waits with the one that arrives. */
export type Merge<T> = (waiting: T, arriving: T) => T

const endOf = ({ untilMs, capturedAtMs }: Packet<unknown>): number => untilMs ?? capturedAtMs

/**
 * Two packets as one that spans both: it is the first, and lasts until the later end. A restart of either is announced.
 *
 *     waiting    [10 ms, 20 ms] a
 *     arriving   [30 ms, 40 ms] b
 *     gives      [10 ms, 40 ms] merge(a, b)
 *
 * @returns the packet, and how to let go of the frame that it keeps
 */
export function conflate<T>(
  waiting: Packet<T>,
  arriving: Packet<T>,
  merge: Merge<T>,
): { readonly packet: Packet<T>; readonly letGo: () => void } {
  const value = merge(waiting.value, arriving.value)
  const untilMs = Math.max(endOf(waiting), endOf(arriving))
  const packet = { ...waiting, untilMs, epoch: Math.max(waiting.epoch, arriving.epoch), value }
  const letGo = keep(packet)
  // A frame that the merging made has nobody else who could give its maker's share back.
  if (value instanceof Frame && value !== waiting.value && value !== arriving.value) value.release()
  return { packet, letGo }
}

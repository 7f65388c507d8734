import { map, type OperatorFunction } from 'rxjs'
import { Frame } from './frame.js'
import { freeGate, type Gate } from './gate.js'

/** Where a stamp comes from (P2). `arrival` does not hold what came before it: an age that rests on it is "at least". */
export type StampKind = 'device' | 'medium' | 'browser' | 'arrival' | 'synthetic'
export type Stamp = { readonly kind: StampKind; readonly uncertaintyMs?: number }

/** The stream a packet was born in: live ones (camera, microphone) cannot wait, recorded ones can. */
export type Origin = { readonly name: string; readonly live: boolean }

/** One item with its time (P1). No operator rewrites origin, seq or capture time. */
export type Packet<T> = {
  readonly origin: Origin
  /** +1 for each item captured, so that a gap shows a loss at capture. */
  readonly seq: number
  /** Monotonic, on the run's clock, set once, at the source. */
  readonly capturedAtMs: number
  /** End of what lasts: sound, windows. Null for an instant. */
  readonly untilMs: number | null
  readonly stamp: Stamp
  /** How many of its stream were lost just before it (E8). */
  readonly lost: number
  /** How often what stands upstream was built anew (S3): where it grows, whoever keeps state of this stream begins anew. */
  readonly epoch: number
  readonly value: T
  /** Of the edge or recorded source that delivered it (E5). */
  readonly gate: Gate
}

export type Birth<T> = {
  readonly origin: Origin
  readonly seq: number
  readonly capturedAtMs: number
  readonly untilMs?: number | null
  readonly stamp: Stamp
  readonly lost?: number
  readonly epoch?: number
  readonly value: T
  readonly gate?: Gate
}

/** A packet is born, at a source. */
export function createPacket<T>(birth: Birth<T>): Packet<T> {
  const { origin, seq, capturedAtMs, untilMs = null, stamp, lost = 0, epoch = 0, value, gate = freeGate } = birth
  return { origin, seq, capturedAtMs, untilMs, stamp, lost, epoch, value, gate }
}

/** The same packet with another value: its time stays. */
export function withValue<T, R>(packet: Packet<T>, value: R): Packet<R> {
  const { origin, seq, capturedAtMs, untilMs, stamp, lost, epoch, gate } = packet
  return { origin, seq, capturedAtMs, untilMs, stamp, lost, epoch, value, gate }
}

/** The same packet as an edge delivers it: with the edge's gate, and what was lost just before it. */
export function delivered<T>(packet: Packet<T>, lostMore: number, gate: Gate): Packet<T> {
  const { origin, seq, capturedAtMs, untilMs, stamp, lost, epoch, value } = packet
  return { origin, seq, capturedAtMs, untilMs, stamp, lost: lost + lostMore, epoch, value, gate }
}

/** The same packet, told that what stands upstream was built anew so many times more (S3). */
export function renewed<T>(packet: Packet<T>, restarts: number): Packet<T> {
  if (restarts === 0) return packet
  const { origin, seq, capturedAtMs, untilMs, stamp, lost, epoch, value, gate } = packet
  return { origin, seq, capturedAtMs, untilMs, stamp, lost, epoch: epoch + restarts, value, gate }
}

/**
 * Maps the value and keeps the packet's time.
 *
 * @example
 * faces$.pipe(mapValue((faces) => faces.found.length))
 */
export function mapValue<T, R>(project: (value: T) => R): OperatorFunction<Packet<T>, Packet<R>> {
  return map((packet) => withValue(packet, project(packet.value)))
}

const nothing = (): void => undefined

/** Keeps what a packet lends (a frame) until the returned function is called. Costs nothing for plain values. */
export function keep(packet: Packet<unknown>): () => void {
  return packet.value instanceof Frame ? packet.value.share() : nothing
}

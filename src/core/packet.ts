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

/** What a packet says of its value: where it comes from, and its time. */
export type PacketFacts = Omit<Packet<unknown>, 'value' | 'gate'>

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

/** A packet is born, at a source; a frame in it is written by then. */
export function createPacket<T>(birth: Birth<T>): Packet<T> {
  const { origin, seq, capturedAtMs, untilMs = null, stamp, lost = 0, epoch = 0, value, gate = freeGate } = birth
  if (value instanceof Frame) value.seal()
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
 * One packet of several of a stream (P1): origin, number, capture time and stamp are those of the first; it lasts until the
 * end of the last, and carries the gate of that (E5).
 *
 * @param lost how many of the stream were lost among them and just before them (E8)
 */
export function aggregate<R>(first: Packet<unknown>, last: Packet<unknown>, lost: number, value: R): Packet<R> {
  const { origin, seq, capturedAtMs, stamp, epoch } = first
  // Of one that was stamped before the first, an interval would end before it begins.
  const untilMs = Math.max(capturedAtMs, last.untilMs ?? last.capturedAtMs)
  return { origin, seq, capturedAtMs, untilMs, stamp, lost, epoch, value, gate: last.gate }
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

/**
 * Keeps what a packet lends until the returned function is called: a frame, or the frames within arrays (a window) and plain
 * records (a join), one within the other at most. Costs nothing for plain values.
 *
 * @throws SaccadeError `stale-frame` where one was given back already; then none is kept
 */
export function keep({ value }: Packet<unknown>): () => void {
  if (value instanceof Frame) return value.share()
  const frames = framesIn(value, 2)
  if (frames === none) return nothing
  const shares: (() => void)[] = []
  const giveBack = (): void => {
    for (const share of shares) share()
  }
  try {
    for (const frame of frames) shares.push(frame.share())
  } catch (error) {
    giveBack()
    throw error
  }
  return giveBack
}

/** Whether a value is lent: a frame, or holds some. */
export function lends(value: unknown): boolean {
  return value instanceof Frame || framesIn(value, 2) !== none
}

const none: readonly Frame[] = []

/** The frames in a list or record, so many levels down; nothing is allocated for plain values. */
function framesIn(value: unknown, levels: number): readonly Frame[] {
  if (typeof value !== 'object' || value === null || !(Array.isArray(value) || isRecord(value))) return none
  let found = none
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) found = withFrames(found, item, levels)
  } else for (const key in value) found = withFrames(found, (value as Readonly<Record<string, unknown>>)[key], levels)
  return found
}

function withFrames(found: readonly Frame[], item: unknown, levels: number): readonly Frame[] {
  if (typeof item !== 'object') return found
  const more = item instanceof Frame ? [item] : levels > 1 ? framesIn(item, levels - 1) : none
  return more === none ? found : found === none ? more : [...found, ...more]
}

/** What is written as `{ … }`: an object of a class keeps its own. */
function isRecord(value: object): boolean {
  const kind: unknown = Object.getPrototypeOf(value)
  return kind === Object.prototype || kind === null
}

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

/** Keeps what a packet lends (a frame, or those in the list or record that a window or join gives) until the returned function is called. */
export function keep(packet: Packet<unknown>): () => void {
  const { value } = packet
  if (value instanceof Frame) return value.share()
  const frames = framesIn(value, 2)
  if (frames === none) return nothing
  const shares = frames.map((frame) => frame.share())
  return () => {
    for (const letGo of shares) letGo()
  }
}

/** Whether a value is lent: a frame, or holds some. */
export function lends(value: unknown): boolean {
  return value instanceof Frame || framesIn(value, 2) !== none
}

const none: readonly Frame[] = []

/** The frames in a list or record, so many levels down; nothing is allocated for plain values. */
function framesIn(value: unknown, levels: number): readonly Frame[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return none
  let found = none
  if (Array.isArray(value)) {
    // A list is of one kind: numbers need not be looked through.
    if (typeof value[0] !== 'object') return none
    for (const item of value as readonly unknown[]) found = withFrames(found, item, levels)
  } else for (const key in value) found = withFrames(found, (value as Readonly<Record<string, unknown>>)[key], levels)
  return found
}

function withFrames(found: readonly Frame[], item: unknown, levels: number): readonly Frame[] {
  if (typeof item !== 'object') return found
  const more = item instanceof Frame ? [item] : levels > 1 ? framesIn(item, levels - 1) : none
  return more === none ? found : found === none ? more : [...found, ...more]
}

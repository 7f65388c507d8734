import { Observable, type Subscriber, type Subscription } from 'rxjs'
import type { Meter } from './meter.js'
import { createPacket, type Origin, type Packet } from './packet.js'
import type { Restart, StageContext } from './stage.js'
import { Supervision } from './supervision.js'

type Packets = Observable<Packet<unknown>>
type Results = Readonly<Record<string, Packets>>

/** A stream of packets over all lives of its source: one origin, one count, a time that does not go back (T3). */
type Line = { readonly origin: Origin; nextSeq: number; lastMs: number; fromSeq: number; life: number }

/** Who listens to a result, in this life and the next. */
type Listener = {
  readonly result: string
  readonly downstream: Subscriber<Packet<unknown>>
  readonly lines: Map<string, Line>
  reading: Subscription | null
}

/** Of one life: how far its stamps are put off, so that none comes before those of the life before. */
type Life = { readonly opened: Results; readonly nth: number; putOffMs: number }

/**
 * A stream that is opened anew after an error (S3): all its results together, as they share one clock. To who listens it stays
 * one stream: the same origin, numbers that go on, times that do not go back; the epoch says which life a packet is of.
 * A result that has completed stays so.
 *
 *     opens  o----x  o----    the camera is pulled out, and plugged in again
 *     out    -0-1-----2-3-    the numbers go on; 2 and 3 say epoch: 1
 */
export function superviseStream(
  names: readonly string[],
  open: () => Results,
  restart: Restart,
  context: StageContext,
): Results {
  const { runtime, name } = context
  const listeners = new Set<Listener>()
  let life: Life | null = null
  let down = false
  const meters = (): readonly Meter[] =>
    names.flatMap((result) => runtime.meters.get(`${name}.${result}`) ?? []).concat(context.meter)
  const supervision = new Supervision(restart, context, meters)

  const begin = (): void => {
    down = false
    try {
      life = { opened: runtime.run(open), nth: supervision.restarts, putOffMs: 0 }
    } catch (thrown) {
      died(thrown)
      return
    }
    for (const listener of [...listeners]) read(listener)
  }

  const read = (listener: Listener): void => {
    const current = life
    if (current === null || listener.reading !== null) return
    const { result, downstream } = listener
    listener.reading =
      current.opened[result]?.subscribe({
        next: (packet) => {
          downstream.next(current.nth === 0 ? first(listener, packet) : continued(listener, packet, current))
        },
        error: died,
        complete: () => {
          listeners.delete(listener)
          downstream.complete()
        },
      }) ?? null
    if (life !== current) stopReading(listener)
  }

  const died = (thrown: unknown): void => {
    life = null
    down = true
    for (const listener of listeners) stopReading(listener)
    const end = (tell: (downstream: Subscriber<Packet<unknown>>) => void): void => {
      down = false
      const all = [...listeners]
      listeners.clear()
      for (const { downstream } of all) tell(downstream)
    }
    if (runtime.stopping.aborted) {
      supervision.ended(thrown)
      end((downstream) => {
        downstream.complete()
      })
      return
    }
    const error = supervision.died(thrown, begin)
    if (error === null) return
    end((downstream) => {
      downstream.error(error)
    })
  }

  const onStopping = (): void => {
    if (!down) return
    supervision.cancel()
    for (const meter of meters()) meter.completed()
    for (const { downstream } of [...listeners]) downstream.complete()
  }

  const listen = (result: string): Packets =>
    new Observable((downstream) => {
      const listener: Listener = { result, downstream, lines: new Map(), reading: null }
      if (listeners.size === 0) runtime.stopping.addEventListener('abort', onStopping)
      listeners.add(listener)
      downstream.add(() => {
        stopReading(listener)
        listeners.delete(listener)
        if (listeners.size > 0) return
        runtime.stopping.removeEventListener('abort', onStopping)
        supervision.cancel()
        for (const meter of meters()) meter.stopped()
        life = null
        down = false
      })
      if (life !== null) read(listener)
      else if (!down) begin()
    })

  return Object.fromEntries(names.map((result) => [result, listen(result)]))
}

function stopReading(listener: Listener): void {
  const { reading } = listener
  listener.reading = null
  reading?.unsubscribe()
}

/** A packet of the first life, as it is; what has to be known for the next one is kept. */
function first({ lines }: Listener, packet: Packet<unknown>): Packet<unknown> {
  const { origin, seq, capturedAtMs } = packet
  const line = lines.get(origin.name)
  if (line === undefined)
    lines.set(origin.name, { origin, nextSeq: seq + 1, lastMs: capturedAtMs, fromSeq: 0, life: 0 })
  else {
    line.nextSeq = seq + 1
    line.lastMs = capturedAtMs
  }
  return packet
}

/** A packet of a later life, as the next one of the same stream. */
function continued({ lines }: Listener, packet: Packet<unknown>, life: Life): Packet<unknown> {
  let line = lines.get(packet.origin.name)
  if (line === undefined) {
    line = { origin: packet.origin, nextSeq: 0, lastMs: -Infinity, fromSeq: 0, life: life.nth }
    lines.set(packet.origin.name, line)
  }
  if (line.life < life.nth) {
    line.life = life.nth
    line.fromSeq = line.nextSeq
    life.putOffMs = Math.max(life.putOffMs, line.lastMs - packet.capturedAtMs)
  }
  const { stamp, lost, value, gate, untilMs } = packet
  const seq = line.fromSeq + packet.seq
  const capturedAtMs = packet.capturedAtMs + life.putOffMs
  line.nextSeq = seq + 1
  line.lastMs = capturedAtMs
  return createPacket({
    origin: line.origin,
    seq,
    capturedAtMs,
    untilMs: untilMs === null ? null : untilMs + life.putOffMs,
    stamp,
    lost,
    epoch: packet.epoch + life.nth,
    value,
    gate,
  })
}

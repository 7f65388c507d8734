import { Observable, Subject, type Subscriber } from 'rxjs'
import type { VirtualClock } from '../core/virtual-clock.js'
import { SaccadeError } from '../core/errors.js'
import { CountingGate, freeGate, type Gate } from '../core/gate.js'
import { createPacket, type Origin, type Packet } from '../core/packet.js'
import type { FramePool } from '../core/pool.js'
import type { Happening } from './marbles.js'
import { Picture } from './picture.js'

/** A stream that was drawn, and who was subscribed to it from when to when; null: until the end. */
export type DrawnStream<T> = Observable<Packet<T>> & {
  readonly subscriptions: readonly { readonly fromMs: number; readonly toMs: number | null }[]
}

/** What a drawn stream stands on. */
export type Ground = { readonly clock: VirtualClock; readonly pool: FramePool }

type Drawn = readonly Happening[]

/** Says when whom it was given to came and went. */
function logged<T>(clock: VirtualClock, subscribe: (downstream: Subscriber<Packet<T>>) => () => void): DrawnStream<T> {
  const subscriptions: { fromMs: number; toMs: number | null }[] = []
  const stream = new Observable<Packet<T>>((downstream) => {
    const entry: (typeof subscriptions)[number] = { fromMs: clock.nowMs(), toMs: null }
    subscriptions.push(entry)
    const end = subscribe(downstream)
    return () => {
      entry.toMs = clock.nowMs()
      end()
    }
  })
  return Object.assign(stream, { subscriptions })
}

/** A picture becomes a frame, lent for the length of the call (S6). */
export function lend(pool: FramePool, value: unknown, call: (value: unknown) => void): void {
  if (!(value instanceof Picture)) {
    call(value)
    return
  }
  const frame = value.lease(pool)
  try {
    call(frame)
  } finally {
    frame.release()
  }
}

/** Gives one happening after the other to whoever is subscribed. */
function teller<T>({ clock, pool }: Ground, origin: Origin, gate: Gate = freeGate) {
  let seq = 0
  return (happening: Happening, to: { next(packet: Packet<T>): void; error(e: unknown): void; complete(): void }) => {
    if (happening.what === 'complete') to.complete()
    else if (happening.what === 'error') to.error(drawnError())
    else {
      lend(pool, happening.value, (value) => {
        const facts = { origin, seq: seq++, capturedAtMs: clock.nowMs(), stamp: { kind: 'synthetic' } as const, gate }
        to.next(createPacket({ ...facts, value: value as T }))
      })
    }
  }
}

/** Runs from when it was drawn, whoever listens; it waits for nobody. */
export function hotStream<T>(ground: Ground, origin: Origin, drawn: Drawn): DrawnStream<T> {
  const { clock } = ground
  const startMs = clock.nowMs()
  const all$ = new Subject<Packet<T>>()
  const tell = teller<T>(ground, origin)
  for (const happening of drawn) {
    clock.at(startMs + happening.atMs, () => {
      tell(happening, all$)
    })
  }
  return logged(clock, (downstream) => {
    const subscription = all$.subscribe(downstream)
    return () => {
      subscription.unsubscribe()
    }
  })
}

/** Begins anew for each who subscribes; it waits for nobody. */
export function coldStream<T>(ground: Ground, origin: Origin, drawn: Drawn): DrawnStream<T> {
  const { clock } = ground
  return logged(clock, (downstream) => {
    const tell = teller<T>(ground, origin)
    const cancels = drawn.map((happening) =>
      clock.at(clock.nowMs() + happening.atMs, () => {
        tell(happening, downstream)
      }),
    )
    return () => {
      for (const cancel of cancels) cancel()
    }
  })
}

/** Begins anew for each who subscribes; each item waits for its time, and until the gate of the one before it is open (E5). */
export function recordedStream<T>(ground: Ground, origin: Origin, drawn: Drawn): DrawnStream<T> {
  const { clock } = ground
  return logged(clock, (downstream) => {
    const startMs = clock.nowMs()
    const waiting = [...drawn]
    let giving = false
    let cancel: () => void = () => undefined
    const giveDue = (): void => {
      if (giving) return
      giving = true
      cancel()
      for (let next = waiting[0]; next !== undefined && gate.open && !downstream.closed; next = waiting[0]) {
        if (startMs + next.atMs > clock.nowMs()) {
          cancel = clock.at(startMs + next.atMs, giveDue)
          break
        }
        waiting.shift()
        tell(next, downstream)
      }
      giving = false
    }
    const gate = new CountingGate(giveDue)
    const tell = teller<T>(ground, origin, gate)
    cancel = clock.at(startMs, giveDue)
    return () => {
      cancel()
      waiting.length = 0
    }
  })
}

const drawnError = (): SaccadeError =>
  new SaccadeError('the error that was drawn', { code: 'stage', remedy: 'none is needed' })

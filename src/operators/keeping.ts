import { Observable, type OperatorFunction } from 'rxjs'
import { drive } from '../core/drive.js'
import type { Packet } from '../core/packet.js'
import type { StageContext } from '../core/stage.js'

/** A packet that is to go on, and what goes with it. */
export type Outgoing<Out> = {
  readonly packet: Packet<Out>
  /** When the first of what it stands for was taken. */
  readonly sinceMs: number
  /** How many more went into it (E7). */
  readonly merged: number
  readonly letGo: () => void
}

/** A timer that is set anew; it rings once. */
export type Alarm = { readonly set: (dueMs: number) => void; readonly clear: () => void }

/** The state of an operator that keeps packets. None of these calls anyone downstream. */
export type Keeper<In> = {
  readonly take: (packet: Packet<In>, nowMs: number) => void
  /** No more will come: gives or drops what is kept. */
  readonly finish: (nowMs: number) => void
  /** Drops what is kept as `shutdown`. */
  readonly discard: () => void
}

export type KeeperParts<Out> = {
  readonly meter: StageContext['meter']
  /** Hands on, after the call that it belongs to: whatever happens downstream meets a state that is whole. */
  readonly give: (outgoing: Outgoing<Out>) => void
  readonly alarm: (ring: (nowMs: number) => void) => Alarm
}

/**
 * Makes an operator of the state of one that keeps packets for a while: it counts them (E7), holds no gate meanwhile (E5), gives
 * in order even where giving brings the next one in, passes errors on at once, and leaves neither timer nor frame behind.
 */
export function keeping<In, Out>(
  { runtime, meter }: StageContext,
  createKeeper: (parts: KeeperParts<Out>) => Keeper<In>,
): OperatorFunction<Packet<In>, Packet<Out>> {
  const { clock } = runtime
  return (source) =>
    new Observable((downstream) => {
      const outgoing: Outgoing<Out>[] = []
      const cancels: (() => void)[] = []
      let giving = false
      let completed = false

      const giveOne = ({ packet, sinceMs, merged, letGo }: Outgoing<Out>): void => {
        const nowMs = clock.nowMs()
        meter.merged(merged)
        meter.gave(nowMs - sinceMs, nowMs - packet.capturedAtMs, nowMs)
        try {
          downstream.next(packet)
        } finally {
          letGo()
        }
      }

      const drain = (): void => {
        if (giving) return
        giving = true
        try {
          for (let next = outgoing.shift(); next !== undefined; next = outgoing.shift()) giveOne(next)
        } finally {
          giving = false
        }
        if (!completed) return
        meter.completed()
        downstream.complete()
      }

      const keeper = createKeeper({
        meter,
        give: (one) => outgoing.push(one),
        alarm: (ring) => {
          const alarm = createAlarm(clock, () => {
            ring(clock.nowMs())
            drain()
          })
          cancels.push(alarm.clear)
          return alarm
        },
      })

      const discard = (): void => {
        for (const cancel of cancels) cancel()
        keeper.discard()
        for (const { merged, letGo } of outgoing.splice(0)) {
          letGo()
          meter.dropped('shutdown', 1 + merged)
        }
      }

      downstream.add(discard)
      drive(
        source,
        downstream,
        (packet) => {
          meter.took()
          keeper.take(packet, clock.nowMs())
          drain()
        },
        () => {
          keeper.finish(clock.nowMs())
          completed = true
          drain()
        },
        (error) => {
          meter.failed(error)
          downstream.error(error)
        },
      )
    })
}

/** Moving it to later costs nothing: it rings early, sees that, and is set again. */
function createAlarm(clock: StageContext['runtime']['clock'], ring: () => void): Alarm {
  let cancel: (() => void) | null = null
  let dueMs = Infinity
  let setForMs = Infinity
  const arm = (): void => {
    setForMs = dueMs
    cancel = clock.at(dueMs, () => {
      cancel = null
      if (clock.nowMs() < dueMs) arm()
      else ring()
    })
  }
  return {
    set(atMs) {
      dueMs = atMs
      if (cancel !== null && setForMs <= dueMs) return
      cancel?.()
      arm()
    },
    clear() {
      cancel?.()
      cancel = null
    },
  }
}

import { defer, Observable, type OperatorFunction, skip, Subscription } from 'rxjs'
import type { Changing } from './changing.js'
import { drive } from './drive.js'
import { Inlet } from './inlet.js'
import { type Origin, type Packet, renewed } from './packet.js'
import type { Meter } from './meter.js'
import type { Restart, StageContext } from './stage.js'
import { Supervision } from './supervision.js'

type Packets<T> = Observable<Packet<T>>

/** What a supervised stage is fed from, the meter that counts it, and whether the stage can go on without it: the side of a join. */
export type SupervisedInput = {
  readonly packets$: Packets<unknown>
  readonly meter: Meter
  readonly spare?: boolean
}

/** Why a stage has more lives than one. */
export type Lives = {
  /** After an error; null: that is its end. */
  readonly restart: Restart | null
  /** After a change of its options. */
  readonly changing: Changing | null
}

/**
 * Runs a stage that is built anew: after an error (S3), as often and as fast as `restart` allows, then it fails; and when its
 * options change. What failed with the stage is counted as `error`; a life whose options have changed ends with what it has
 * taken. Until the next one begins, its input waits in the edges before it; its output carries how often it was built anew. An
 * error from upstream goes through, as no life of this stage can mend it.
 *
 *     in    -a-b-c-d-e-f-    the stage dies of b; c and d wait in the edge before it, which keeps the newest
 *     out   -a-------d-e-    d says lost: 2 and epoch: 1
 */
export function superviseOperator<In, Out>(
  create: () => OperatorFunction<Packet<In>, Packet<Out>>,
  lives: Lives,
  context: StageContext,
): OperatorFunction<Packet<In>, Packet<Out>> {
  return (source) =>
    supervise(
      [{ packets$: source, meter: context.meter }],
      ([inside$]) => create()(inside$ as Packets<In>),
      lives,
      context,
      true,
    )
}

/**
 * The same for a stage with several inputs, or one that gives nothing (a sink).
 *
 * @param build a life: called with what it is to be fed from, one Observable for each input, and how many lives were before it
 * @param answers whether what it gives answers what it takes: then what was lost with a life is told by the next (E8)
 */
export function supervise<Out>(
  inputs: readonly SupervisedInput[],
  build: (insides: readonly Packets<unknown>[], nth: number) => Packets<Out>,
  { restart, changing }: Lives,
  context: StageContext,
  answers = false,
): Packets<Out> {
  const { runtime, meter } = context
  const { clock } = runtime
  return new Observable((downstream) => {
    const supervision = restart === null ? null : new Supervision(restart, context, () => [meter])
    const inlets = inputs.map((input) => new Inlet<unknown>(input.meter))
    let life = Subscription.EMPTY
    let lives = 0
    let down = false
    const isDown = (): boolean => down
    /** Its options have changed: it ends, and another follows. */
    let ending = false
    let open = inputs.length
    let upstreamFailed = false

    const complete = (): void => {
      meter.completed()
      downstream.complete()
    }

    const begin = (): void => {
      down = false
      const nth = lives++
      const gave = new Map<Origin, number>()
      const leftOut = meter.leftOut
      /** What came and was not given is told by the next life. */
      const settle = (): void => {
        if (!answers) return
        for (const [index, inlet] of inlets.entries())
          if (inputs[index]?.spare !== true) inlet.settle(gave, meter.leftOut - leftOut)
      }
      let over = false
      const insides = inlets.map((inlet) => inlet.begin())
      life = defer(() => runtime.run(() => build(insides, nth))).subscribe({
        next: (packet) => {
          if (answers) gave.set(packet.origin, (gave.get(packet.origin) ?? 0) + 1 + packet.lost)
          downstream.next(renewed(packet, nth))
        },
        error: died,
        complete: () => {
          over = true
          if (!ending || open === 0) {
            complete()
            return
          }
          ending = false
          settle()
          meter.revived()
          begin()
        },
      })
      // Last, when the life has let go of all that was its own.
      life.add(() => {
        if (!down || over) return
        if (meter.held > 0) meter.dropped('error', meter.held)
        settle()
      })
      // One that is let go may deliver at once, and the stage die of it.
      for (const inlet of inlets) if (!isDown()) inlet.letGo()
    }

    /** Nothing follows: what comes is discarded, and when nothing comes any more it is complete. */
    const leave = (): void => {
      supervision?.cancel()
      for (const inlet of inlets) inlet.leave()
      if (open === 0) complete()
    }

    const died = (thrown: unknown): void => {
      if (upstreamFailed || supervision === null) {
        downstream.error(thrown)
        return
      }
      down = true
      ending = false
      for (const inlet of inlets) inlet.hold('error')
      if (runtime.stopping.aborted || open === 0) {
        supervision.ended(thrown)
        leave()
        return
      }
      const error = supervision.died(thrown, begin)
      if (error !== null) downstream.error(error)
    }

    /** A life that is down, or ends already, is followed by one that has the new options anyway. */
    const change = (): void => {
      if (down || ending || downstream.closed) return
      ending = true
      for (const inlet of inlets) inlet.hold('overflow')
      for (const inlet of inlets) inlet.end()
    }

    const onStopping = (): void => {
      if (down) leave()
    }
    runtime.stopping.addEventListener('abort', onStopping)
    // Not in the turn of the change: that may be one in which this very stage delivers.
    let cancelChange: (() => void) | null = null
    const changes = changing?.pipe(skip(1)).subscribe(() => {
      cancelChange ??= clock.at(clock.nowMs(), () => {
        cancelChange = null
        change()
      })
    })
    downstream.add(() => {
      runtime.stopping.removeEventListener('abort', onStopping)
      changes?.unsubscribe()
      cancelChange?.()
      supervision?.cancel()
    })
    begin()
    const ended = (): void => {
      open--
      if (down && open === 0) leave()
    }
    for (const [index, { packets$, spare = false }] of inputs.entries()) {
      const inlet = inlets[index] as Inlet<unknown>
      drive(
        packets$,
        downstream,
        (packet) => {
          inlet.offer(packet)
        },
        () => {
          inlet.complete()
          ended()
        },
        (error) => {
          if (spare) {
            inlet.error(error)
            ended()
            return
          }
          upstreamFailed = true
          if (!down) inlet.error(error)
          else {
            supervision?.cancel()
            meter.failed(error)
            downstream.error(error)
          }
        },
      )
    }
    // Last, when upstream is gone: an edge whose gate opens would deliver to a stage that has ended.
    downstream.add(() => {
      life.unsubscribe()
      for (const inlet of inlets) inlet.letGo()
    })
  })
}

import { defer, Observable, type OperatorFunction, Subscription } from 'rxjs'
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

/**
 * Runs a stage that is built anew after an error (S3), as often and as fast as `restart` allows; then it fails. What failed
 * with the stage is counted as `error`. While it is down, its input waits in the edges before it; its output carries how
 * often it was built anew. An error from upstream goes through, as no life of this stage can mend it.
 *
 *     in    -a-b-c-d-e-f-    the stage dies of b; c and d wait in the edge before it, which keeps the newest
 *     out   -a-------d-e-    d says lost: 2 and epoch: 1
 */
export function superviseOperator<In, Out>(
  create: () => OperatorFunction<Packet<In>, Packet<Out>>,
  restart: Restart,
  context: StageContext,
): OperatorFunction<Packet<In>, Packet<Out>> {
  return (source) =>
    supervise(
      [{ packets$: source, meter: context.meter }],
      ([inside$]) => create()(inside$ as Packets<In>),
      restart,
      context,
      true,
    )
}

/**
 * The same for a stage with several inputs, or one that gives nothing (a sink).
 *
 * @param build a life: called with what it is to be fed from, one Observable for each input, and how many restarts there were
 * @param answers whether what it gives answers what it takes: then what died with a life is told by the next (E8)
 */
export function supervise<Out>(
  inputs: readonly SupervisedInput[],
  build: (insides: readonly Packets<unknown>[], restarts: number) => Packets<Out>,
  restart: Restart,
  context: StageContext,
  answers = false,
): Packets<Out> {
  const { runtime, meter } = context
  return new Observable((downstream) => {
    const supervision = new Supervision(restart, context, () => [meter])
    const inlets = inputs.map((input) => new Inlet<unknown>(input.meter))
    let life = Subscription.EMPTY
    let down = false
    const isDown = (): boolean => down
    let open = inputs.length
    let upstreamFailed = false

    const complete = (): void => {
      meter.completed()
      downstream.complete()
    }

    const begin = (): void => {
      down = false
      const gave = new Map<Origin, number>()
      const leftOut = meter.leftOut
      const insides = inlets.map((inlet) => inlet.begin())
      life = defer(() => runtime.run(() => build(insides, supervision.restarts))).subscribe({
        next: (packet) => {
          if (answers) gave.set(packet.origin, (gave.get(packet.origin) ?? 0) + 1 + packet.lost)
          downstream.next(renewed(packet, supervision.restarts))
        },
        error: died,
        complete,
      })
      // Last, when the life has let go of all that was its own.
      life.add(() => {
        if (!down) return
        if (meter.held > 0) meter.dropped('error', meter.held)
        if (answers)
          for (const [index, inlet] of inlets.entries())
            if (inputs[index]?.spare !== true) inlet.settle(gave, meter.leftOut - leftOut)
      })
      // One that is let go may deliver at once, and the stage die of it.
      for (const inlet of inlets) if (!isDown()) inlet.letGo()
    }

    /** Nothing follows: what comes is discarded, and when nothing comes any more it is complete. */
    const leave = (): void => {
      supervision.cancel()
      for (const inlet of inlets) inlet.leave()
      if (open === 0) complete()
    }

    const died = (thrown: unknown): void => {
      if (upstreamFailed) {
        downstream.error(thrown)
        return
      }
      down = true
      for (const inlet of inlets) inlet.hold()
      if (runtime.stopping.aborted || open === 0) {
        supervision.ended(thrown)
        leave()
        return
      }
      const error = supervision.died(thrown, begin)
      if (error !== null) downstream.error(error)
    }

    const onStopping = (): void => {
      if (down) leave()
    }
    runtime.stopping.addEventListener('abort', onStopping)
    downstream.add(() => {
      runtime.stopping.removeEventListener('abort', onStopping)
      supervision.cancel()
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
            supervision.cancel()
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

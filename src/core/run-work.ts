import {
  firstValueFrom,
  from,
  fromEvent,
  isObservable,
  Observable,
  type ObservableInput,
  type OperatorFunction,
  takeUntil,
} from 'rxjs'
import { defaultEdge } from './default-edge.js'
import { drive } from './drive.js'
import { Edge } from './edge.js'
import { asSaccadeError } from './errors.js'
import { keep, type Packet, withValue } from './packet.js'
import type { Port, StageContext } from './stage.js'

type Work<In, Out> = ((
  value: In,
  about: { readonly signal: AbortSignal; readonly packet: Packet<In> },
) => ObservableInput<Out>) & {
  readonly open?: () => Promise<void>
  readonly close?: () => Promise<void>
}

/**
 * Runs asynchronous work, one item at a time, in order of input.
 * While an item is under way the gate of its packet is held, so that an edge upstream waits (E5); where no edge stands
 * upstream, the default one of E4 is brought along when it is first needed.
 *
 *     in    -a-b-c-d------
 *     work   [---] [---]
 *     out   -----a-----d--      b and c were overtaken in the edge before it
 */
export function runWork<In, Out>(
  createWork: () => Work<In, Out>,
  input: Port<In>,
  context: StageContext,
): OperatorFunction<Packet<In>, Packet<Out>> {
  const { runtime, meter, name } = context
  const { clock } = runtime
  return (source) =>
    new Observable((downstream) => {
      const work = createWork()
      const stop = new AbortController()
      let busy = true
      let completed = false
      let waiting: Edge<In> | null = null
      let cancel: () => void = () => undefined
      /** Gates held while busy. */
      let held: (() => void)[] = []

      const finishIfDone = (): void => {
        if (!completed || busy) return
        if (waiting !== null && waiting.length > 0) return
        meter.completed()
        downstream.complete()
      }

      const free = (): void => {
        busy = false
        const letGo = held
        held = []
        for (const release of letGo) release()
        finishIfDone()
      }

      const start = (packet: Packet<In>): void => {
        busy = true
        held.push(packet.gate.hold())
        if (waiting !== null && packet.gate !== waiting.gate) held.push(waiting.gate.hold())
        meter.took()
        const letFrameGo = keep(packet)
        const tookAtMs = clock.nowMs()
        const run = async (): Promise<Out> => {
          try {
            const input = work(packet.value, { signal: stop.signal, packet })
            // An Observable is let go when the stage ends; a promise goes on reading its frame until it settles.
            return await firstValueFrom(
              isObservable(input) ? input.pipe(takeUntil(fromEvent(stop.signal, 'abort'))) : from(input),
            )
          } finally {
            letFrameGo()
          }
        }
        cancel = clock.work(
          { stage: name, seq: packet.seq },
          () => {
            const running = run()
            runtime.track(name, running)
            return running
          },
          (answer) => {
            if (answer.ok) {
              const nowMs = clock.nowMs()
              meter.gave(nowMs - tookAtMs, nowMs - packet.capturedAtMs, nowMs)
              downstream.next(withValue(packet, answer.value))
            } else {
              meter.dropped('error')
              const error = asSaccadeError(answer.error, {
                code: 'stage',
                remedy: 'see the cause; onError: skip lets the stage go on with the next item',
              }).at({ stage: name, origin: packet.origin.name, seq: packet.seq })
              if (context.how.onError === 'skip')
                runtime.tellOnce('warning', `${name} skipped an item: ${error.message}`)
              else {
                meter.failed(error.message)
                downstream.error(error)
                return
              }
            }
            free()
          },
        )
      }

      const wait = (packet: Packet<In>): void => {
        if (waiting === null) {
          waiting = new Edge(defaultEdge(input, packet.origin.live), {
            clock,
            // That of the life before, where this is not the first (S3).
            meter: runtime.meter(`${name}/queue`),
            deliver: start,
            failed: (error) => {
              downstream.error(error)
            },
          })
          held.push(waiting.gate.hold())
        }
        waiting.offer(packet)
      }

      downstream.add(() => {
        stop.abort()
        cancel()
        if (busy && meter.held > 0) meter.dropped('shutdown', meter.held)
        waiting?.discard()
        if (work.close !== undefined) runtime.track(name, work.close())
      })

      if (work.open === undefined) busy = false
      else {
        const opening = work.open()
        runtime.opening(opening)
        opening.then(
          () => {
            if (!downstream.closed) free()
          },
          (thrown: unknown) => {
            const error = asSaccadeError(thrown, { code: 'stage', remedy: 'see the cause' }).at({ stage: name })
            meter.failed(error.message)
            downstream.error(error)
          },
        )
      }

      drive(
        source,
        downstream,
        (packet) => {
          if (busy) wait(packet)
          else start(packet)
        },
        () => {
          completed = true
          finishIfDone()
        },
        (error) => {
          meter.failed(error)
          downstream.error(error)
        },
      )
      // Last, when upstream is gone: an edge whose gate opens would deliver to a stage that has ended.
      downstream.add(() => {
        for (const release of held) release()
        held = []
      })
    })
}

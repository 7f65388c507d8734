import { Observable, type OperatorFunction } from 'rxjs'
import { defaultEdge } from './default-edge.js'
import { drive } from './drive.js'
import { Edge } from './edge.js'
import { asSaccadeError, type SaccadeError } from './errors.js'
import { freeGate } from './gate.js'
import type { Work } from './item.js'
import type { Packet } from './packet.js'
import { Process, type ProcessOptions } from './process.js'
import type { Port, StageContext } from './stage.js'

type OpenedWork<In, Out> = Work<In, Out> & {
  readonly open?: () => Promise<void>
  readonly close?: () => Promise<void>
}

type Ways<In> = Pick<ProcessOptions<In>, 'by'> & {
  /** What arrives while it can take no more is dropped, not kept. */
  readonly keepsNothing?: boolean
}

/**
 * Runs asynchronous work as the context says: so many at once, in order, each within its time.
 * While it can take no more it holds the gate of the packet that it took last, so that an edge upstream waits (E5); where no
 * edge stands upstream, the default one of E4 is brought along when it is first needed.
 *
 *     in    -a-b-c-d------
 *     work   [---] [---]
 *     out   -----a-----d--      b and c were overtaken in the edge before it
 */
export function runProcess<In, Out>(
  createWork: () => OpenedWork<In, Out>,
  input: Port<In>,
  context: StageContext,
  { by, keepsNothing = false }: Ways<In> = {},
): OperatorFunction<Packet<In>, Packet<Out>> {
  const { runtime, meter, name, how } = context
  const { clock } = runtime
  return (source) =>
    new Observable((downstream) => {
      const work = createWork()
      let opening = work.open !== undefined
      let completed = false
      let waiting: Edge<In> | null = null
      /** Gates of those that feed it, held while it can take no more. */
      let held: (() => void)[] = []
      /** The same for what waits here. */
      let openWaiting: (() => void) | null = null
      /** Whose turn it is when there is room: so that neither has to wait for ever. */
      let waitingIsNext = true

      const fail = (error: SaccadeError): void => {
        meter.failed(error.message)
        downstream.error(error)
      }

      const working = new Process<In, Out>(by === undefined ? how : { ...how, by }, {
        clock,
        meter,
        name,
        work,
        give: (packet) => {
          downstream.next(packet)
        },
        failed: fail,
        skipped: (error) => {
          runtime.tellOnce('warning', `${name} skipped an item: ${error.message}`)
        },
        left: () => {
          makeRoom()
        },
      })

      const isFull = (): boolean => opening || working.full

      const holdWaiting = (): void => {
        if (waiting !== null) openWaiting ??= waiting.gate.hold()
      }

      const take = (packet: Packet<In>): void => {
        working.take(packet)
        if (!isFull() || downstream.closed) return
        waitingIsNext = packet.gate !== waiting?.gate
        if (waitingIsNext) held.push(packet.gate.hold())
        holdWaiting()
      }

      const wait = (packet: Packet<In>): void => {
        if (waiting === null) {
          const options = defaultEdge(input, packet.origin.live)
          // That of the life before, where this is not the first (S3).
          const waitingMeter = runtime.meter(`${name}/queue`)
          waiting = new Edge<In>(options, { clock, meter: waitingMeter, deliver: take, failed: fail })
          if (isFull()) holdWaiting()
        }
        waiting.offer(packet)
      }

      /**
       * Who has no gate to be held by comes through the edge once there is one. The others need not, but where packets of
       * their stream wait there, or losses that the next one there is to tell (S2, E8).
       */
      const mayPass = ({ origin, gate }: Packet<In>): boolean =>
        waiting === null || (gate !== freeGate && !waiting.concerns(origin))

      const arrive = (packet: Packet<In>): void => {
        if (!isFull() && mayPass(packet)) take(packet)
        else if (keepsNothing) {
          meter.took()
          meter.dropped('overflow')
          working.lose(packet)
        } else wait(packet)
      }

      const letWaitingGo = (): void => {
        const open = openWaiting
        openWaiting = null
        open?.()
      }

      const letFeedersGo = (): void => {
        const gates = held
        held = []
        for (const open of gates) open()
      }

      const makeRoom = (): void => {
        const [first, second] = waitingIsNext ? [letWaitingGo, letFeedersGo] : [letFeedersGo, letWaitingGo]
        if (!isFull()) first()
        if (!isFull()) second()
        finishIfDone()
      }

      const finishIfDone = (): void => {
        if (!completed || opening || !working.idle || downstream.closed) return
        if (waiting !== null && waiting.length > 0) return
        meter.completed()
        downstream.complete()
      }

      downstream.add(() => {
        const goingOn = working.stop()
        if (goingOn !== null) runtime.track(name, goingOn)
        if (work.close !== undefined) runtime.track(name, work.close())
      })

      if (work.open !== undefined) {
        const open = work.open()
        runtime.opening(name, open)
        open.then(
          () => {
            opening = false
            if (!downstream.closed) makeRoom()
          },
          (thrown: unknown) => {
            fail(asSaccadeError(thrown, { code: 'stage', remedy: 'see the cause' }).at({ stage: name }))
          },
        )
      }

      drive(
        source,
        downstream,
        arrive,
        () => {
          completed = true
          finishIfDone()
        },
        (error) => {
          meter.failed(error)
          downstream.error(error)
        },
      )
      // Last, when upstream is gone: a feeder that is let go would go on into an edge that takes no more, uncounted.
      downstream.add(() => {
        waiting?.discard()
        for (const open of held) open()
        held = []
        letWaitingGo()
      })
    })
}

import { Observable } from 'rxjs'
import { drive } from './drive.js'
import { Edge, type EdgeOptions } from './edge.js'
import { SaccadeError } from './errors.js'
import type { Packet } from './packet.js'
import type { StageContext } from './stage.js'

/** Packets through a bounded edge, as an Observable: what waits is delivered on completion, and discarded on unsubscribe. */
export function throughEdge<T>(
  source: Observable<Packet<T>>,
  options: EdgeOptions,
  context: Pick<StageContext, 'meter' | 'runtime' | 'name'>,
): Observable<Packet<T>> {
  const { meter, runtime, name } = context
  return new Observable((downstream) => {
    const edge = new Edge<T>(options, {
      clock: runtime.clock,
      meter,
      deliver: (packet) => {
        downstream.next(packet)
      },
      failed: (error) => {
        meter.failed(error.message)
        downstream.error(error.at({ stage: name }))
      },
    })
    drive(
      source,
      downstream,
      (packet) => {
        if (options.whenFull === 'block' && packet.origin.live) {
          const error = blockOnLive(name, packet.origin.name)
          meter.failed(error.message)
          downstream.error(error)
        } else edge.offer(packet)
      },
      () => {
        edge.complete(() => {
          meter.completed()
          downstream.complete()
        })
      },
      (error) => {
        // Before the stage behind lets its gate go: what waits would be counted as given, and nobody would take it.
        edge.discard()
        meter.failed(error)
        downstream.error(error)
      },
    )
    // Last, when upstream is gone: a feeder that is let go would go on into an edge that takes no more, and never end.
    downstream.add(() => {
      edge.discard()
    })
  })
}

/** Why a live source cannot be blocked, and the two ways to mend it (E5). */
export function blockOnLive(stage: string, origin: string): SaccadeError {
  return new SaccadeError(`${stage} says block, but ${origin} is live and cannot wait: it would only grow stale`, {
    code: 'config',
    stage,
    origin,
    remedy: 'write queue: latest (or drop-oldest with a capacity), or read the source with pace: fast',
  })
}

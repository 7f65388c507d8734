import { defineOperator, detectionsPort, type Detections, type Packet, withValue, z } from 'saccade'
import { Observable } from 'rxjs'

/**
 * Wrong: it subscribes with a plain observer, which a source that gives everything in one turn never learns the end of.
 * Right: `source.pipe(map(…))`; RxJS's own operators let go.
 */
export const neverLetsGo = defineOperator({
  name: 'never-lets-go',
  summary: 'Keeps the first thing that was found.',
  input: detectionsPort,
  output: detectionsPort,
  options: z.strictObject({}),
  example: {},
  packets: () => (source: Observable<Packet<Detections>>) =>
    new Observable<Packet<Detections>>((downstream) =>
      source.subscribe({
        next: (packet) => {
          downstream.next(withValue(packet, { ...packet.value, found: packet.value.found.slice(0, 1) }))
        },
        error: (error: unknown) => {
          downstream.error(error)
        },
        complete: () => {
          downstream.complete()
        },
      }),
    ),
})

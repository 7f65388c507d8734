import { createPacket, defineOperator, detectionsPort, type Packet, type Detections, z } from 'saccade'
import { map } from 'rxjs'

/** Wrong: it makes packets anew, with the time of the result for that of the capture. Right: `withValue(packet, value)`. */
export const forgetsTheTime = defineOperator({
  name: 'forgets-the-time',
  summary: 'Keeps the first thing that was found.',
  input: detectionsPort,
  output: detectionsPort,
  options: z.strictObject({}),
  example: {},
  packets: (_, { runtime }) =>
    map(({ origin, seq, lost, epoch, stamp, gate, value }: Packet<Detections>) => {
      const capturedAtMs = runtime.clock.nowMs()
      const first = { ...value, found: value.found.slice(0, 1) }
      return createPacket({ origin, seq, capturedAtMs, stamp, lost, epoch, gate, value: first })
    }),
})

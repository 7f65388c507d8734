import { Observable } from 'rxjs'
import { packetJson } from '../core/packet-json.js'
import type { Packet } from '../core/packet.js'
import type { StageContext } from '../core/stage.js'
import type { ChannelKind } from '../core/wire.js'

/** Results as JSON, while somebody wants them. Completes with its input. */
export function showData(
  { meter, runtime }: StageContext,
  name: string,
  kind: ChannelKind,
  packets$: Observable<Packet<unknown>>,
): Observable<never> {
  const { clock, hub } = runtime
  const channel = hub.channel(name, kind)
  return new Observable((downstream) =>
    packets$.subscribe({
      next: (packet) => {
        if (!channel.watched()) return
        meter.took()
        const nowMs = clock.nowMs()
        channel.data(packetJson(name, packet, nowMs))
        meter.gave(0, nowMs - packet.capturedAtMs, nowMs)
      },
      error: (error: unknown) => {
        downstream.error(error)
      },
      complete: () => {
        downstream.complete()
      },
    }),
  )
}

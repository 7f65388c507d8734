import { filter, EMPTY, Observable } from 'rxjs'
import type { EncodeJpeg } from '../core/adapters.js'
import type { Frame } from '../core/frame.js'
import { messageRoom, type Takers } from '../core/hub.js'
import type { Packet } from '../core/packet.js'
import { picturePort } from '../core/ports.js'
import { runProcess } from '../core/run-process.js'
import type { StageContext } from '../core/stage.js'
import { throughEdge } from '../core/through-edge.js'

/** What waits for the encoder, which is one for all clients. */
export const pictureQueue = { whenFull: 'drop-oldest', capacity: 5, maxAgeMs: null } as const

/** A picture for its takers: the JPEG of each quality that one of them takes, in its room. */
type Encoded = {
  readonly takers: Takers
  readonly rooms: readonly Uint8Array[]
  readonly sourceWidthPx: number
  readonly sourceHeightPx: number
}

/**
 * Pictures to those who look, encoded once for each quality that one of them takes. Completes with its input.
 *
 * @param quality the best that any of them gets, as it is now
 */
export function showPictures(
  quality: () => number,
  context: StageContext,
  name: string,
  packets$: Observable<Packet<Frame>>,
): Observable<never> {
  const { runtime } = context
  const channel = runtime.hub.channel(name, 'video', ['jpeg'])
  const step = (what: string): StageContext => {
    const key = runtime.nameOf(`${context.name}/${name}${what}`)
    return { ...context, name: key, meter: runtime.meter(key), how: { onError: 'skip' } }
  }
  return new Observable((downstream) => {
    let encode: EncodeJpeg | null = null
    /** Nobody is to have it: nothing is encoded, and it counts as `empty`. */
    const work = Object.assign(
      (frame: Frame) => {
        const takers = channel.takers(quality())
        return takers.qualities.length === 0 ? EMPTY : encodeFor(takers, frame)
      },
      {
        open: async () => {
          encode = await runtime.adapters.jpegEncoder()
        },
      },
    )
    const encodeFor = async (takers: Takers, frame: Frame): Promise<Encoded> => {
      if (encode === null) throw new Error('the JPEG encoder was used before it was loaded')
      const { sourceWidthPx, sourceHeightPx } = frame.geometry
      const encoding: Promise<Uint8Array>[] = []
      for (const its of takers.qualities) encoding.push(encode(frame, its, messageRoom))
      return { takers, rooms: await Promise.all(encoding), sourceWidthPx, sourceHeightPx }
    }
    const watched$ = packets$.pipe(filter(() => channel.watched()))
    return throughEdge(watched$, pictureQueue, step('/queue'))
      .pipe(runProcess(() => work, picturePort, step('/encode')))
      .subscribe({
        next: (packet) => {
          const { seq, lost, capturedAtMs, stamp, value } = packet
          const nowMs = runtime.clock.nowMs()
          context.meter.took()
          context.meter.gave(0, nowMs - capturedAtMs, nowMs)
          const { takers, rooms, sourceWidthPx, sourceHeightPx } = value
          takers.give(
            { seq, lost, capturedAtMs, stamp: stamp.kind, codec: 'jpeg', sourceWidthPx, sourceHeightPx },
            rooms,
          )
        },
        error: (error: unknown) => {
          downstream.error(error)
        },
        complete: () => {
          downstream.complete()
        },
      })
  })
}

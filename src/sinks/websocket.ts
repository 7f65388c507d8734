import { filter, merge, Observable } from 'rxjs'
import { z } from 'zod'
import type { EncodeJpeg } from '../core/adapters.js'
import { optionsNow } from '../core/changing.js'
import { defineSink } from '../core/define.js'
import type { Frame } from '../core/frame.js'
import type { Channel } from '../core/hub.js'
import { packetJson } from '../core/packet-json.js'
import type { Packet } from '../core/packet.js'
import { picturePort, type Sound } from '../core/ports.js'
import { runProcess } from '../core/run-process.js'
import { anyPort, type SinkInput, type StageContext } from '../core/stage.js'
import { throughEdge } from '../core/through-edge.js'

const options = z.strictObject({
  quality: z.number().int().min(1).max(100).default(75).describe('JPEG quality, 1 to 100'),
})

/** Pictures for people need not be larger than this. */
const fitPx = [640, 640] as const
const pictureWindow = { whenFull: 'drop-oldest', capacity: 5, maxAgeMs: null } as const

type Settings = { readonly quality: number }
type Header = Parameters<Channel['picture']>[0]

/**
 * Shows pictures, sound and results to whoever looks: the run's page and any WebSocket client.
 *
 *     in       -f---f---f---f-    five pictures wait at most, the oldest goes first
 *     socket   -[jpeg]-[jpeg]-    nothing is encoded while nobody looks
 *
 * Each client has windows of its own; a slow one loses its own pictures and delays nobody. Completes with its inputs.
 *
 * @example
 * // in a file: live: { from: [ room.video, faces ], websocket: {} }
 * @throws SaccadeError `missing` without the JPEG encoder
 */
export const websocket = defineSink({
  name: 'websocket',
  summary: 'Shows pictures, sound and results to whoever looks: the page and any WebSocket client.',
  input: anyPort,
  takes: 'channels',
  actuator: false,
  edgeOf: ({ kind }) => (kind === 'video' ? pictureWindow : null),
  options,
  changeable: ['quality'],
  main: 'quality',
  example: { quality: 75 },
  results: {},
  mainResult: null,
  noRestart: 'its viewers know its channels, and would not know those of a new life',
  reads: () => ({ picture: { formats: ['rgb24'], fitPx } }),
  consume: (settings, context) => (inputs) => ({
    done$: merge(...inputs.map((input) => showChannel(settings, context, input))),
    results: {},
  }),
})

function showChannel(settings: Settings, context: StageContext, input: SinkInput): Observable<never> {
  const channel = context.runtime.hub.channel(input.name, input.port.kind)
  if (input.port.kind === 'video') return showPictures(settings, context, channel, input)
  if (input.port.kind === 'audio') return showSound(context, channel, input.packets$ as Observable<Packet<Sound>>)
  return showData(context, channel, input)
}

function showPictures(
  settings: Settings,
  context: StageContext,
  channel: Channel,
  input: SinkInput,
): Observable<never> {
  const { runtime, name } = context
  const step = (what: string): StageContext => {
    const key = runtime.nameOf(`${name}/${input.name}${what}`)
    return { ...context, name: key, meter: runtime.meter(key), how: { onError: 'skip' } }
  }
  const frames$ = (input.packets$ as Observable<Packet<Frame>>).pipe(filter(() => channel.watched()))
  return new Observable((downstream) => {
    let encode: EncodeJpeg | null = null
    const work = Object.assign(
      async (frame: Frame) => {
        if (encode === null) throw new Error('the JPEG encoder was used before it was loaded')
        const { quality } = optionsNow(settings, context)
        const jpeg = await encode({ bytes: frame.bytes, widthPx: frame.widthPx, heightPx: frame.heightPx }, quality)
        return { jpeg, quality, geometry: frame.geometry }
      },
      {
        open: async () => {
          encode = await runtime.adapters.jpegEncoder()
        },
      },
    )
    return throughEdge(frames$, pictureWindow, step('/queue'))
      .pipe(runProcess(() => work, picturePort, step('/encode')))
      .subscribe({
        next: (packet) => {
          const nowMs = runtime.clock.nowMs()
          context.meter.took()
          context.meter.gave(0, nowMs - packet.capturedAtMs, nowMs)
          const { jpeg, quality, geometry } = packet.value
          const { sourceWidthPx, sourceHeightPx } = geometry
          channel.picture({ ...timesOf(packet), codec: 'jpeg', quality, sourceWidthPx, sourceHeightPx }, jpeg)
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

function timesOf(packet: Packet<unknown>): Pick<Header, 'seq' | 'lost' | 'capturedAtMs' | 'stamp'> {
  return { seq: packet.seq, lost: packet.lost, capturedAtMs: packet.capturedAtMs, stamp: packet.stamp.kind }
}

function showSound(context: StageContext, channel: Channel, packets$: Observable<Packet<Sound>>): Observable<never> {
  return show(context, packets$, (packet) => {
    const { samples, sampleRateHz } = packet.value
    const pcm = new Int16Array(samples.length)
    for (const [index, sample] of samples.entries()) pcm[index] = Math.max(-1, Math.min(1, sample)) * 32_767
    channel.sound(
      { ...timesOf(packet), codec: 'pcm', quality: 0, sourceWidthPx: sampleRateHz, sourceHeightPx: 1 },
      new Uint8Array(pcm.buffer),
    )
  })
}

function showData(context: StageContext, channel: Channel, input: SinkInput): Observable<never> {
  const { clock } = context.runtime
  return show(context, input.packets$, (packet) => {
    channel.data(packetJson(input.name, packet, clock.nowMs()))
  })
}

/** Calls for each packet while someone watches; what nobody sees costs nothing. */
function show<T>(
  context: StageContext,
  packets$: Observable<Packet<T>>,
  call: (packet: Packet<T>) => void,
): Observable<never> {
  const { meter, runtime } = context
  const { hub, clock } = runtime
  return new Observable((downstream) =>
    packets$.subscribe({
      next: (packet) => {
        if (hub.clients === 0) return
        meter.took()
        call(packet)
        const nowMs = clock.nowMs()
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

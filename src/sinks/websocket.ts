import { merge, type Observable } from 'rxjs'
import { z } from 'zod'
import { optionsNow } from '../core/changing.js'
import { defineSink } from '../core/define.js'
import type { Frame } from '../core/frame.js'
import type { Packet } from '../core/packet.js'
import type { Sound } from '../core/ports.js'
import { anyPort, type SinkInput, type StageContext } from '../core/stage.js'
import { showData } from './show-data.js'
import { pictureQueue, showPictures } from './show-pictures.js'
import { showSound } from './show-sound.js'

const options = z.strictObject({
  quality: z.number().int().min(1).max(100).default(75).describe('JPEG quality, 1 to 100'),
})

/** Pictures for people need not be larger than this. */
const fitPx = [640, 640] as const

/**
 * Shows pictures, sound and results to whoever looks: the run's page and any WebSocket client.
 *
 *     in       -f---f---f---f-    five pictures wait at most, the oldest goes first
 *     socket   -[jpeg]-[jpeg]-    once for each quality that somebody takes; nothing while nobody looks
 *
 * Each client has windows and a pace of its own; a slow one gets fewer and smaller pictures and delays nobody. `quality` is
 * that of the best. Completes with its inputs.
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
  edgeOf: ({ kind }) => (kind === 'video' ? pictureQueue : null),
  options,
  changeable: ['quality'],
  main: 'quality',
  example: { quality: 75 },
  results: {},
  mainResult: null,
  noRestart: 'its viewers know its channels, and would not know those of a new life',
  reads: () => ({ picture: { formats: ['rgb24'], fitPx } }),
  consume: (settings, context) => (inputs) => {
    const quality = (): number => optionsNow(settings, context).quality
    return { done$: merge(...inputs.map((input) => showChannel(quality, context, input))), results: {} }
  },
})

function showChannel(
  quality: () => number,
  context: StageContext,
  { name, port, packets$ }: SinkInput,
): Observable<never> {
  if (port.kind === 'audio') return showSound(context, name, packets$ as Observable<Packet<Sound>>)
  if (port.kind === 'video') return showPictures(quality, context, name, packets$ as Observable<Packet<Frame>>)
  return showData(context, name, port.kind, packets$)
}

import { Observable } from 'rxjs'
import { z } from 'zod'
import { defineStream } from '../core/define.js'
import { picturePort, soundPort } from '../core/ports.js'
import type { PictureOffer } from '../core/stage.js'
import { openSession } from './media-session.js'

const options = z.strictObject({
  open: z.string().min(1).describe('a path, demo:NAME, device:0, device:mic, browser:, rtsp:, http(s): …'),
  loop: z.boolean().default(false).describe('begins again at the end, on one clock'),
  pace: z
    .enum(['real', 'fast'])
    .default('real')
    .describe('real: a file at its own pace, as a camera; fast: as fast as it is taken (recorded)'),
})

const soundRateHz = 16_000
const anyPicture: PictureOffer = { formats: ['rgb24'], fitPx: null }

/**
 * Opens a file, an address or a device as picture and sound on one clock.
 *
 *     video  -f---f---f---f-    frames in shared memory, lent for `next`, with the medium's own stamps
 *     audio  -s-s-s-s-s-s-s-    20 ms of mono PCM
 *
 * `browser:` waits for a browser that opens the run's page and gives its camera and microphone; its pictures and sound carry
 * the browser's own stamps, moved to the run's clock, and how far these may be wrong.
 *
 * Order is the medium's. A file at `pace: real` counts as live: it does not wait. Completes at the end of the medium.
 *
 * @example
 * media('demo:demo.mp4').video$.pipe(detectFaces()).subscribe(console.log)
 * @throws SaccadeError `medium` where it cannot be opened or breaks off, `no-track`, `missing`
 */
export const media = defineStream({
  name: 'media',
  summary: 'Opens a file, an address or a device as picture and sound on one clock.',
  options,
  main: 'open',
  example: { open: 'demo:demo.mp4', loop: true },
  results: { video: picturePort, audio: soundPort },
  mainResult: 'video',
  metersItself: true,
  check: async ({ open }, adapters) => {
    const problem = await adapters.checkSource(open)
    return problem === null ? null : { option: 'open', ...problem }
  },
  takesPlace: ({ open }) => (/^browser:$/i.test(open) ? 'browser:' : null),
  live: ({ pace }) => pace !== 'fast',
  open: (settings, context, wish) => {
    const picture = wish.picture ?? anyPicture
    const sampleRateHz = wish.sound?.sampleRateHz ?? soundRateHz
    const session = openSession(settings, context, {
      video: { format: picture.formats[0] ?? 'rgb24', fitPx: picture.fitPx },
      audio: { sampleRateHz, samplesPerChunk: Math.round(sampleRateHz / 50) },
      behind: wish.behind,
    })
    return {
      video: new Observable((downstream) => session.video(downstream)),
      audio: new Observable((downstream) => session.audio(downstream)),
    }
  },
})

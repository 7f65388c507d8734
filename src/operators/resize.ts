import { Observable } from 'rxjs'
import { z } from 'zod'
import { defineOperator } from '../core/define.js'
import { drive } from '../core/drive.js'
import { withValue } from '../core/packet.js'
import { picturePort } from '../core/ports.js'
import { size } from '../core/units.js'
import { letterboxFrame } from '../vision/letterbox-frame.js'

const options = z.strictObject({ to: size().describe('width x height in px') })

/**
 * Fits pictures into a size, keeping their shape, with black borders (letterbox). The decoder scales already to the
 * size that the plan settles, so that most often only the border is left to do.
 *
 *     in    -1280x720-    out   -320x320-    the picture 320×180 in the middle, 70 px of black above and below
 *
 * One for one, in order. Results found in the resized frame are given in the source's pixels all the same.
 *
 * @example
 * media('demo:demo.mp4').video$.pipe(resize('320x320'))
 */
export const resize = defineOperator({
  name: 'resize',
  summary: 'Fits pictures into a size, keeping their shape, with black borders (letterbox).',
  input: picturePort,
  output: picturePort,
  options,
  main: 'to',
  example: { to: '320x320' },
  reads: ({ to }) => ({ picture: { formats: ['rgb24', 'yuv420p', 'gray'], fitPx: to } }),
  packets:
    ({ to }, { runtime }) =>
    (source) =>
      new Observable((downstream) => {
        drive(
          source,
          downstream,
          (packet) => {
            const frame = letterboxFrame(packet.value, to, runtime.pool)
            frame.seal()
            try {
              downstream.next(withValue(packet, frame))
            } finally {
              frame.release()
            }
          },
          () => {
            downstream.complete()
          },
        )
      }),
})

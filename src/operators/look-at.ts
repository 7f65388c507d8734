import { z } from 'zod'
import { defineOperator } from '../core/define.js'
import { SaccadeError } from '../core/errors.js'
import { detectionsPort, posePort } from '../core/ports.js'
import { angle } from '../core/units.js'
import { lookAtRay, rayOf } from '../vision/pinhole.js'

const options = z
  .strictObject({
    camera: z
      .enum(['fixed', 'on-head'])
      .default('fixed')
      .describe('where the camera is: beside the robot, or in its head'),
    fov: angle({ above: 0, max: Math.PI * 0.95 })
      .prefault('65deg')
      .describe('horizontal field of view'),
  })
  .refine(({ camera }) => camera !== 'on-head', {
    path: ['camera'],
    message:
      'on-head needs the head pose at the time of capture, by a join, which is not built yet: write camera: fixed',
  })

/**
 * Turns a place in the picture into the head pose that looks at it: a pinhole camera at the head's origin,
 * looking straight ahead.
 *
 *     in    -{face}-
 *     out   -{pose}-    yaw = atan2(y, x), pitch = atan2(−z, √(x² + y²)) of the ray through the face's centre; no roll
 *
 * One for one, in order. Looks at the first thing found: put `pick-face` before it.
 *
 * @example
 * target$.pipe(lookAt({ camera: 'fixed', fov: '65deg' }))
 */
export const lookAt = defineOperator({
  name: 'look-at',
  summary: 'Turns a place in the picture into the head pose that looks at it (pinhole camera).',
  input: detectionsPort,
  output: posePort,
  options,
  main: 'camera',
  example: { camera: 'fixed', fov: '65deg' },
  each:
    ({ fov }) =>
    ({ sizePx: [widthPx, heightPx], found: [face] }) => {
      if (face === undefined) {
        throw new SaccadeError('cannot look at a face as none was found', {
          code: 'stage',
          remedy: 'put pick-face before look-at',
        })
      }
      const [x, y, width, height] = face.boxPx
      const ray = rayOf(x + width / 2, y + height / 2, { widthPx, heightPx, fovRad: fov })
      return { xM: 0, yM: 0, zM: 0, ...lookAtRay(ray) }
    },
})

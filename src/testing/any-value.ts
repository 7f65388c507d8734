import { SaccadeError } from '../core/errors.js'
import type { Port } from '../core/stage.js'
import { anyDetections } from './any-detections.js'
import { anyPicture } from './any-picture.js'
import { anyPose } from './any-pose.js'
import { anyJointTarget, anyRobotValue } from './any-robot-value.js'
import { anySound } from './any-sound.js'
import { anyVoice } from './any-voice.js'
import { fc } from './fast-check.js'

const byPort: ReadonlyMap<string, fc.Arbitrary<unknown>> = new Map<string, fc.Arbitrary<unknown>>([
  ['picture', anyPicture],
  ['sound', anySound()],
  ['detections', anyDetections],
  ['voice', anyVoice],
  ['pose', anyPose],
  ['joint-target', anyJointTarget],
  ['robot', anyRobotValue],
  ['any', fc.oneof(fc.integer({ min: 0, max: 9 }), anyPicture)],
])

/**
 * Values as a port carries them; pictures are leased by whoever gives them.
 *
 * @throws SaccadeError `usage` for a port that is not the package's own
 */
export function anyValue(port: Port<unknown>): fc.Arbitrary<unknown> {
  const values = byPort.get(port.name)
  if (values !== undefined) return values
  throw new SaccadeError(`cannot make values for the port ${port.name} as it is not one of the package's own`, {
    code: 'usage',
    remedy: 'pass an arbitrary: conforms(stage, { values: fc.integer() })',
  })
}

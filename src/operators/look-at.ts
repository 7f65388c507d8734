import { z } from 'zod'
import type { Clock } from '../core/clock.js'
import { defineOperator } from '../core/define.js'
import { SaccadeError } from '../core/errors.js'
import { type Detections, detectionsPort, type Pose, posePort, type RobotValue } from '../core/ports.js'
import type { Port } from '../core/stage.js'
import { angle, duration } from '../core/units.js'
import type { PacketFacts } from '../core/packet.js'
import { type Direction, lookAtRay, rayOf, turnRay } from '../vision/pinhole.js'
import { movedAhead } from '../vision/tracking/moved-ahead.js'
import { createMovingDirection } from '../vision/tracking/moving-direction.js'

const options = z.strictObject({
  camera: z
    .enum(['fixed', 'on-head'])
    .default('fixed')
    .describe('where the camera is: beside the robot, or in its head'),
  fov: angle({ above: 0, max: Math.PI * 0.95 })
    .prefault('65deg')
    .describe('horizontal field of view'),
  aim: z
    .enum(['capture', 'now'])
    .default('capture')
    .describe('where it was in the picture, or where a tracked thing is expected to be when the command leaves'),
  ahead: duration().prefault('100ms').describe('aim: now looks no further ahead of the picture than this'),
  lead: duration().prefault('10ms').describe('aim: now takes the command to leave so much later: half a tick of 50Hz'),
})

type Settings = z.output<typeof options>
type Joined = Readonly<Record<string, object>>
/** The fields of a joined value that hold what was seen, and where the head was. */
type Fields = { readonly seen: string; readonly head: string }

/** The ray through the middle of the first thing found, in the camera's own frame; so much later than it was found. */
function rayOfFirst({ sizePx: [widthPx, heightPx], found: [face] }: Detections, fovRad: number, byMs = 0): Direction {
  if (face === undefined) {
    throw new SaccadeError('cannot look at a face as none was found', {
      code: 'stage',
      remedy: 'put pick-face before look-at',
    })
  }
  const [x, y, width, height] = movedAhead(face, byMs).boxPx
  return rayOf(x + width / 2, y + height / 2, { widthPx, heightPx, fovRad })
}

/** The head pose that looks along a direction: at its neutral place, without roll. */
function lookAlong(direction: Direction): Pose {
  return { xM: 0, yM: 0, zM: 0, ...lookAtRay(direction) }
}

const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null
const isDetections = (value: unknown): value is Detections => isRecord(value) && 'found' in value
const isRobot = (value: unknown): value is RobotValue => isRecord(value) && 'pose' in value

/** By what the fields hold, as ports are known to plans alone. */
function fieldsOf(value: Joined): Fields {
  const names = Object.keys(value)
  const [seen, ...moreSeen] = names.filter((name) => isDetections(value[name]))
  const [head, ...moreHeads] = names.filter((name) => isRobot(value[name]))
  if (seen !== undefined && head !== undefined && moreSeen.length + moreHeads.length === 0) return { seen, head }
  const text = `cannot look from the head as one field of detections and one of the robot are needed: found ${names.join(', ')}`
  throw new SaccadeError(text, { code: 'config', remedy: joinFirst })
}

const joinFirst =
  'write from: { face: target, head: head.measured } and first in the pipe join: { on: face, head: { interpolate: 100ms } }'

/** Whether a port has one field of detections and one of the robot. */
function hasBoth({ fields = {} }: Port<unknown>): boolean {
  const count = (wanted: string): number => Object.values(fields).filter(({ name }) => name === wanted).length
  return count('detections') === 1 && count('robot') === 1
}

/** From the picture to the command, and never further than `ahead`. */
function aheadMs({ aim, ahead, lead }: Settings, capturedAtMs: number, nowMs: number): number {
  return aim === 'capture' ? 0 : Math.min(ahead, Math.max(0, nowMs - capturedAtMs + lead))
}

function fromBeside(settings: Settings, { nowMs }: Clock): (value: Detections | Joined, about: PacketFacts) => Pose {
  return (value, { capturedAtMs }) => {
    if (!('found' in value)) {
      const remedy = 'write camera: on-head, or give it the detections alone'
      throw new SaccadeError('cannot look from a fixed camera as what came is joined', { code: 'config', remedy })
    }
    return lookAlong(rayOfFirst(value as Detections, settings.fov, aheadMs(settings, capturedAtMs, nowMs())))
  }
}

function fromHead(settings: Settings, { nowMs }: Clock): (value: Detections | Joined, about: PacketFacts) => Pose {
  const { fov, aim } = settings
  let fields: Fields | null = null
  const moved = createMovingDirection()
  return (value, { capturedAtMs }) => {
    const joined = value as Joined
    fields ??= fieldsOf(joined)
    const [seen, head] = [joined[fields.seen], joined[fields.head]]
    if (!isDetections(seen) || !isRobot(head)) {
      const remedy = 'write missing: skip or hold in the join'
      throw new SaccadeError('cannot look from the head as it is not told where that was', { code: 'stage', remedy })
    }
    const pose = lookAlong(turnRay(rayOfFirst(seen, fov), head.pose))
    const [face] = seen.found
    if (aim === 'capture' || face?.track === undefined) return pose
    const sizeRad = (fov * Math.max(1, face.boxPx[2], face.boxPx[3])) / seen.sizePx[0]
    const sight = { track: face.track, sizeRad, atMs: capturedAtMs }
    return { ...pose, ...moved(pose, sight, aheadMs(settings, capturedAtMs, nowMs())) }
  }
}

/**
 * Turns a place in the picture into the head pose that looks at it.
 *
 *     in    -{face}-          or, with the camera in the head, -{face, head}-
 *     out   -{pose}-    yaw = atan2(y, x), pitch = atan2(−z, √(x² + y²)) of the ray through the face's centre; no roll
 *
 * One for one, in order. Looks at the first thing found: put `pick-face` before it.
 *
 * `fixed`: a pinhole camera at the head's origin that looks straight ahead. `on-head`: one that looks along the head's x axis,
 * as the camera of Reachy Mini does (R of `T_head_cam` in pollen-robotics/reachy_mini, Apache-2.0); it takes what a join gives of
 * detections and the robot's pose when the picture was taken, whatever the fields are called, and turns the ray by that pose.
 * That it sits 44 mm before and 51 mm above the head's origin is left out, as the robot's own look-at does: how far away a
 * face is, one picture does not tell. At 1 m that is 3° at first, and nothing once the face is in the middle.
 *
 * `aim: now`: a tracked thing (put `track` before it) is looked at where it is expected to be when the command leaves: as old as
 * the picture is on the run's clock, and `lead` later, but never more than `ahead` after its capture. Its speed is that in the
 * picture, or, of a camera in the head, that of its direction in the world. What is not tracked is looked at where it was.
 *
 * @example
 * target$.pipe(lookAt({ camera: 'fixed', fov: '65deg' }))
 * @throws SaccadeError `stage` where nothing was found; `config` where what comes is not as the camera needs it
 */
export const lookAt = defineOperator<typeof options, Detections | Joined, Pose>({
  name: 'look-at',
  summary: 'Turns a place in the picture into the head pose that looks at it (pinhole camera).',
  input: detectionsPort,
  output: posePort,
  options,
  changeable: ['fov'],
  main: 'camera',
  example: { camera: 'fixed', fov: '65deg' },
  refuses: ({ camera }, incoming) => {
    if (camera === 'on-head')
      return hasBoth(incoming) ? null : { wanted: 'one detections and one robot, joined', remedy: joinFirst }
    if (incoming.name === 'detections') return null
    const remedy = hasBoth(incoming) ? 'write camera: on-head' : 'feed it detections'
    return { wanted: 'detections from a fixed camera', remedy }
  },
  each: (settings, { runtime }) =>
    settings.camera === 'on-head' ? fromHead(settings, runtime.clock) : fromBeside(settings, runtime.clock),
})

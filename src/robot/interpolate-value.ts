import { interpolatePose } from './interpolate-pose.js'
import type { HeadPose } from './pose.js'

/**
 * The value a share of the way from one to another: numbers, lists and records of numbers on a straight line, head poses as
 * {@link interpolatePose} has them, but by the shorter way about: between two measurements no head goes round the front.
 * What a robot tells beside its pose, body and antennas is that of the earlier one.
 *
 * @throws TypeError for what is not made of numbers
 */
export function interpolateValue(from: unknown, to: unknown, share: number): unknown {
  if (typeof from === 'number' && typeof to === 'number') return from + (to - from) * share
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length)
    return from.map((one, nth) => interpolateValue(one, to[nth], share))
  if (isPose(from) && isPose(to)) return interpolatePose(from, sameTurn(to, from), share)
  if (!isRecord(from) || !isRecord(to)) throw new TypeError(`cannot interpolate ${told(from)} and ${told(to)}`)
  if (isRobot(from) && isRobot(to)) {
    const moved = robotFields.filter((field) => field in from && field in to)
    return { ...from, ...interpolateFields(from, to, moved, share) }
  }
  return interpolateFields(from, to, Object.keys(from), share)
}

const poseFields = ['xM', 'yM', 'zM', 'rollRad', 'pitchRad', 'yawRad'] as const
const robotFields = ['pose', 'bodyYawRad', 'antennasRad', 'commanded']

type Fields = Readonly<Record<string, unknown>>

function interpolateFields(from: Fields, to: Fields, names: readonly string[], share: number): Fields {
  return Object.fromEntries(names.map((name) => [name, interpolateValue(from[name], to[name], share)]))
}

/** The same pose, its yaw counted within half a turn of another's. */
function sameTurn(pose: HeadPose, { yawRad }: HeadPose): HeadPose {
  const turns = Math.round((yawRad - pose.yawRad) / (2 * Math.PI))
  return turns === 0 ? pose : { ...pose, yawRad: pose.yawRad + turns * 2 * Math.PI }
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

function isPose(value: unknown): value is HeadPose {
  return isRecord(value) && poseFields.every((field) => typeof value[field] === 'number')
}

function isRobot(value: Fields): boolean {
  return isPose(value['pose']) && 'bodyYawRad' in value
}

function told(value: unknown): string {
  return typeof value === 'object' ? 'something that is not made of numbers' : JSON.stringify(value)
}

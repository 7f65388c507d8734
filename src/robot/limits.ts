import { firmness } from './firmness.js'
import { antennaLimitRad, bodyYawLimitRad } from './geometry.js'
import { interpolatePose } from './interpolate-pose.js'
import { solveJoints } from './inverse-kinematics.js'
import type { RobotState } from './robot-state.js'
import { restState } from './robot-state.js'

export type PoseLimits = {
  /** What becomes of a target out of reach. Default `project`. */
  readonly unreachable?: 'project' | 'refuse'
  /** The state a target is drawn back towards; must be within the limits itself. Default the rest state. */
  readonly towards?: RobotState
  /** How far the arms keep from their servos' limits, in radians. Default 0. */
  readonly marginRad?: number
  /** How firmly the legs must hold the head: 1 as at neutral, 0 not at all. Default 0.05. */
  readonly minFirmness?: number
  /** Whether the robot turns its body after the head. Default true, as on the robot. */
  readonly automaticBodyYaw?: boolean
}

/** What may be sent, if anything, and why it is not the target itself. `share` is how far it came towards the target, 0 to 1. */
export type LimitedPose =
  | { readonly verdict: 'kept'; readonly state: RobotState }
  | { readonly verdict: 'projected'; readonly state: RobotState; readonly share: number; readonly why: string }
  | { readonly verdict: 'refused'; readonly why: string }

const bisections = 24

/**
 * The last thing before the wire: a target as it may be sent, drawn back to where it can be reached, or refused.
 *
 * Metres and radians. Body yaw and antennas are clipped to their range; a head out of reach is drawn back along the line
 * from `towards`, by bisection to 1e-7 of the way. Reach is the servos' limits and a firm hold, both narrower than what the
 * robot itself accepts in silence. What is handed out was itself tested. Never throws: what is not finite is refused.
 */
export function limitPose(target: RobotState, limits: PoseLimits = {}): LimitedPose {
  const { unreachable = 'project', towards = restState } = limits
  if (!isFinite(target)) return { verdict: 'refused', why: 'a target must be of finite numbers' }
  const state = clip(target)
  const clipped = state === target ? undefined : 'body yaw or antennas were out of their range'
  const why = whyNot(state, limits) ?? clipped
  if (why === undefined) return { verdict: 'kept', state }
  if (unreachable === 'refuse') return { verdict: 'refused', why }
  if (why === clipped) return { verdict: 'projected', state, share: 1, why }
  const anchorWhy = isFinite(towards) ? whyNot(clip(towards), limits) : 'it is not of finite numbers'
  if (anchorWhy !== undefined) return { verdict: 'refused', why: `${why}, nor can it be drawn back: ${anchorWhy}` }
  return { verdict: 'projected', ...furthest(clip(towards), state, limits), why }
}

function furthest(from: RobotState, to: RobotState, limits: PoseLimits): { state: RobotState; share: number } {
  let good = { state: { ...from, antennasRad: to.antennasRad }, share: 0 }
  let bad = 1
  for (let i = 0; i < bisections; i++) {
    const share = (good.share + bad) / 2
    const state = {
      pose: interpolatePose(from.pose, to.pose, share),
      bodyYawRad: from.bodyYawRad + (to.bodyYawRad - from.bodyYawRad) * share,
      antennasRad: to.antennasRad,
    }
    if (whyNot(state, limits) === undefined) good = { state, share }
    else bad = share
  }
  return good
}

function whyNot({ pose, bodyYawRad }: RobotState, limits: PoseLimits): string | undefined {
  const { marginRad = 0, minFirmness = 0.05, automaticBodyYaw = true } = limits
  const solution = solveJoints(pose, { bodyYawRad, automaticBodyYaw })
  if (!solution.reachable) return solution.why
  if (!solution.withinLimits || solution.marginRad < marginRad) return 'an arm would turn beyond its limit'
  if (firmness(pose, solution.joints) < minFirmness) return 'the legs would not hold the head firmly'
  return undefined
}

function clip(state: RobotState): RobotState {
  const [right, left] = state.antennasRad
  const bodyYawRad = within(state.bodyYawRad, bodyYawLimitRad)
  const antennasRad = [within(right, antennaLimitRad), within(left, antennaLimitRad)] as const
  const same = bodyYawRad === state.bodyYawRad && antennasRad[0] === right && antennasRad[1] === left
  return same ? state : { ...state, bodyYawRad, antennasRad }
}

function within(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value))
}

function isFinite({ pose, bodyYawRad, antennasRad }: RobotState): boolean {
  return [...Object.values(pose), bodyYawRad, ...antennasRad].every(Number.isFinite)
}

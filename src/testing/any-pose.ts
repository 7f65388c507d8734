import type { Pose } from '../core/ports.js'
import { fc } from './fast-check.js'

/** Often the same again, or nearly: what stands still is as much a case as what moves. */
const often = fc.constantFrom(0, 0.001, 0.004, -0.3)
const anyTurn = fc.oneof(
  often,
  fc.integer({ min: -700, max: 700 }).map((milli) => milli / 1000),
)
const anyShift = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -40, max: 40 }).map((milli) => milli / 1000),
)

/** Head poses, within and somewhat beyond what a head reaches; the simplest is the neutral one. */
export const anyPose: fc.Arbitrary<Pose> = fc.record({
  xM: anyShift,
  yM: anyShift,
  zM: anyShift,
  rollRad: anyTurn,
  pitchRad: anyTurn,
  yawRad: anyTurn,
})

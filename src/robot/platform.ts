import { headHeightM } from './geometry.js'
import { lift, turnAboutZ } from './matrix.js'
import type { Matrix4 } from './matrix.js'

/** The head as the legs see it: from the foot and with the body's turn removed. The legs' geometry is written in this frame. */
export function toPlatform(head: Matrix4, bodyYawRad: number): Matrix4 {
  return turnAboutZ(lift(head, headHeightM), -bodyYawRad)
}

/** The head's matrix against the neutral head: the inverse of {@link toPlatform}. */
export function fromPlatform(platform: Matrix4, bodyYawRad: number): Matrix4 {
  return lift(turnAboutZ(platform, bodyYawRad), -headHeightM)
}

/** How fast one axis may go and change its speed: its unit per second, and per second squared. */
export type AxisLimits = { readonly maxSpeed: number; readonly maxAcceleration: number }

/**
 * One axis that follows a target without ever going or gaining speed faster than it may.
 *
 * Each step takes the target and the time since the last (s) and gives the next position. It goes as fast as lets it still
 * stop at the target: v·dt + v²/2a <= distance. So it never overshoots a target that stands, whatever the steps' lengths;
 * behind a target moving at v it stays v²/2a. Time that does not advance, or a target that is not finite, moves nothing new:
 * no time holds, no target brakes.
 */
export function createAxisRamp({ maxSpeed, maxAcceleration }: AxisLimits, start: number): AxisRamp {
  let position = start
  let speed = 0
  return (target, dtS) => {
    if (!(dtS > 0)) return position
    const distance = Number.isFinite(target) ? target - position : 0
    const gain = maxAcceleration * dtS
    const wanted = Math.sign(distance) * Math.min(maxSpeed, stoppingSpeed(Math.abs(distance), gain, maxAcceleration))
    speed = Math.max(speed - gain, Math.min(speed + gain, wanted))
    position += speed * dtS
    return position
  }
}

export type AxisRamp = (target: number, dtS: number) => number

/** The root of v·dt + v²/2a = distance, written without the difference of two large numbers. */
function stoppingSpeed(distance: number, gain: number, maxAcceleration: number): number {
  const twice = 2 * maxAcceleration * distance
  return twice / (Math.sqrt(gain * gain + twice) + gain)
}

import { movingValue, type MovingValue } from './moving-value.js'

/** Where one looks: to the left, and down. */
export type Looked = { readonly yawRad: number; readonly pitchRad: number }

/** What is looked at: its number, how large it is as an angle, and when it was there. */
type Sight = { readonly track: number; readonly sizeRad: number; readonly atMs: number }

/**
 * Expects where a thing will be by how its direction in the world moved: from a head that turns, as in its pictures what stands
 * still moves, too.
 *
 * @returns of a direction: where the thing is so much later. A thing of another number has no speed at first.
 */
export function createMovingDirection(): (seen: Looked, sight: Sight, byMs: number) => Looked {
  type Known = Sight & { readonly yaw: MovingValue; readonly pitch: MovingValue }
  let last: Known | null = null
  return (seen, sight, byMs) => {
    const { track, sizeRad, atMs } = sight
    const known = last?.track === track ? last : null
    const next = (before: MovingValue | undefined, foundRad: number): MovingValue => {
      if (known === null || before === undefined) return movingValue.begin(foundRad, sizeRad)
      const expected = movingValue.after(before, (atMs - known.atMs) / 1000, sizeRad)
      return movingValue.corrected(expected, near(foundRad, expected.value), sizeRad)
    }
    last = { ...sight, yaw: next(known?.yaw, seen.yawRad), pitch: next(known?.pitch, seen.pitchRad) }
    const byS = byMs / 1000
    return { yawRad: seen.yawRad + last.yaw.perS * byS, pitchRad: seen.pitchRad + last.pitch.perS * byS }
  }
}

/** The same angle, written within half a turn of another. */
function near(angleRad: number, otherRad: number): number {
  return angleRad - 2 * Math.PI * Math.round((angleRad - otherRad) / (2 * Math.PI))
}

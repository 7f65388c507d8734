/** A number that moves, as a filter believes in it: what it is, how fast it changes, and how unsure both are. */
export type MovingValue = {
  readonly value: number
  readonly perS: number
  /** Variance of the value, covariance, and variance of the speed. */
  readonly variances: readonly [value: number, both: number, perS: number]
}

/**
 * A Kalman filter of one number with constant velocity. All noise is scaled by `scale`, the size of the thing.
 *
 * ByteTrack's filter (Zhang et al., ECCV 2022; its noise is DeepSORT's) of eight numbers falls into four of these, as nothing in
 * it ties one axis to another. Its noise is for steps of one picture at 30 fps; here it is pushes of the speed over time, so that
 * a step may be of any length, and two steps give what one as long as both gives.
 */
export const movingValue = {
  /** Seen for the first time: its speed is not known. */
  begin: (value: number, scale: number): MovingValue => ({
    value,
    perS: 0,
    variances: [(2 * seenShare * scale) ** 2, 0, (unknownPerS * scale) ** 2],
  }),

  /** So many seconds later. */
  after: ({ value, perS, variances: [a, b, c] }: MovingValue, dtS: number, scale: number): MovingValue => {
    const push = pushPerS * scale ** 2
    return {
      value: value + perS * dtS,
      perS,
      variances: [
        a + dtS * (2 * b + dtS * c) + (push * dtS ** 3) / 3,
        b + dtS * c + (push * dtS ** 2) / 2,
        c + push * dtS,
      ],
    }
  },

  /** Seen at `seen`, at the time that it is of. */
  corrected: ({ value, perS, variances: [a, b, c] }: MovingValue, seen: number, scale: number): MovingValue => {
    const whole = a + (seenShare * scale) ** 2
    const [share, sharePerS] = [a / whole, b / whole]
    return {
      value: value + share * (seen - value),
      perS: perS + sharePerS * (seen - value),
      variances: [a * (1 - share), b * (1 - share), c - sharePerS * b],
    }
  },
}

/** Standard deviation of what is seen, as a share of the size: 1/20 (DeepSORT). */
const seenShare = 1 / 20
/** Standard deviation of a speed that nobody has seen, in sizes a second: 10/160 a picture (DeepSORT). */
const unknownPerS = (10 / 160) * 30
/**
 * How far pushes take the speed in a second, in (sizes a second)²: twice DeepSORT's 1/160 a picture, as a face turns faster for
 * its size than one who walks by. It adds a wandering of the place; without that the speed is known sooner, and is steadier.
 */
const pushPerS = (2 * (30 / 160)) ** 2 * 30

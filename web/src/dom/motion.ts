const query = matchMedia('(prefers-reduced-motion: reduce)')

/** The visitor asked for less motion: nothing drifts, and what moves by itself is redrawn seldom. */
export function isStill(): boolean {
  return query.matches
}

/** Least time between two drawings of a moving canvas: each beat of the page, or seldom. */
export function frameMs(): number {
  return query.matches ? 500 : 0
}

/**
 * Where something is that follows its target with a first-order lag: current + (target − current)·(1 − exp(−dt/τ)).
 *
 * Any unit; time and time constant in ms. Exact: two steps are one of their sum. A time constant of 0 is there at once.
 */
export function lag(current: number, target: number, dtMs: number, timeConstantMs: number): number {
  return dtMs > 0 ? target - (target - current) * Math.exp(-dtMs / timeConstantMs) : current
}

const firstMs = 250
const mostMs = 5000

/**
 * How long to wait before attempt n (1, 2, …): doubles from 250 ms to 5 s, with a fifth of jitter, so that many clients do not
 * come back at once.
 *
 * @param chance in [0, 1)
 */
export function retryAfterMs(attempt: number, chance: number): number {
  const middle = Math.min(mostMs, firstMs * 2 ** Math.max(0, attempt - 1))
  return Math.round(middle * (0.8 + 0.4 * chance))
}

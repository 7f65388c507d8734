import type { Restart } from './stage.js'

/** How long until a stage is built anew, and which of the restarts within the window that will be. */
export type NextLife = { readonly delayMs: number; readonly nth: number }

/** How far the jitter goes to both sides, as a share. */
const jitter = 0.25

/**
 * When a stage that died may live again (S3): after `afterMs`, twice that after the next death, and so on up to `upToMs`, each
 * a quarter more or less as the row of numbers says, but never outside of the two. A stage that has lived for `withinMs`
 * begins at `afterMs` again.
 *
 *     dies   x-x--x----x    afterMs 1, most 3
 *     lives  -1-2---4--.    the fourth within the window is its last
 *
 * @returns called at each death: the next life, or null where there were `most` of them within the last `withinMs`
 */
export function createBackOff(restart: Restart, random: () => number): (nowMs: number) => NextLife | null {
  const { afterMs, most, withinMs } = restart
  const upToMs = Math.max(afterMs, restart.upToMs)
  /** When each life of the window began. */
  let begunMs: readonly number[] = []
  return (nowMs) => {
    begunMs = begunMs.filter((atMs) => nowMs - atMs < withinMs)
    const nth = begunMs.length + 1
    if (nth > most) return null
    const usualMs = Math.min(upToMs, afterMs * 2 ** (nth - 1))
    const leastMs = Math.max(afterMs, usualMs * (1 - jitter))
    const mostMs = Math.min(upToMs, usualMs * (1 + jitter))
    const delayMs = leastMs + (mostMs - leastMs) * random()
    begunMs = [...begunMs, nowMs + delayMs]
    return { delayMs, nth }
  }
}

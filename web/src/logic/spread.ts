/**
 * Moves points on a line as little as possible (in squares) so that they keep their order and their distances.
 *
 * Pool adjacent violators, on what is left of each wish once the distances are taken off.
 *
 * @param wanted where each would be, in the order that they must keep
 * @param apart the least distance from each to the next
 */
export function spread(wanted: readonly number[], apart: readonly number[]): number[] {
  const offsets: number[] = []
  let offset = 0
  wanted.forEach((_, i) => {
    if (i > 0) offset += apart[i - 1] ?? 0
    offsets.push(offset)
  })
  const pools: { sum: number; n: number }[] = []
  wanted.forEach((want, i) => {
    let pool = { sum: want - (offsets[i] ?? 0), n: 1 }
    for (;;) {
      const above = pools[pools.length - 1]
      if (above === undefined || above.sum / above.n <= pool.sum / pool.n) break
      pools.pop()
      pool = { sum: above.sum + pool.sum, n: above.n + pool.n }
    }
    pools.push(pool)
  })
  const placed = pools.flatMap(({ sum, n }) => Array<number>(n).fill(sum / n))
  return placed.map((base, i) => base + (offsets[i] ?? 0))
}

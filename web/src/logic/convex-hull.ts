export type Point = readonly [number, number]

/** The outline around points, counter-clockwise (Andrew's monotone chain, 1979). What a point holds beside its place stays with it. */
export function convexHull<P extends readonly [number, number, ...number[]]>(points: readonly P[]): P[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  if (sorted.length < 3) return sorted
  const half = (list: readonly P[]): P[] => {
    const chain: P[] = []
    for (const p of list) {
      for (;;) {
        const a = chain[chain.length - 2]
        const b = chain[chain.length - 1]
        if (a === undefined || b === undefined) break
        if ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 1e-9) break
        chain.pop()
      }
      chain.push(p)
    }
    chain.pop()
    return chain
  }
  return [...half(sorted), ...half(sorted.reverse())]
}

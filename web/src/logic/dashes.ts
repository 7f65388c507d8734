type Vector = readonly [number, number, number]

/** A closed line through points as separate strokes: whole, or in dashes of a length with gaps as long. */
export function strokesAlong(points: readonly Vector[], dash: number | null): (readonly [Vector, Vector])[] {
  const strokes: (readonly [Vector, Vector])[] = []
  let walked = 0
  points.forEach((from, i) => {
    const to = points[(i + 1) % points.length] ?? from
    if (dash === null) {
      strokes.push([from, to])
      return
    }
    const length = Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2])
    const at = (along: number): Vector => {
      const share = length === 0 ? 0 : along / length
      return [
        from[0] + (to[0] - from[0]) * share,
        from[1] + (to[1] - from[1]) * share,
        from[2] + (to[2] - from[2]) * share,
      ]
    }
    for (let along = 0; along < length;) {
      const phase = (walked + along) % (2 * dash)
      const step = Math.min(length - along, phase < dash ? dash - phase : 2 * dash - phase)
      // A step that floating point makes nothing of would never end.
      const next = along + Math.max(step, 1e-6)
      if (phase < dash) strokes.push([at(along), at(Math.min(next, length))])
      along = next
    }
    walked += length
  })
  return strokes
}

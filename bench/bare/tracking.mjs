// Following without a filter, as one writes it by hand: a box goes to the track whose last box it overlaps most.

const overlap = ([ax, ay, aw, ah], [bx, by, bw, bh]) => {
  const width = Math.max(0, Math.min(ax + aw, bx + bw) - Math.max(ax, bx))
  const height = Math.max(0, Math.min(ay + ah, by + bh) - Math.max(ay, by))
  return (width * height) / (aw * ah + bw * bh - width * height)
}

/** Gives each box a number: that of the last picture's box that it overlaps, best first, by at least 0.3; else a new one. */
export function createByOverlap({ lostForMs, minScore }) {
  let tracks = []
  let ids = 0
  return (found, atMs) => {
    const left = new Set(found.filter(({ score }) => score >= minScore))
    const now = []
    const pairs = tracks
      .filter(({ seenAtMs }) => atMs - seenAtMs <= lostForMs)
      .flatMap((track) => [...left].map((one) => ({ track, one, iou: overlap(track.boxPx, one.boxPx) })))
      .filter(({ iou }) => iou >= 0.3)
      .sort((a, b) => b.iou - a.iou)
    const taken = new Set()
    for (const { track, one } of pairs) {
      if (taken.has(track) || !left.delete(one)) continue
      taken.add(track)
      now.push({ ...one, track: track.id })
    }
    for (const one of left) now.push({ ...one, track: ++ids })
    const seen = now.map(({ track, boxPx }) => ({ id: track, boxPx, seenAtMs: atMs }))
    tracks = [...seen, ...tracks.filter((track) => !taken.has(track))]
    return now
  }
}

import type { Size } from './look-place.js'

/** In px, from the upper left corner. */
export type Box = { readonly x: number; readonly y: number; readonly w: number; readonly h: number }

const apartPx = 8

/**
 * Where the name of a box stands: beside it, above or below it, where no other name is; where all of these are taken, as near
 * as may be over or under another, so that names never hide each other while there is room.
 *
 * @param taken where names stand already
 */
export function labelPlace(label: Size, box: Box, frame: Size, taken: readonly Box[]): Box {
  const { width: w, height: h } = label
  const inside = (x: number, y: number): Box => ({
    x: Math.max(0, Math.min(x, frame.width - w)),
    y: Math.max(0, Math.min(y, frame.height - h)),
    w,
    h,
  })
  const [right, left] = [box.x + box.w + apartPx, box.x - apartPx - w]
  const beside = [...(right + w <= frame.width ? [right] : []), ...(left >= 0 ? [left] : [])]
  const places = [
    ...beside.map((x) => inside(x, box.y - 1)),
    inside(box.x, box.y - h - 6),
    inside(box.x, box.y + box.h + 6),
  ]
  const free = (place: Box): boolean => !taken.some((other) => overlap(place, other))
  const [first = inside(box.x, box.y)] = places
  const touching = taken
    .flatMap((other) => [other.y + other.h + 2, other.y - h - 2])
    .filter((y) => y >= 0 && y + h <= frame.height)
    .toSorted((a, b) => Math.abs(a - first.y) - Math.abs(b - first.y))
    .map((y) => ({ ...first, y }))
  return places.find(free) ?? touching.find(free) ?? first
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

import type { Detection } from '../../core/ports.js'
import { intersectionOverUnion } from '../non-maximum-suppression.js'
import { assign } from './assign.js'
import { beginBox, type MovingBox } from './moving-box.js'

export type TrackerSettings = {
  /** Scores from which a detection is sure, from which one begins a track, and below which one counts for nothing. */
  readonly sure: number
  readonly begin: number
  readonly least: number
  /** How long what is lost may come back as itself, in ms. */
  readonly lostFor: number
}

/** A thing that is followed. It has no number until it was seen twice. */
type Track = {
  readonly id: number | null
  readonly label: string
  readonly box: MovingBox
  readonly seenAtMs: number
}

/** A track and what was found of it now. */
type Pair = readonly [track: Track, found: Detection]

/** How alike a track and a detection are, 0 to 1. */
type Likeness = (track: Track, found: Detection) => number

/** So many are followed at most; of more, those that were seen last. */
export const mostTracks = 256

/**
 * Follows things from picture to picture: ByteTrack's association (Zhang et al., ECCV 2022, algorithm 1; thresholds as in its
 * code), by capture time where that counts pictures.
 *
 * 1. What is sure goes to the tracks where they are expected now, lost ones too.
 * 2. What is unsure goes to what was there in the picture before: mostly one that is half hidden.
 * 3. What is sure and left goes to the nearest that was lost, by where it was last seen (after OC-SORT, Cao et al., CVPR 2023): one
 *    who turned round while he was hidden, or came back at the edge where he went out.
 * 4. What is left of what is sure goes to those that were seen once, who get a number by that, or else begins anew.
 *
 * Only things of one label are paired.
 *
 * @returns what has a number, in the order in which it was found; boxes as they were found
 */
export function createTracker(settings: TrackerSettings): (found: readonly Detection[], atMs: number) => Detection[] {
  let tracks: readonly Track[] = []
  let lastAtMs: number | null = null
  let ids = 0

  return (found, atMs) => {
    const dtS = ({ seenAtMs }: Track): number => (atMs - seenAtMs) / 1000
    const expected = new Map(tracks.map((track) => [track, track.box.after(dtS(track))]))
    const overlap: Likeness = (track, { boxPx }) => intersectionOverUnion(expected.get(track) ?? boxPx, boxPx)
    const byScore: Likeness = (track, one) => overlap(track, one) * one.score

    const usable = inOneOrder(found).filter(({ score }) => score >= settings.least)
    const isSure = ({ score }: Detection): boolean => score >= settings.sure
    const known = tracks.filter(({ id, seenAtMs }) => id !== null && atMs - seenAtMs <= settings.lostFor)
    const once = tracks.filter(({ id }) => id === null)

    const first = pairUp(known, usable.filter(isSure), byScore, 0.2)
    const second = pairUp(
      first.tracks.filter(({ seenAtMs }) => seenAtMs === lastAtMs),
      usable.filter((one) => !isSure(one)),
      overlap,
      0.5,
    )
    const left = first.tracks.filter((track) => !second.pairs.some(([paired]) => paired === track))
    const third = pairUp(left, first.found, nearness, 0)
    const fourth = pairUp(once, third.found, byScore, 0.3)

    const now = new Map<Detection, Track>()
    for (const [track, one] of [...first.pairs, ...second.pairs, ...third.pairs, ...fourth.pairs])
      now.set(one, { ...track, box: track.box.seen(one.boxPx, dtS(track)), seenAtMs: atMs })
    for (const one of fourth.found)
      if (one.score >= settings.begin)
        now.set(one, { id: null, label: one.label, box: beginBox(one.boxPx), seenAtMs: atMs })
    // Numbers in one order. What is there in the first picture has no picture before it to be seen twice in.
    for (const one of usable) {
      const track = now.get(one)
      const again = lastAtMs === null || fourth.pairs.some(([, paired]) => paired === one)
      if (track?.id === null && again) now.set(one, { ...track, id: ++ids })
    }

    tracks = [...now.values(), ...third.tracks].slice(0, mostTracks)
    lastAtMs = atMs
    return [...new Set(found)].flatMap((one) => numbered(one, now.get(one)))
  }
}

/** How near a detection is to where a track was last seen: 1 there, 0 from one and a half sizes on, or of quite another size. */
const nearness: Likeness = ({ box: { boxPx: last } }, { boxPx: now }) => {
  const sizeOf = ([, , width, height]: Detection['boxPx']): number => Math.max(width, height)
  const [before, size] = [sizeOf(last), sizeOf(now)]
  if (2 * Math.min(before, size) < Math.max(before, size)) return 0
  const [dx, dy] = [last[0] - now[0] + (last[2] - now[2]) / 2, last[1] - now[1] + (last[3] - now[3]) / 2]
  return 1 - Math.hypot(dx, dy) / (1.5 * before)
}

/** The detections that can be used, in an order that does not hang on the order in which they were found. */
function inOneOrder(found: readonly Detection[]): readonly Detection[] {
  const isSound = ({ score, boxPx }: Detection): boolean => [score, ...boxPx].every(Number.isFinite)
  return [...new Set(found)].filter(isSound).sort((a, b) => {
    if (a.score !== b.score) return b.score - a.score
    if (a.label !== b.label) return a.label < b.label ? -1 : 1
    const axis = a.boxPx.findIndex((value, i) => value !== b.boxPx[i])
    return axis < 0 ? 0 : (a.boxPx[axis] ?? 0) - (b.boxPx[axis] ?? 0)
  })
}

type Paired = {
  readonly pairs: readonly Pair[]
  readonly tracks: readonly Track[]
  readonly found: readonly Detection[]
}

/** The pairs that are the most alike in all, each by more than `least`; and what is left. */
function pairUp(tracks: readonly Track[], found: readonly Detection[], likeness: Likeness, least: number): Paired {
  const weights = tracks.map((track) =>
    found.map((one) => (track.label === one.label ? likeness(track, one) - least : 0)),
  )
  const chosen = assign(tracks.length, found.length, (row, column) => weights[row]?.[column] ?? 0)
  const pairs = tracks.flatMap((track, row) => {
    const one = found[chosen[row] ?? -1]
    return one === undefined ? [] : [[track, one] as const]
  })
  const taken = new Set<Detection | Track>(pairs.flat())
  const isLeft = (one: Detection | Track): boolean => !taken.has(one)
  return { pairs, tracks: tracks.filter(isLeft), found: found.filter(isLeft) }
}

/** What was found with the number of its track, and how fast that moves; nothing where it has none. */
function numbered(one: Detection, track: Track | undefined): readonly Detection[] {
  if (track === undefined || track.id === null) return []
  return [{ ...one, track: track.id, velocityPxPerS: track.box.velocityPxPerS }]
}

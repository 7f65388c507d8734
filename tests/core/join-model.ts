import type { JoinPlan, Selector } from '../../src/core/join-plan.js'

/** Something that arrives at an input, in order of arrival. */
export type Arrival = {
  readonly input: string
  readonly origin: string
  readonly atMs: number
  readonly capturedAtMs: number
  /** Its number among all: its value, too. */
  readonly id: number
}

export type End = { readonly input: string; readonly atMs: number; readonly how: 'complete' | 'fail' }

/** What is given for an anchor item, and when. */
export type Given = { readonly id: number; readonly atMs: number; readonly value: Readonly<Record<string, unknown>> }

export type Modelled = {
  readonly given: readonly Given[]
  /** Anchor items that were dropped as a side had nothing for them. */
  readonly empty: number
  /** Of each side: which items were used. */
  readonly used: ReadonlyMap<string, ReadonlySet<number>>
  /** The join failed for this anchor item. */
  readonly failed: number | null
}

/** A moment: what arrives at a time comes before the timers of that time. */
type Moment = readonly [atMs: number, nth: number]
const later = (a: Moment, b: Moment): Moment => (a[0] !== b[0] ? (a[0] > b[0] ? a : b) : a[1] >= b[1] ? a : b)
const isAfter = (a: Moment, b: Moment): boolean => later(a, b) === a && (a[0] !== b[0] || a[1] !== b[1])

/**
 * Joins of live streams over plain arrays: sort, filter and scan, nothing of src/. All is known beforehand, nothing is bounded.
 *
 * @param arrivals in order of arrival @param ends in order of time; at one time they come after what arrives
 */
export function modelJoin(plan: JoinPlan, arrivals: readonly Arrival[], ends: readonly End[]): Modelled {
  const sides = Object.entries(plan.sides)
  const momentOf = (arrival: Arrival): Moment => [arrival.atMs, arrivals.indexOf(arrival)]
  const waitMs = ({ by, withinMs }: Selector): number =>
    by === 'nearest' || by === 'interpolate' ? (plan.waitMs ?? withinMs) : 0
  /** When nothing more can change the choice, or it is no longer waited for. */
  const settled = (anchor: Arrival, side: string, selector: Selector): Moment => {
    if (waitMs(selector) === 0) return momentOf(anchor)
    const enough = arrivals.find(
      ({ input, capturedAtMs }) =>
        input === side &&
        (selector.by === 'window' ? capturedAtMs > anchor.capturedAtMs : capturedAtMs >= anchor.capturedAtMs),
    )
    const end = ends.find(({ input }) => input === side)
    // With the first that arrives at that time, else by a timer.
    const dueMs = anchor.atMs + waitMs(selector)
    const atDue = arrivals.findIndex(({ atMs }) => atMs === dueMs)
    const moments: Moment[] = [[dueMs, atDue === -1 ? Infinity : atDue]]
    if (enough !== undefined) moments.push(momentOf(enough))
    if (end !== undefined) moments.push([end.atMs, arrivals.length])
    return moments.reduce((first, moment) => (isAfter(first, moment) ? moment : first))
  }

  const leaves = new Map<Arrival, Moment>()
  const lanes = new Map<string, Moment>()
  const anchors = arrivals.filter(({ input }) => input === plan.on)
  for (const anchor of anchors) {
    const before = lanes.get(anchor.origin)
    const moments = sides.map(([side, selector]) => settled(anchor, side, selector))
    const moment = [momentOf(anchor), ...moments, ...(before === undefined ? [] : [before])].reduce(later)
    lanes.set(anchor.origin, moment)
    leaves.set(anchor, moment)
  }
  const inOrder = [...anchors].sort((a, b) => {
    const [left, right] = [leaves.get(a) ?? [0, 0], leaves.get(b) ?? [0, 0]] as const
    return (
      left[0] - right[0] || (left[1] === right[1] ? 0 : left[1] - right[1]) || anchors.indexOf(a) - anchors.indexOf(b)
    )
  })

  const used = new Map(sides.map(([side]) => [side, new Set<number>()]))
  const held = new Map<string, unknown>()
  const given: Given[] = []
  let empty = 0
  for (const anchor of inOrder) {
    const moment = leaves.get(anchor) ?? [0, 0]
    const value: Record<string, unknown> = { [plan.on]: anchor.id }
    const chosen: [side: string, value: unknown, of: readonly Arrival[]][] = []
    let missing = false
    for (const [side, selector] of sides) {
      const seen = arrivals.filter((one) => one.input === side && !isAfter(momentOf(one), moment))
      const choice = choose(selector, seen, anchor.capturedAtMs)
      const key = `${anchor.origin} ${side}`
      if (choice !== null) chosen.push([side, choice.value, choice.of])
      if (choice !== null) value[side] = choice.value
      else if (plan.missing === 'error') return { given, empty, used, failed: anchor.id }
      else if (plan.missing === 'partial') value[side] = null
      else if (plan.missing === 'hold' && held.has(key)) value[side] = held.get(key)
      else missing = true
    }
    if (missing) {
      empty++
      continue
    }
    for (const [side, what, of] of chosen) {
      held.set(`${anchor.origin} ${side}`, what)
      for (const { id } of of) used.get(side)?.add(id)
    }
    given.push({ id: anchor.id, atMs: moment[0], value })
  }
  return { given, empty, used, failed: null }
}

function choose(
  { by, withinMs }: Selector,
  seen: readonly Arrival[],
  atMs: number,
): { readonly value: unknown; readonly of: readonly Arrival[] } | null {
  const inTime = [...seen].sort((a, b) => a.capturedAtMs - b.capturedAtMs)
  const within = inTime.filter(({ capturedAtMs }) => Math.abs(capturedAtMs - atMs) <= withinMs)
  const before = within.filter(({ capturedAtMs }) => capturedAtMs <= atMs)
  const latest = before.find(({ capturedAtMs }) => capturedAtMs === before.at(-1)?.capturedAtMs)
  const after = within.find(({ capturedAtMs }) => capturedAtMs > atMs)
  if (by === 'window') return { value: before.map(({ id }) => id), of: before }
  if (by === 'latest') return latest === undefined ? null : { value: latest.id, of: [latest] }
  if (by === 'nearest') {
    const byDistance = [latest, after].filter((one) => one !== undefined)
    byDistance.sort((a, b) => Math.abs(a.capturedAtMs - atMs) - Math.abs(b.capturedAtMs - atMs))
    const [nearest] = byDistance
    return nearest === undefined ? null : { value: nearest.id, of: [nearest] }
  }
  if (latest?.capturedAtMs === atMs) return { value: latest.id, of: [latest] }
  if (latest === undefined || after === undefined) return null
  const share = (atMs - latest.capturedAtMs) / (after.capturedAtMs - latest.capturedAtMs)
  return { value: between(latest.id, after.id, share), of: [latest, after] }
}

/** Tells what was interpolated, so that equality is exact. */
export const between = (from: unknown, to: unknown, share: number): string =>
  `${String(from)}→${String(to)} at ${String(share)}`

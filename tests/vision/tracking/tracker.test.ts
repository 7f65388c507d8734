import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Detection } from '../../../src/core/ports.js'
import { createTracker, mostTracks, type TrackerSettings } from '../../../src/vision/tracking/tracker.js'
import { runs } from '../../helpers/runs.js'
import { between } from '../../robot/arbitraries.js'

const settings: TrackerSettings = { sure: 0.5, begin: 0.6, least: 0.1, lostFor: 1000 }

type Picture = { readonly afterMs: number; readonly found: readonly Detection[] }

const thing = (x: number, y: number, size = 100, score = 0.9, label = 'face'): Detection => ({
  label,
  score,
  boxPx: [x, y, size, size * 1.25],
  keypointsPx: [[x, y]],
})

/** Things that overlap often, of two kinds, sure and unsure ones; no two alike, so that each can be told from the others. */
const anyFound: fc.Arbitrary<readonly Detection[]> = fc.uniqueArray(
  fc
    .record({
      x: fc.integer({ min: 0, max: 300 }),
      y: fc.integer({ min: 0, max: 100 }),
      size: fc.integer({ min: 0, max: 120 }),
      score: fc.oneof(between(0, 1), fc.constant(0.9)),
      label: fc.constantFrom('face', 'cup'),
    })
    .map(({ x, y, size, score, label }) => thing(x, y, size, score, label)),
  { maxLength: 6, selector: (one) => JSON.stringify(one) },
)
const anyPictures = (maxLength = 20): fc.Arbitrary<readonly Picture[]> =>
  fc.array(fc.record({ afterMs: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constant(900)), found: anyFound }), {
    maxLength,
  })

function play(pictures: readonly Picture[], own: Partial<TrackerSettings> = {}): readonly (readonly Detection[])[] {
  const follow = createTracker({ ...settings, ...own })
  let atMs = 0
  return pictures.map(({ afterMs, found }) => follow(found, (atMs += afterMs)))
}

const idsOf = (found: readonly Detection[]): readonly (number | undefined)[] => found.map(({ track }) => track)

/** What was found, without what a tracker says of it. */
function asFound({ label, score, boxPx, keypointsPx }: Detection): Detection {
  return { label, score, boxPx, keypointsPx }
}

/** Numbers by the order in which they came, so that two runs compare. */
function renumbered(all: readonly (readonly Detection[])[]): unknown {
  const known = new Map<number | undefined, number>()
  for (const id of [...new Set(all.flatMap(idsOf))].sort((a, b) => (a ?? 0) - (b ?? 0))) known.set(id, known.size)
  return all.map((found) => found.map((one) => ({ ...one, track: known.get(one.track) })))
}

describe('the tracker', () => {
  test('law: what it gives was found, in that order, each with a number that no other has', () => {
    fc.assert(
      fc.property(anyPictures(), (pictures) => {
        for (const [k, given] of play(pictures).entries()) {
          const order = given.map((one) => JSON.stringify(asFound(one)))
          const before = (pictures[k]?.found ?? []).map((one) => JSON.stringify(one))
          expect(order).toEqual(before.filter((one) => order.includes(one)))
          expect(new Set(idsOf(given)).size).toBe(given.length)
          for (const id of idsOf(given)) expect(Number.isInteger(id)).toBe(true)
        }
      }),
      { numRuns: runs(300) },
    )
  })

  test('law: the order in which things were found changes nothing', () => {
    fc.assert(
      fc.property(anyPictures(), fc.integer(), (pictures, seed) => {
        const shuffle = (found: readonly Detection[]): readonly Detection[] =>
          [...found].sort((a, b) => Math.sin(seed + a.boxPx[0] * 13) - Math.sin(seed + b.boxPx[0] * 13))
        const byPlace = (found: readonly Detection[]): unknown => found.map((one) => JSON.stringify(one)).sort()
        const shuffled = play(pictures.map(({ afterMs, found }) => ({ afterMs, found: shuffle(found) })))
        expect(shuffled.map(byPlace)).toEqual(play(pictures).map(byPlace))
      }),
      { numRuns: runs(300) },
    )
  })

  test('law: a number stays with one label, and new ones count up', () => {
    fc.assert(
      fc.property(anyPictures(), (pictures) => {
        const labels = new Map<number | undefined, string>()
        let most = 0
        for (const given of play(pictures)) {
          const fresh = given.filter(({ track = 0 }) => track > most)
          for (const { track, label } of given) {
            expect(labels.get(track) ?? label).toBe(label)
            labels.set(track, label)
          }
          most += fresh.length
          for (const { track = 0 } of fresh) expect(track).toBeLessThanOrEqual(most)
        }
      }),
      { numRuns: runs(300) },
    )
  })

  test('law: what is too unsure to begin never is the first of a number; what counts for nothing has none', () => {
    fc.assert(
      fc.property(anyPictures(), (pictures) => {
        const known = new Set<number | undefined>()
        for (const [k, given] of play(pictures).entries()) {
          for (const { track, score } of given) {
            expect(score).toBeGreaterThanOrEqual(settings.least)
            // One that was seen twice may have been sure enough the first time.
            if (!known.has(track)) expect(score).toBeGreaterThanOrEqual(k === 0 ? settings.begin : settings.sure)
            known.add(track)
          }
        }
      }),
      { numRuns: runs(300) },
    )
  })

  test('law: what was not seen for longer than lostFor is forgotten, all of it', () => {
    const gone: Picture = { afterMs: settings.lostFor + 1, found: [] }
    fc.assert(
      fc.property(anyPictures(8), anyPictures(8), (before, after) => {
        const both = play([...before, gone, ...after]).slice(before.length + 1)
        expect(renumbered(both)).toEqual(renumbered(play([gone, ...after]).slice(1)))
      }),
      { numRuns: runs(300) },
    )
  })

  const motion = fc.record({
    widthsPerS: fc.tuple(between(-2, 2), between(-2, 2)),
    size: between(20, 300),
    periodMs: between(16, 100),
    gapMs: between(0, settings.lostFor - 0.001),
  })

  test('law: a straight motion keeps its number through any gap up to lostFor', () => {
    fc.assert(
      fc.property(motion, fc.array(fc.boolean()), ({ widthsPerS: [vx, vy], size, periodMs, gapMs }, empty) => {
        const follow = createTracker(settings)
        const at = (ms: number): Detection => thing((vx * size * ms) / 1000, (vy * size * ms) / 1000, size)
        const seenMs = Array.from({ length: Math.ceil(1000 / periodMs) + 1 }, (_, k) => k * periodMs)
        for (const ms of seenMs) expect(idsOf(follow([at(ms)], ms))).toEqual([1])
        const lastMs = seenMs.at(-1) ?? 0
        // Pictures without it, as many as there are, do not count: time does.
        for (const [k] of empty.entries()) follow([], lastMs + (gapMs * k) / empty.length)
        const backMs = lastMs + gapMs
        expect(idsOf(follow([at(backMs)], backMs))).toEqual([1])
        const late = createTracker(settings)
        late([at(0)], 0)
        expect(idsOf(late([at(0)], settings.lostFor + 1))).toEqual([])
      }),
      { numRuns: runs(300) },
    )
  })

  test('law: what moves evenly is told with its speed', () => {
    fc.assert(
      fc.property(motion, ({ widthsPerS: [vx, vy], size, periodMs }) => {
        const follow = createTracker(settings)
        let velocity: readonly number[] = []
        for (let ms = 0; ms <= 1500; ms += periodMs) {
          const [one] = follow([thing((vx * size * ms) / 1000, (vy * size * ms) / 1000, size)], ms)
          velocity = one?.velocityPxPerS ?? []
        }
        const [x = NaN, y = NaN] = velocity
        expect(Math.hypot(x - vx * size, y - vy * size)).toBeLessThan(0.1 * size * Math.hypot(vx, vy) + 1e-9)
      }),
    )
  })

  test('two that cross keep their numbers, as each goes on as it went', () => {
    const follow = createTracker(settings)
    let given: readonly Detection[] = []
    for (let k = 0; k <= 40; k++) given = follow([thing(k * 20, k * 2), thing(800 - k * 20, 80 - k * 2)], k * 33)
    expect(idsOf(given)).toEqual([1, 2])
    expect(given[0]?.boxPx[0]).toBe(800)
  })

  test('one that is half hidden is found by a low score, but no low score begins one', () => {
    const pictures = [0.9, 0.9, 0.2, 0.3, 0.9].map((score) => ({ afterMs: 33, found: [thing(0, 0, 100, score)] }))
    expect(play(pictures).map(idsOf)).toEqual([[1], [1], [1], [1], [1]])
    expect(
      play(pictures.slice(2, 4))
        .map(idsOf)
        .every((ids) => ids.length === 0),
    ).toBe(true)
  })

  test('a low score goes on with what was there in the picture before, and brings back nothing that was lost', () => {
    const pictures = [[thing(0, 0)], [thing(0, 0)], [], [thing(0, 0, 100, 0.3)], [thing(0, 0)]]
    expect(play(pictures.map((found) => ({ afterMs: 33, found }))).map(idsOf)).toEqual([[1], [1], [], [], [1]])
  })

  test('what comes near to where one was lost, but is of quite another size, is not that one', () => {
    const pictures = [[thing(0, 0)], [thing(0, 0)], [], [thing(0, 0, 300)], [thing(0, 0, 300)]]
    expect(play(pictures.map((found) => ({ afterMs: 33, found }))).map(idsOf)).toEqual([[1], [1], [], [], [2]])
  })

  test('something new gets its number when it is seen a second time; a flash does not', () => {
    const [old, fresh] = [thing(0, 0), thing(500, 0)]
    const pictures = [[old], [old, fresh], [old], [old, fresh], [old, fresh]]
    expect(play(pictures.map((found) => ({ afterMs: 33, found }))).map(idsOf)).toEqual([[1], [1], [1], [1], [1, 2]])
  })

  test('one who went out at the edge and comes back there within lostFor is the same', () => {
    const follow = createTracker(settings)
    for (let k = 0; k < 20; k++) follow([thing(200 - k * 10, 0)], k * 33)
    const backMs = 19 * 33 + 800
    expect(idsOf(follow([thing(15, 0)], backMs))).toEqual([1])
  })

  test('one found twice by the same name is one, and what is no number is nothing', () => {
    const one = thing(0, 0)
    expect(idsOf(createTracker(settings)([one, one, { ...one, score: NaN }, thing(NaN, 0), thing(9, 9)], 0))).toEqual([
      1, 2,
    ])
  })

  test('of more than it follows, the surest are followed on', () => {
    const many = Array.from({ length: mostTracks + 44 }, (_, k) => thing(k * 200, 0, 100, 0.6 + k / 1000))
    const follow = createTracker(settings)
    follow(many, 0)
    const kept = follow(many, 33)
    expect(kept).toHaveLength(mostTracks)
    expect(kept[0]?.boxPx).toEqual(many[44]?.boxPx)
  })
})

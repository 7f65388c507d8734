import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Detection } from '../../src/core/ports.js'
import { runs } from '../helpers/runs.js'
import { intersectionOverUnion, suppressNonMaxima, winnersOf } from '../../src/vision/non-maximum-suppression.js'

const place = fc.double({ min: -100, max: 1400, noNaN: true })
const length = fc.double({ min: 1, max: 400, noNaN: true })
const box = fc.tuple(place, place, length, length)
const detection: fc.Arbitrary<Detection> = fc.record({
  label: fc.constant('face'),
  score: fc.double({ min: 0.01, max: 1, noNaN: true }),
  boxPx: box,
  keypointsPx: fc.array(fc.tuple(place, place), { minLength: 2, maxLength: 2 }),
})
/** Heaps of near copies, as a detector gives them, and strays between. */
const heaps: fc.Arbitrary<Detection[]> = fc
  .array(
    fc.tuple(
      detection,
      fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.double({ min: 0.01, max: 1, noNaN: true })), {
        maxLength: 5,
      }),
    ),
    {
      maxLength: 6,
    },
  )
  .map((seeds) =>
    seeds.flatMap(([one, copies]) => [
      one,
      ...copies.map(([by, score]): Detection => ({
        ...one,
        score,
        boxPx: [one.boxPx[0] + by, one.boxPx[1], one.boxPx[2], one.boxPx[3]],
      })),
    ]),
  )
  .filter((all) => new Set(all.map(({ score }) => score)).size === all.length)
const minIou = 0.3

describe('suppressNonMaxima', () => {
  test('law: best first, with scores that were there, the best of all among them', () => {
    fc.assert(
      fc.property(heaps, (all) => {
        const kept = suppressNonMaxima(all, minIou)
        const scores = kept.map(({ score }) => score)
        expect(scores).toEqual([...scores].sort((a, b) => b - a))
        for (const score of scores) expect(all.map((one) => one.score)).toContain(score)
        expect(kept.length > 0).toBe(all.length > 0)
        if (all.length > 0) expect(scores[0]).toBe(Math.max(...all.map(({ score }) => score)))
      }),
    )
  })

  test('law: the winners do not overlap, and every candidate overlaps a winner at least as good', () => {
    fc.assert(
      fc.property(heaps, (all) => {
        const kept = suppressNonMaxima(all, minIou)
        const winners = kept.map(({ score }) => all.find((one) => one.score === score) as Detection)
        for (const a of winners) {
          for (const b of winners) {
            if (a !== b) expect(intersectionOverUnion(a.boxPx, b.boxPx)).toBeLessThanOrEqual(minIou)
          }
        }
        for (const one of all) {
          expect(
            winners.some(
              (w) => w === one || (w.score >= one.score && intersectionOverUnion(w.boxPx, one.boxPx) > minIou),
            ),
          ).toBe(true)
        }
      }),
    )
  })

  test('law: the order of the candidates does not matter', () => {
    fc.assert(
      fc.property(heaps, (all) => {
        expect(suppressNonMaxima([...all].reverse(), minIou)).toEqual(suppressNonMaxima(all, minIou))
      }),
    )
  })

  test('law: what overlaps nothing comes out as it went in', () => {
    fc.assert(
      fc.property(fc.uniqueArray(detection, { selector: ({ score }) => score, maxLength: 8 }), (all) => {
        const apart = all.map((one, i): Detection => ({ ...one, boxPx: [i * 500, 0, one.boxPx[2], one.boxPx[3]] }))
        const kept = suppressNonMaxima(apart, minIou)
        expect(new Set(kept)).toEqual(new Set(apart))
      }),
    )
  })

  test('law: copies of one at other scores are one, at its place', () => {
    fc.assert(
      fc.property(
        detection,
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { maxLength: 6 }),
        (one, scores) => {
          const [kept, ...others] = suppressNonMaxima([one, ...scores.map((score) => ({ ...one, score }))], minIou)
          expect(others).toEqual([])
          kept?.boxPx.forEach((value, i) => {
            expect(value).toBeCloseTo(one.boxPx[i] ?? NaN, 6)
          })
          expect(kept?.score).toBe(Math.max(one.score, ...scores))
        },
      ),
    )
  })

  test('a box without an area overlaps nothing, not even itself, and still comes to an end', () => {
    const flat: Detection = { label: 'face', score: 0.9, boxPx: [3, 3, 0, 0], keypointsPx: [] }
    expect(suppressNonMaxima([flat, { ...flat, score: 0.5 }], minIou).length).toBe(2)
  })

  test('the mean is weighted by score, keypoints too', () => {
    const at = (x: number, score: number): Detection => ({
      label: 'face',
      score,
      boxPx: [x, 0, 100, 100],
      keypointsPx: [[x, 5]],
    })
    expect(suppressNonMaxima([at(0, 0.3), at(20, 0.9)], minIou)).toEqual([
      { label: 'face', score: 0.9, boxPx: [15, 0, 100, 100], keypointsPx: [[15, 5]] },
    ])
  })
})

describe('winnersOf', () => {
  type Thing = {
    readonly box: readonly [number, number, number, number]
    readonly score: number
    readonly kind: number
  }
  /** On a coarse grid, so that boxes coincide, touch and score the same often. */
  const step = fc.integer({ min: 0, max: 3 })
  const thing: fc.Arbitrary<Thing> = fc.record({
    box: fc.tuple(step, step, step, step),
    score: fc.integer({ min: 0, max: 6 }).map((n) => n / 6),
    kind: fc.integer({ min: 0, max: 2 }),
  })
  const boxesOf = (all: readonly Thing[]) => ({
    count: all.length,
    boxesPx: Float64Array.from(all.flatMap(({ box }) => box)),
    scores: Float64Array.from(all, ({ score }) => score),
    classes: Int32Array.from(all, ({ kind }) => kind),
  })

  /** By the definition, pair by pair. */
  function slowly(all: readonly Thing[], maxIou: number, most: number): { winners: number[]; winnerOf: number[] } {
    const winnerOf = all.map(() => -1)
    const winners: number[] = []
    while (winners.length < most) {
      const free = all.map((_, i) => i).filter((i) => winnerOf[i] === -1)
      const best = free.find((i) => free.every((k) => (all[k]?.score ?? 0) <= (all[i]?.score ?? 0)))
      if (best === undefined) break
      winners.push(best)
      for (const i of free) {
        const same = all[i]?.kind === all[best]?.kind
        const overlap = intersectionOverUnion(all[i]?.box ?? [0, 0, 0, 0], all[best]?.box ?? [0, 0, 0, 0])
        if (i === best || (same && overlap > maxIou)) winnerOf[i] = best
      }
    }
    return { winners, winnerOf }
  }

  test('law: the same as slowly, by the definition: ties, classes, boxes without an area, and a bound', () => {
    const most = fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 4 }))
    fc.assert(
      fc.property(
        fc.array(thing, { maxLength: 25 }),
        fc.constantFrom(0, 0.3, 0.5, 0.7, 1),
        most,
        (all, maxIou, top) => {
          const { winners, winnerOf } = winnersOf(boxesOf(all), maxIou, top)
          expect({ winners, winnerOf: [...winnerOf] }).toEqual(slowly(all, maxIou, top))
        },
      ),
      { numRuns: runs(500) },
    )
  })

  test('law: each class is as if it were alone', () => {
    fc.assert(
      fc.property(fc.array(thing, { maxLength: 25 }), (all) => {
        const together = winnersOf(boxesOf(all), 0.45).winners
        for (const kind of [0, 1, 2]) {
          const indices = all.map((_, i) => i).filter((i) => all[i]?.kind === kind)
          const alone = winnersOf(boxesOf(all.filter((one) => one.kind === kind)), 0.45).winners
          expect(together.filter((i) => all[i]?.kind === kind)).toEqual(alone.map((i) => indices[i]))
        }
      }),
    )
  })

  test('8400 boxes that overlap nothing, of which 300 are kept', () => {
    const all = Array.from({ length: 8400 }, (_, i): Thing => ({ box: [i * 10, 0, 5, 5], score: i, kind: 0 }))
    const { winners } = winnersOf(boxesOf(all), 0.45, 300)
    expect(winners).toEqual(Array.from({ length: 300 }, (_, i) => 8399 - i))
  })
})

describe('intersectionOverUnion', () => {
  test('law: symmetric, from 0 to 1, 1 with itself, the same wherever the two lie', () => {
    fc.assert(
      fc.property(box, box, place, (a, b, by) => {
        const iou = intersectionOverUnion(a, b)
        expect(intersectionOverUnion(b, a)).toBeCloseTo(iou, 9)
        expect(iou).toBeGreaterThanOrEqual(0)
        expect(iou).toBeLessThanOrEqual(1 + 1e-9)
        expect(intersectionOverUnion(a, a)).toBeCloseTo(1, 9)
        const moved = intersectionOverUnion([a[0] + by, a[1], a[2], a[3]], [b[0] + by, b[1], b[2], b[3]])
        expect(moved).toBeCloseTo(iou, 6)
      }),
    )
  })

  test('two halves in common are a third of the whole', () => {
    expect(intersectionOverUnion([0, 0, 2, 1], [1, 0, 2, 1])).toBeCloseTo(1 / 3, 12)
    expect(intersectionOverUnion([0, 0, 1, 1], [1, 0, 1, 1])).toBe(0)
    expect(intersectionOverUnion([0, 0, 0, 0], [0, 0, 0, 0])).toBe(0)
  })
})

import fc from 'fast-check'
import { type Detection, type Detections, mapValue } from 'saccade'
import { virtualRun } from 'saccade/testing'
import { expect, test } from 'vitest'
import { threshold } from './threshold.js'

const face = (score: number): Detection => ({ label: 'face', score, boxPx: [0, 0, 10, 10], keypointsPx: [] })
const faces = (...scores: readonly number[]): Detections => ({ sizePx: [640, 480], found: scores.map(face) })
const scores = mapValue(({ found }: Detections) => found.map(({ score }) => score))

test('law: what passes is what was found and scores enough, in its order', async () => {
  // Tenths, so that many scores are just the lowest that passes.
  const score = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10)
  await fc.assert(
    fc.asyncProperty(score, fc.array(score), async (min, found) => {
      const passed = found.filter((one) => one >= min)
      await virtualRun(({ hot, expectPackets }) => {
        const faces$ = hot('-a|', { a: faces(...found) })
        expectPackets(faces$.pipe(threshold({ min }), scores)).toBe('-a|', { a: passed })
      })
    }),
    { numRuns: 50 },
  )
})

test('a picture in which nothing passes gives an empty list, and time stays as it was', () =>
  virtualRun(({ hot, expectPackets }) => {
    const values = { a: faces(0.9, 0.4), b: faces(0.3) }
    const left = { a: [0.9], b: [] }
    expectPackets(hot('-a--b-|', values).pipe(threshold(0.5), scores)).toBe('-a--b-|', left)
  }))

test('an error passes through', () =>
  virtualRun(({ hot, expectPackets }) => {
    expectPackets(hot<Detections>('-#').pipe(threshold(), scores)).toBe('-#')
  }))

test('a score above 1 is refused, with an example of what is right', () => {
  expect(() => threshold(2)).toThrow('threshold')
})

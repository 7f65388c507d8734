import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SharedPixels } from '../../src/core/frame.js'
import type { TensorLike } from '../../src/core/inference.js'
import { blazefaceAnchors } from '../../src/vision/blazeface-anchors.js'
import { job } from '../../src/vision/blazeface.js'
import { picture } from './pictures.js'

const confidentNegative = -200

/** The model's outputs when the anchors named give these logits, with a box of 40×50 in the anchor's middle. */
function outputs(logits: ReadonlyMap<number, number>): Record<string, TensorLike> {
  const scores = new Float32Array(896).fill(confidentNegative)
  const values = new Float32Array(896 * 16)
  for (const [anchor, logit] of logits) {
    scores[anchor] = logit
    values.set([0, 0, 40, 50, -10, -5, 10, -5, 0, 0, 0, 9, -20, 0, 20, 0], anchor * 16)
  }
  const tensor = (data: Float32Array, dims: number[]): TensorLike => ({ type: 'float32', dims, data })
  return {
    'Identity:0': tensor(scores.subarray(0, 512), [1, 512, 1]),
    'Identity_1:0': tensor(scores.subarray(512), [1, 384, 1]),
    'Identity_2:0': tensor(values.subarray(0, 512 * 16), [1, 512, 16]),
    'Identity_3:0': tensor(values.subarray(512 * 16), [1, 384, 16]),
  }
}

const anyAnchor = fc.integer({ min: 0, max: 895 })
/** A frame of a 1280×720 source, shrunk by a whole number. */
function frame(shrink: number): SharedPixels {
  return picture('gray', 1280 / shrink, 720 / shrink, () => 0, {
    sourceWidthPx: 1280,
    sourceHeightPx: 720,
    scaleX: shrink,
    scaleY: shrink,
    offsetXPx: 0,
    offsetYPx: 0,
  })
}

const frames = new Map([1, 2, 4, 5, 8].map((shrink) => [shrink, frame(shrink)]))
const frameOf = (shrink: number): SharedPixels => frames.get(shrink) ?? frame(shrink)

describe('blazeface', () => {
  test('law: a face is told in the source’s pixels, the same from every size of frame (S7)', () => {
    fc.assert(
      fc.property(anyAnchor, fc.constantFrom(1, 2, 4, 5, 8), (anchor, shrink) => {
        const x = (blazefaceAnchors[anchor * 2] ?? NaN) * 5
        const y = ((blazefaceAnchors[anchor * 2 + 1] ?? NaN) - 56) * 5
        const { sizePx, found } = job.finish(outputs(new Map([[anchor, 3]])), {
          picture: frameOf(shrink),
          minScore: 0.6,
        })
        expect(sizePx).toEqual([1280, 720])
        const inside = y >= 0 && y <= 720
        expect(found.length).toBe(inside ? 1 : 0)
        const [face] = found
        if (face === undefined) return
        const close = (values: readonly number[], wanted: readonly number[]) => {
          values.forEach((value, i) => {
            expect(value).toBeCloseTo(wanted[i] ?? NaN, 3)
          })
        }
        close(face.boxPx, [x - 100, y - 125, 200, 250])
        close(face.keypointsPx[0] ?? [], [x - 50, y - 25])
        close(face.keypointsPx[5] ?? [], [x + 100, y])
      }),
    )
  })

  test('law: found when its score is enough, and only then', () => {
    const minScore = fc.double({ min: 0.05, max: 0.95, noNaN: true })
    fc.assert(
      fc.property(minScore, fc.float({ min: -80, max: 80, noNaN: true }), (least, logit) => {
        const score = 1 / (1 + Math.exp(-logit))
        fc.pre(Math.abs(score - least) > 1e-6)
        const { found } = job.finish(outputs(new Map([[512 + 200, logit]])), { picture: frameOf(5), minScore: least })
        expect(found.map((face) => face.score)).toEqual(score > least ? [expect.closeTo(score, 5)] : [])
      }),
    )
  })

  test('neighbouring anchors of one face give one face; two faces give two, best first', () => {
    const logits = new Map([
      [16 * 2 * 6 + 2 * 4, 2],
      [16 * 2 * 6 + 2 * 4 + 1, 1],
      [16 * 2 * 9 + 2 * 12, 4],
    ])
    const { found } = job.finish(outputs(logits), { picture: frameOf(5), minScore: 0.6 })
    expect(found.map(({ score }) => score.toFixed(2))).toEqual(['0.98', '0.88'])
  })

  test('law: a number that is none, wherever it is looked at, is an error that names the model', () => {
    const wrong = fc.constantFrom(NaN, Infinity, -Infinity)
    const logits = fc.constantFrom('Identity:0', 'Identity_1:0')
    fc.assert(
      fc.property(
        logits,
        fc.integer({ min: 0, max: 383 }),
        fc.integer({ min: -1, max: 15 }),
        wrong,
        (name, anchor, k, value) => {
          const raw = outputs(new Map([[anchor + (name === 'Identity:0' ? 0 : 512), 3]]))
          const [tensor, place] =
            k < 0
              ? [raw[name], anchor]
              : [raw[name === 'Identity:0' ? 'Identity_2:0' : 'Identity_3:0'], anchor * 16 + k]
          if (tensor !== undefined) tensor.data[place] = value
          expect(() => job.finish(raw, { picture: frameOf(5), minScore: 0.6 })).toThrow(
            expect.objectContaining({ code: 'model', message: expect.stringContaining('model blazeface') as string }),
          )
        },
      ),
    )
  })

  test('the anchors are MediaPipe’s: 512 at 16 px, two a cell, then 384 at 32 px, six a cell', () => {
    expect(blazefaceAnchors.length).toBe(896 * 2)
    expect([...blazefaceAnchors.slice(0, 6)]).toEqual([8, 8, 8, 8, 24, 8])
    expect([...blazefaceAnchors.slice(512 * 2, 512 * 2 + 2)]).toEqual([16, 16])
    expect([...blazefaceAnchors.slice(512 * 2 + 12, 512 * 2 + 14)]).toEqual([48, 16])
    expect([...blazefaceAnchors.slice(-2)]).toEqual([240, 240])
  })
})

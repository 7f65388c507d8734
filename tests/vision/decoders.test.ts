import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { FitJob, InferenceJob, ModelFacts, TensorLike } from '../../src/core/inference.js'
import type { Detections } from '../../src/core/ports.js'
import { fitJob, type ObjectsInput, type ObjectsSetup } from '../../src/vision/objects.js'
import { asSource, noise, picture } from './pictures.js'

const sizePx = 64
const labels = ['cat', 'dog', 'cup']
type Name = ObjectsSetup['decoder']
const names: readonly Name[] = ['yolox', 'yolov8', 'nms-inside']
/** 8×8, 4×4 and 2×2 cells. */
const cells = [8, 16, 32].flatMap((stride) =>
  Array.from({ length: (sizePx / stride) ** 2 }, (_, i) => ({
    stride,
    column: i % (sizePx / stride),
    row: Math.floor(i / (sizePx / stride)),
  })),
)
const rows = cells.length
const dims: Readonly<Record<Name, readonly number[]>> = {
  yolox: [1, rows, 5 + labels.length],
  yolov8: [1, 4 + labels.length, rows],
  'nms-inside': [1, rows, 6],
}

function factsOf(decoder: Name, outputs: readonly number[] = dims[decoder]): ModelFacts {
  return {
    name: 'mine',
    inputs: [{ name: 'images', type: 'float32', dims: [1, 3, sizePx, sizePx] }],
    outputs: [{ name: 'out', type: 'float32', dims: outputs }],
  }
}

const setupOf = (decoder: Name, more: Partial<ObjectsSetup> = {}): ObjectsSetup => ({
  decoder,
  labels,
  picture: { fit: 'middle' },
  sizePx: null,
  ...more,
})

type Job = InferenceJob<ObjectsInput, Detections>
function jobOf(decoder: Name): Job {
  const job = fitJob(setupOf(decoder), factsOf(decoder))
  if (!('finish' in job)) throw new Error(job.join())
  return job
}

/** A thing in px of the model's picture, at one of the output's places. */
type Thing = {
  readonly place: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly score: number
  readonly kind: number
}

/** The raw output in which a decoder finds these things: its own arithmetic turned round. */
function encode(decoder: Name, things: readonly Thing[]): Float32Array {
  const all = new Float32Array(dims[decoder].reduce((a, b) => a * b, 1))
  for (const { place, x, y, width, height, score, kind } of things) {
    if (decoder === 'yolox') {
      const { stride, column, row } = cells[place] ?? { stride: NaN, column: NaN, row: NaN }
      const box = [x / stride - column, y / stride - row, Math.log(width / stride), Math.log(height / stride)]
      // The score is a product: an objectness that is no smaller than it, and the class's share.
      all.set([...box, Math.sqrt(score)], place * (5 + labels.length))
      all[place * (5 + labels.length) + 5 + kind] = Math.sqrt(score)
    } else if (decoder === 'yolov8') {
      ;[x, y, width, height].forEach((value, k) => {
        all[k * rows + place] = value
      })
      all[(4 + kind) * rows + place] = score
    } else {
      all.set([x - width / 2, y - height / 2, x + width / 2, y + height / 2, score, kind], place * 6)
    }
  }
  return all
}

const answer = (decoder: Name, data: Float32Array): Record<string, TensorLike> => ({
  out: { type: 'float32', dims: dims[decoder], data },
})

const unit = fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000)
const thing: fc.Arbitrary<Thing> = fc.record({
  place: fc.integer({ min: 0, max: rows - 1 }),
  x: unit.map((share) => share * sizePx),
  y: unit.map((share) => share * sizePx),
  width: unit.map((share) => 1 + share * sizePx),
  height: unit.map((share) => 1 + share * sizePx),
  score: unit.map((share) => 0.02 + share * 0.97),
  kind: fc.integer({ min: 0, max: labels.length - 1 }),
})
const things = fc.uniqueArray(thing, { selector: ({ place }) => place, maxLength: 12 })
const anyDecoder = fc.constantFrom(...names)
const square = picture('gray', sizePx, sizePx, () => 0)
const all: ObjectsInput = { picture: square, minScore: 0.01, maxOverlap: 1, only: [] }
const jobs = new Map(names.map((name) => [name, jobOf(name)]))
const finish = (decoder: Name, data: Float32Array, input: ObjectsInput): Detections =>
  (jobs.get(decoder) ?? jobOf(decoder)).finish(answer(decoder, data), input)

describe('decoders of boxes', () => {
  test('law: what was written into a raw output is read back: each box, label and score, best first', () => {
    fc.assert(
      fc.property(anyDecoder, things, (decoder, there) => {
        const { found, sizePx: source } = finish(decoder, encode(decoder, there), all)
        expect(source).toEqual([sizePx, sizePx])
        expect(found.length).toBe(there.length)
        const scores = found.map(({ score }) => score)
        expect(scores).toEqual([...scores].sort((a, b) => b - a))
        for (const { x, y, width, height, score, kind } of there) {
          const wanted = [x - width / 2, y - height / 2, width, height]
          const near = (one: (typeof found)[number]): boolean =>
            one.label === labels[kind] &&
            Math.abs(one.score - score) < 1e-4 &&
            one.boxPx.every((value, i) => Math.abs(value - (wanted[i] ?? NaN)) < 1e-3)
          expect(found.some(near)).toBe(true)
        }
      }),
    )
  })

  test('law: a score below the least, and a label that nobody asked for, are left out, and nothing else is', () => {
    fc.assert(
      fc.property(anyDecoder, things, unit, fc.subarray(labels, { minLength: 1 }), (decoder, there, share, only) => {
        const minScore = Math.max(0.01, share)
        fc.pre(there.every(({ score }) => Math.abs(score - minScore) > 1e-3))
        const { found } = finish(decoder, encode(decoder, there), { ...all, minScore, only })
        const wanted = there.filter(({ score, kind }) => score >= minScore && only.includes(labels[kind] ?? ''))
        expect(found.map(({ label }) => label).sort()).toEqual(wanted.map(({ kind }) => labels[kind]).sort())
      }),
    )
  })

  test('law: boxes are in the source’s pixels, whatever the frame was scaled to (S7)', () => {
    const shrink = fc.constantFrom(1, 2, 5, 10)
    fc.assert(
      fc.property(anyDecoder, thing, shrink, (decoder, one, by) => {
        const geometry = { ...asSource(1280, 720), scaleX: by, scaleY: by }
        const from = picture('gray', 1280 / by, 720 / by, () => 0, geometry)
        const { found, sizePx: source } = finish(decoder, encode(decoder, [one]), { ...all, picture: from })
        expect(source).toEqual([1280, 720])
        // 64×36 in the middle of 64×64: 14 px from the top, 20 source pixels to one.
        const wanted = [one.x - one.width / 2, one.y - one.height / 2 - 14, one.width, one.height].map((v) => v * 20)
        found[0]?.boxPx.forEach((value, i) => {
          expect(Math.abs(value - (wanted[i] ?? NaN))).toBeLessThan(0.02)
        })
        expect(found.length).toBe(1)
      }),
    )
  })

  test('law: a number that is none, wherever it is looked at, is an error that names model and output', () => {
    const wrong = fc.constantFrom(NaN, Infinity)
    fc.assert(
      fc.property(anyDecoder, thing, fc.integer({ min: 0, max: 5 }), wrong, (decoder, one, part, value) => {
        const raw = encode(decoder, [one])
        const at = {
          yolox: one.place * (5 + labels.length) + part,
          yolov8: part * rows + one.place,
          'nms-inside': one.place * 6 + part,
        }
        raw[at[decoder]] = value
        expect(() => finish(decoder, raw, all)).toThrow(
          expect.objectContaining({
            code: 'model',
            message: expect.stringMatching(/model mine .* output out /) as string,
          }),
        )
      }),
    )
  })

  test('of two of a label that overlap the better one is left; another label stays', () => {
    const one: Thing = { place: 1, x: 20, y: 20, width: 16, height: 16, score: 0.9, kind: 0 }
    const raw = (decoder: Name) =>
      encode(decoder, [one, { ...one, place: 2, x: 21, score: 0.8 }, { ...one, place: 3, score: 0.7, kind: 2 }])
    for (const decoder of names) {
      const { found } = finish(decoder, raw(decoder), { ...all, maxOverlap: 0.45 })
      expect(found.map(({ label }) => label)).toEqual(['cat', 'cup'])
    }
  })

  test('of 300 boxes of noise the same are left as by OpenCV’s NMSBoxesBatched, in the same order', () => {
    const kept = z
      .object({ kept: z.array(z.number()) })
      .parse(JSON.parse(readFileSync(new URL('../data/golden/suppressed.json', import.meta.url), 'utf8'))).kept
    const byteAt = noise(7)
    const at = (row: number, i: number): number => byteAt(row * 300 + i)
    const rowsOf: readonly ((i: number) => number)[] = [
      (i) => (at(0, i) / 255) * 64,
      (i) => (at(1, i) / 255) * 64,
      (i) => 4 + (at(2, i) / 255) * 24,
      (i) => 4 + (at(3, i) / 255) * 24,
      ...[4, 5, 6].map((row) => (i: number) => (at(row, i) * 256 + at(row + 2, i)) / 65535),
    ]
    const raw = Float32Array.from({ length: 7 * 300 }, (_, k) => rowsOf[Math.floor(k / 300)]?.(k % 300) ?? NaN)
    const shape = [1, 7, 300]
    const job = fitJob(setupOf('yolov8'), factsOf('yolov8', shape))
    if (!('finish' in job)) throw new Error(job.join())
    const input = { ...all, minScore: 0.5, maxOverlap: 0.45 }
    const { found } = job.finish({ out: { type: 'float32', dims: shape, data: raw } }, input)
    expect(kept.length).toBeGreaterThan(30)
    expect(found.length).toBe(kept.length)
    kept.forEach((i, k) => {
      const [x = NaN, y = NaN, width = NaN, height = NaN] = rowsOf.slice(0, 4).map((of) => of(i))
      const wanted = [x - width / 2, y - height / 2, width, height]
      found[k]?.boxPx.forEach((value, part) => {
        expect(value).toBeCloseTo(wanted[part] ?? NaN, 4)
      })
    })
  })

  test('a class that has no label is refused', () => {
    const raw = encode('nms-inside', [{ place: 0, x: 9, y: 9, width: 4, height: 4, score: 0.9, kind: labels.length }])
    expect(() => finish('nms-inside', raw, all)).toThrow(/classes that have a label/)
  })

  const misfit = (...facts: Parameters<FitJob<ObjectsSetup, ObjectsInput, Detections>>): string => {
    const job = fitJob(...facts)
    return 'finish' in job ? 'fits' : job.join()
  }

  test('law: an output of another shape is refused, with what it must be and what it is', () => {
    const other = fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(anyDecoder, other, (decoder, shape) => {
        const open = decoder === 'yolov8' ? 2 : decoder === 'nms-inside' ? 1 : null
        const same = shape.length === 3 && shape.every((size, i) => i === open || size === dims[decoder][i])
        fc.pre(!same)
        const said = misfit(setupOf(decoder), factsOf(decoder, shape))
        expect(said).toContain('an output must be float32 [1, ')
        expect(said).toContain(`it has out float32 [${shape.join(', ')}]`)
      }),
    )
  })

  test('inputs: one picture of three colours, its layout and size told by the file, or its size by the user', () => {
    const facts = (input: ModelFacts['inputs'][number]): ModelFacts => ({ ...factsOf('yolov8'), inputs: [input] })
    const setup = setupOf('yolov8')
    const jobFor = (input: readonly (number | null)[], more: Partial<ObjectsSetup> = {}) =>
      fitJob({ ...setup, ...more }, facts({ name: 'in', type: 'float32', dims: input }))
    const shapes: readonly (readonly [readonly (number | null)[], Partial<ObjectsSetup>, readonly number[]])[] = [
      [[1, 3, 48, 64], {}, [1, 3, 48, 64]],
      [[1, 48, 64, 3], {}, [1, 48, 64, 3]],
      [[null, 3, null, null], { sizePx: [64, 48] }, [1, 3, 48, 64]],
      [[1, null, null, 3], { sizePx: [64, 48] }, [1, 48, 64, 3]],
    ]
    for (const [input, more, wanted] of shapes) {
      const job = jobFor(input, more)
      expect('inputs' in job ? job.inputs[0]?.dims : job).toEqual(wanted)
    }
    expect(jobFor([1, 3, null, null])).toEqual([expect.stringContaining('say which by size: 640x640')])
    expect(jobFor([1, 1, 48, 64])).toEqual([expect.stringContaining('three colours')])
    expect(jobFor([2, 3, 48, 64])).toEqual([expect.stringContaining('one picture')])
    expect(misfit(setup, facts({ name: 'in', type: 'float16', dims: [1, 3, 48, 64] }))).toContain(
      'it is float16 [1, 3, 48, 64]',
    )
    expect(misfit(setup, { ...factsOf('yolov8'), inputs: [] })).toContain('it has none')
  })

  test('of several outputs the one that fits is read', () => {
    const facts = factsOf('nms-inside')
    const more = { ...facts, outputs: [{ name: 'wh', type: 'float32', dims: [1, 8, 8, 4] }, ...facts.outputs] }
    const job = fitJob(setupOf('nms-inside'), more)
    expect('outputs' in job && job.outputs.map(({ name }) => name)).toEqual(['out'])
  })
})

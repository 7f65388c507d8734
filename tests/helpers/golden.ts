import { readFileSync } from 'node:fs'
import { filter, firstValueFrom, map, type OperatorFunction, take, toArray } from 'rxjs'
import { expect } from 'vitest'
import { z } from 'zod'
import type { Adapters } from '../../src/core/adapters.js'
import type { Frame } from '../../src/core/frame.js'
import type { Packet } from '../../src/core/packet.js'
import type { FramePool } from '../../src/core/pool.js'
import type { Detection, Detections } from '../../src/core/ports.js'
import { Runtime } from '../../src/core/runtime.js'
import { media } from '../../src/streams/media.js'
import { packets } from '../../src/streams/packets.js'
import { shapeOf } from '../core/births.js'
import { readPng } from './read-png.js'

const at = (path: string): URL => new URL(`../data/${path}`, import.meta.url)
const pair = z.tuple([z.number(), z.number()])
const golden = z.object({
  sha256: z.string(),
  minScore: z.number(),
  found: z.record(
    z.string(),
    z.array(
      z.object({
        label: z.string(),
        score: z.number(),
        boxPx: z.tuple([z.number(), z.number(), z.number(), z.number()]),
        keypointsPx: z.array(pair),
        keypointScores: z.array(z.number()).exactOptional(),
      }),
    ),
  ),
})

/** What tests/golden/write_golden.py wrote of a model: what Python finds on some pictures. */
export function readGolden(model: string): z.output<typeof golden> {
  return golden.parse(JSON.parse(readFileSync(at(`golden/${model}.json`), 'utf8')))
}

export type GoldenPicture = {
  readonly name: string
  readonly widthPx: number
  readonly heightPx: number
  readonly format: 'rgb24' | 'yuv420p'
  readonly bytes: Uint8Array
}

/** The pictures of tests/golden/write_golden.py, byte for byte: frames of the demo, and those of tests/data/pictures. */
export async function goldenPictures(): Promise<readonly GoldenPicture[]> {
  const stills = ['cat', 'cup'].map((name): GoldenPicture => {
    return { name, format: 'rgb24', ...readPng(at(`pictures/${name}.png`)) }
  })
  return [...(await demoFrames([0, 40, 90])).map(asRgb), ...stills]
}

/** Frames of the demo by their numbers, in its own size, as they are coded. */
export async function demoFrames(numbers: readonly number[]): Promise<readonly GoldenPicture[]> {
  const runtime = new Runtime()
  const wanted = { picture: { formats: ['yuv420p'], fitPx: null } } as const
  const { video$ } = runtime.run(() => media({ open: 'demo:demo.mp4', pace: 'fast' }, wanted))
  const frames$ = video$.pipe(
    filter(({ seq }) => numbers.includes(seq)),
    map(({ seq, value }): GoldenPicture => {
      const { widthPx, heightPx } = value
      return { name: `demo-${String(seq)}`, widthPx, heightPx, format: 'yuv420p', bytes: value.bytes.slice() }
    }),
    take(numbers.length),
    toArray(),
  )
  const frames = await firstValueFrom(frames$)
  await runtime.closed()
  return frames
}

/** BT.601, limited range, chroma by its nearest sample, rounded: as the script reckons, in the same order. */
function asRgb({ name, widthPx, heightPx, bytes }: GoldenPicture): GoldenPicture {
  const [half, pixels] = [widthPx / 2, widthPx * heightPx]
  const rgb = new Uint8Array(3 * pixels)
  const level = (value: number): number => Math.floor(Math.min(255, Math.max(0, value)) + 0.5)
  for (let i = 0; i < pixels; i++) {
    const chroma = pixels + (Math.floor(i / widthPx) >> 1) * half + ((i % widthPx) >> 1)
    const y = (((bytes[i] ?? 0) - 16) * 255) / 219
    const u = (((bytes[chroma] ?? 0) - 128) * 255) / 224
    const v = (((bytes[chroma + pixels / 4] ?? 0) - 128) * 255) / 224
    rgb[3 * i] = level(y + 1.402 * v)
    rgb[3 * i + 1] = level(y - 0.344136 * u - 0.714136 * v)
    rgb[3 * i + 2] = level(y + 1.772 * u)
  }
  return { name, widthPx, heightPx, format: 'rgb24', bytes: rgb }
}

/** What a stage finds on pictures, one after the other. */
export async function foundOn(
  pictures: readonly GoldenPicture[],
  make: () => OperatorFunction<Packet<Frame>, Packet<Detections>>,
  adapters?: Adapters,
): Promise<readonly Detections[]> {
  const runtime = new Runtime(adapters === undefined ? {} : { adapters })
  const found$ = runtime.run(() => packets(framesOf(pictures, runtime.pool)).pipe(make()))
  const all = await firstValueFrom(found$.pipe(toArray()))
  await runtime.closed()
  return all.map(({ value }) => value)
}

function* framesOf(pictures: readonly GoldenPicture[], pool: FramePool): Generator<Frame> {
  for (const { widthPx, heightPx, format, bytes } of pictures) {
    const frame = pool.lease(shapeOf(widthPx, heightPx, format))
    frame.bytes.set(bytes)
    frame.seal()
    try {
      yield frame
    } finally {
      frame.release()
    }
  }
}

/** Labels and order are the same, boxes and keypoints lie within `px`, scores within `score`. */
export function expectSame(
  found: readonly Detection[],
  wanted: readonly Detection[],
  { px = 1, score = 1e-3 }: { readonly px?: number; readonly score?: number } = {},
): void {
  expect(found.map(({ label }) => label)).toEqual(wanted.map(({ label }) => label))
  for (const [i, one] of wanted.entries()) {
    const is = found[i]
    const numbers = (of: Detection | undefined): number[] => [...(of?.boxPx ?? []), ...(of?.keypointsPx.flat() ?? [])]
    const scores = (of: Detection | undefined): number[] => [of?.score ?? NaN, ...(of?.keypointScores ?? [])]
    expect(numbers(is).length).toBe(numbers(one).length)
    expect(scores(is).length).toBe(scores(one).length)
    numbers(is).forEach((value, k) => {
      expect(Math.abs(value - (numbers(one)[k] ?? NaN))).toBeLessThanOrEqual(px)
    })
    scores(is).forEach((value, k) => {
      expect(Math.abs(value - (scores(one)[k] ?? NaN))).toBeLessThanOrEqual(score)
    })
  }
}

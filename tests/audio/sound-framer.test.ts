import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SoundFramer, type SoundFrame } from '../../src/audio/sound-framer.js'
import { createPacket, type Packet } from '../../src/core/packet.js'
import type { Sound } from '../../src/core/ports.js'

const rateHz = 16_000
const frameSamples = 320

type Chunk = { readonly length: number; readonly lost: number; readonly gapMs: number; readonly epoch: number }

/** Chunks of a sound that counts its samples, so that each of them is known again. */
function soundOf(chunks: readonly Chunk[]): readonly Packet<Sound>[] {
  let [counted, atMs, epoch] = [0, 1000, 0]
  return chunks.map((chunk, seq) => {
    atMs += chunk.gapMs
    epoch += chunk.epoch
    const packet = createPacket<Sound>({
      origin: { name: 'room', live: true },
      seq,
      capturedAtMs: atMs,
      stamp: { kind: 'medium' },
      lost: chunk.lost,
      epoch,
      value: { sampleRateHz: rateHz, samples: Float32Array.from({ length: chunk.length }, () => counted++) },
    })
    atMs += (chunk.length * 1000) / rateHz
    return packet
  })
}

/** When each sample of the sound was captured, by its packet. */
const timesOf = (packets: readonly Packet<Sound>[]): readonly number[] =>
  packets.flatMap(({ capturedAtMs, value }) => Array.from(value.samples, (_, n) => capturedAtMs + (n * 1000) / rateHz))

const framesOf = (packets: readonly Packet<Sound>[]): readonly SoundFrame[] => {
  const framer = new SoundFramer(20)
  return [...packets.flatMap((packet) => framer.take(packet)), ...framer.flush()]
}

const chunk = fc.record({
  length: fc.oneof(fc.constant(frameSamples), fc.integer({ min: 1, max: 1500 })),
  lost: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }) }),
  gapMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 20, max: 900 }) },
  ),
  epoch: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
})
const sound = fc.array(chunk, { maxLength: 12 }).map(soundOf)

describe('SoundFramer', () => {
  test('law: samples in are samples out, in order, each at its own time', () => {
    fc.assert(
      fc.property(sound, (packets) => {
        const frames = framesOf(packets)
        const times = timesOf(packets)
        const out = frames.flatMap(({ samples }) => [...samples])
        expect(out).toEqual(times.map((_, n) => n))
        for (const { capturedAtMs, samples } of frames) {
          const firstMs = times[samples[0] ?? 0] ?? NaN
          const lastMs = times[samples[samples.length - 1] ?? 0] ?? NaN
          expect(capturedAtMs).toBeCloseTo(firstMs, 6)
          expect(lastMs).toBeCloseTo(capturedAtMs + ((samples.length - 1) * 1000) / rateHz, 6)
        }
      }),
    )
  })

  test('law: a frame is shorter than the others only where the sound breaks off, and all losses are told once', () => {
    fc.assert(
      fc.property(sound, (packets) => {
        const frames = framesOf(packets)
        for (const [n, { samples }] of frames.entries()) {
          expect(samples.length).toBeGreaterThan(0)
          const next = frames[n + 1]
          if (next?.anew === false) expect(samples).toHaveLength(frameSamples)
          else expect(samples.length).toBeLessThanOrEqual(frameSamples)
        }
        const lost = (all: readonly { readonly lost: number }[]): number => all.reduce((sum, one) => sum + one.lost, 0)
        expect(lost(frames)).toBe(lost(packets))
        const breaks = packets.filter(
          ({ lost, epoch, capturedAtMs }, n) =>
            n === 0 ||
            lost > 0 ||
            epoch !== packets[n - 1]?.epoch ||
            capturedAtMs - (timesOf(packets.slice(0, n)).at(-1) ?? 0) >= 20,
        )
        expect(frames.filter(({ anew }) => anew).map(({ seq }) => seq)).toEqual(breaks.map(({ seq }) => seq))
      }),
    )
  })

  test('uneven stamps of arrival are no hole, and a packet that is one frame is not copied', () => {
    const framer = new SoundFramer(20)
    const [first, second] = soundOf([
      { length: 320, lost: 0, gapMs: 0, epoch: 0 },
      { length: 320, lost: 0, gapMs: 12, epoch: 0 },
    ])
    if (first === undefined || second === undefined) throw new Error('two packets')
    expect(framer.take(first)[0]?.samples.buffer).toBe(first.value.samples.buffer)
    expect(framer.take(second)).toMatchObject([{ anew: false, capturedAtMs: 1032, seq: 1 }])
  })
})

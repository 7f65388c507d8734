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

const framesOf = (packets: readonly Packet<Sound>[], toHz = rateHz): readonly SoundFrame[] => {
  const framer = new SoundFramer(20, () => toHz)
  return [...packets.flatMap((packet) => framer.take(packet)), ...framer.flush()]
}

/** Whether a packet does not go on where the one before it ended. */
const breaksOff = (packet: Packet<Sound>, before: Packet<Sound> | undefined): boolean => {
  if (before === undefined || packet.lost > 0 || packet.epoch !== before.epoch) return true
  return packet.capturedAtMs - before.capturedAtMs - (before.value.samples.length * 1000) / rateHz >= 19.9
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

  test('law: a frame is shorter than the others only where the sound breaks off, and begins there; all losses are told once', () => {
    fc.assert(
      fc.property(sound, (packets) => {
        const frames = framesOf(packets)
        const breaks = packets.filter((packet, n) => breaksOff(packet, packets[n - 1]))
        const begins = new Set(breaks.map(({ value }) => value.samples[0]))
        for (const [n, { samples }] of frames.entries()) {
          expect(samples.length).toBeGreaterThan(0)
          const next = frames[n + 1]
          if (next !== undefined && !begins.has(next.samples[0])) expect(samples).toHaveLength(frameSamples)
          else expect(samples.length).toBeLessThanOrEqual(frameSamples)
          begins.delete(samples[0])
        }
        expect([...begins]).toEqual([])
        const lost = (all: readonly { readonly lost: number }[]): number => all.reduce((sum, one) => sum + one.lost, 0)
        expect(lost(frames)).toBe(lost(packets))
      }),
    )
  })

  test('law: at another rate, each frame begins with what was captured at its time', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 3, maxLength: 12 })
    fc.assert(
      fc.property(fc.constantFrom(8000, 12_000, 44_100), lengths, (toHz, all) => {
        const packets = soundOf(all.map((length) => ({ length, lost: 0, gapMs: 0, epoch: 0 })))
        const frames = framesOf(packets, toHz)
        // The sound counts its samples: a slope, on which a time is a value, but for the first, before which it was silent.
        for (const { capturedAtMs, samples } of frames.slice(1)) {
          const expected = (capturedAtMs - 1000) * 16
          expect(Math.abs((samples[0] ?? NaN) - expected)).toBeLessThan(0.05 + expected * 1e-3)
        }
        const count = frames.reduce((sum, { samples }) => sum + samples.length, 0)
        expect(count).toBe(Math.ceil((timesOf(packets).length * toHz) / rateHz))
      }),
    )
  })

  test('uneven stamps of arrival are no hole, and a packet that is one frame is not copied', () => {
    const framer = new SoundFramer(20, (rate) => rate)
    const [first, second] = soundOf([
      { length: 320, lost: 0, gapMs: 0, epoch: 0 },
      { length: 320, lost: 0, gapMs: 12, epoch: 0 },
    ])
    if (first === undefined || second === undefined) throw new Error('two packets')
    expect(framer.take(first)[0]?.samples.buffer).toBe(first.value.samples.buffer)
    expect(framer.take(second)).toMatchObject([{ capturedAtMs: 1032, seq: 1 }])
  })
})

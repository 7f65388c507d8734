import OpusScript from 'opusscript'
import { beforeAll, describe, expect, test } from 'vitest'
import { opusEncoders } from '../../src/adapters/opus.js'
import type { CreateOpusEncoder } from '../../src/core/adapters.js'
import { likeness } from '../helpers/likeness.js'

/** Voices are tones that glide; noise is not what Opus is measured by. */
const glide = (rateHz: number, seconds: number): Int16Array => {
  let phase = 0
  return Int16Array.from({ length: rateHz * seconds }, (_, n) => {
    phase += (2 * Math.PI * (300 + 200 * Math.sin((2 * Math.PI * n) / rateHz))) / rateHz
    return 8000 * (Math.sin(phase) + Math.sin(3 * phase) / 2)
  })
}

const framesOf = (pcm: Int16Array, size: number): readonly Int16Array[] =>
  Array.from({ length: Math.floor(pcm.length / size) }, (_, n) => pcm.subarray(n * size, (n + 1) * size))

describe('opusEncoders', () => {
  let create: CreateOpusEncoder
  beforeAll(async () => {
    create = await opusEncoders()
  })

  test.each([8000, 16_000, 48_000] as const)('at %i Hz, libopus decodes what went in', (rateHz) => {
    const sound = glide(rateHz, 1)
    const encoder = create(rateHz)
    const decoder = new OpusScript(rateHz, 1, OpusScript.Application.AUDIO)
    const packets = framesOf(sound, rateHz / 50).map((frame) => encoder.encode(frame))
    const decoded = packets.flatMap((packet) => {
      const bytes = decoder.decode(Buffer.from(packet))
      return Array.from({ length: bytes.length / 2 }, (_, n) => bytes.readInt16LE(2 * n))
    })
    encoder.close()
    decoder.delete()
    // 32 kbit/s are 80 bytes a frame.
    const bytes = packets.reduce((sum, { length }) => sum + length, 0) / packets.length
    expect(bytes).toBeLessThan(110)
    const { correlation, lateSamples } = likeness(Float32Array.from(sound), Float32Array.from(decoded), rateHz / 50)
    expect(correlation).toBeGreaterThan(0.98)
    // The encoder looks ahead 6.5 ms.
    expect((lateSamples * 1000) / rateHz).toBeCloseTo(6.5, 0)
  })

  test('law: encoders side by side give what each gives alone, however many there are', () => {
    const frames = framesOf(glide(16_000, 0.1), 320)
    const alone = create(16_000)
    const expected = frames.map((frame) => [...alone.encode(frame)])
    alone.close()
    const many = Array.from({ length: 100 }, () => create(16_000))
    const given = many.map((): number[][] => [])
    for (const frame of frames) for (const [n, encoder] of many.entries()) given[n]?.push([...encoder.encode(frame)])
    for (const encoder of many) encoder.close()
    for (const one of given) expect(one).toEqual(expected)
  })

  test('a shorter frame is filled up with silence', () => {
    const [short, long] = [create(16_000), create(16_000)]
    const half = glide(16_000, 1).subarray(0, 160)
    const whole = new Int16Array(320)
    whole.set(half)
    for (const encoder of [short, long]) encoder.encode(new Int16Array(320).fill(5000))
    expect([...short.encode(half)]).toEqual([...long.encode(whole)])
    short.close()
    long.close()
  })

  test('what is closed gives its memory back', () => {
    // 16 MB hold 160 of them.
    for (let n = 0; n < 400; n++) {
      const encoder = create(16_000)
      expect(encoder.encode(new Int16Array(320)).length).toBeGreaterThan(0)
      encoder.close()
    }
  })
})

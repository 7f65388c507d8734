import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Recording } from '../../web/src/live/recording.js'
import { filmOf } from '../../web/src/logic/film.js'
import { jpegSize } from '../../web/src/logic/jpeg-size.js'
import { waveFile } from '../../web/src/logic/wave-file.js'

/** A JPEG's frame header and nothing else. */
function jpeg(width: number, height: number, bytes = 0): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(25 + bytes)
  // SOI; an APP0 of six bytes; SOF0.
  made.set([
    0xff,
    0xd8,
    0xff,
    0xe0,
    0,
    4,
    1,
    2,
    0xff,
    0xc0,
    0,
    11,
    8,
    height >> 8,
    height & 255,
    width >> 8,
    width & 255,
  ])
  return made
}

describe('what is kept for a film', () => {
  test('law: bounded by time and by bytes, in order, and all that fits is kept', () => {
    const piece = fc.record({
      sound: fc.boolean(),
      afterMs: fc.integer({ min: 1, max: 400 }),
      size: fc.integer({ min: 2, max: 300 }),
    })
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        const recording = new Recording(2000, 5000)
        let [nowMs, latest] = [0, 0]
        for (const { sound, afterMs, size } of pieces) {
          nowMs += afterMs
          latest = sound ? 2 * size : size
          if (sound) recording.addSound(nowMs, 16_000, new Float32Array(size))
          else recording.addPicture(nowMs, new Uint8Array(size))
          const { shots, sound: heard } = recording.take()
          const all = [
            ...shots.map(({ atMs, jpeg: j }) => ({ atMs, bytes: j.byteLength })),
            ...heard.map(({ atMs, pcm }) => ({ atMs, bytes: pcm.byteLength })),
          ]
          expect(recording.bytes).toBe(all.reduce((sum, { bytes }) => sum + bytes, 0))
          expect(recording.bytes).toBeLessThanOrEqual(5000)
          expect(all.every(({ atMs }) => atMs >= nowMs - 2000)).toBe(true)
          expect(all.some(({ atMs, bytes }) => atMs === nowMs && bytes === latest)).toBe(true)
        }
      }),
    )
  })

  test('what comes late or twice has no place', () => {
    const recording = new Recording()
    for (const atMs of [100, 140, 140, 120, 180]) recording.addPicture(atMs, new Uint8Array(1))
    expect(recording.take().shots.map(({ atMs }) => atMs)).toEqual([100, 140, 180])
    expect(recording.lengthMs).toBe(80)
  })

  test('says when large pictures leave less than was promised', () => {
    const recording = new Recording(10_000, 1000)
    for (let i = 0; i < 20; i++) recording.addPicture(i * 500, new Uint8Array(100))
    expect(recording.isFull).toBe(true)
    expect(recording.lengthMs).toBe(4500)
  })

  test('law: what is missing is what lies between pictures while nobody looked, as far as it would be in the film', () => {
    const step = fc.record({ afterMs: fc.integer({ min: 1, max: 900 }), unseen: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const recording = new Recording(2000)
        let nowMs = 5000
        recording.addPicture(nowMs, new Uint8Array(1))
        // By the millisecond: whether nobody looked then.
        const unseen = new Set<number>()
        for (const { afterMs, unseen: hidden } of steps) {
          if (hidden) {
            recording.goOn()
            for (let ms = nowMs; ms < nowMs + afterMs; ms++) unseen.add(ms)
          }
          recording.addPicture((nowMs += afterMs), new Uint8Array(1))
          expect(recording.unseenMs).toBe([...unseen].filter((ms) => ms >= nowMs - 2000).length)
        }
        recording.clear()
        recording.addPicture(1, new Uint8Array(1))
        expect(recording.unseenMs).toBe(0)
      }),
    )
  })
})

describe('the film of it', () => {
  test('law: its pictures stand as long as they did, to the microsecond', () => {
    const times = fc.array(fc.double({ min: 1, max: 500, noNaN: true }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(times, fc.double({ min: 0, max: 1e7, noNaN: true }), (steps, startMs) => {
        let atMs = startMs
        const shots = [0, ...steps].map((step) => ({ atMs: (atMs += step), jpeg: jpeg(64, 48) }))
        const film = filmOf({ shots, sound: [] })
        const stood = [...(film?.script.matchAll(/^duration ([\d.]+)$/gm) ?? [])].map(([, s]) => Number(s) * 1000)
        expect(stood).toHaveLength(shots.length)
        steps.forEach((step, i) => {
          expect(Math.abs((stood[i] ?? 0) - step)).toBeLessThan(0.001)
        })
        const sum = stood.reduce((a, b) => a + b, 0)
        expect(Math.abs(sum - (film?.durationMs ?? 0))).toBeLessThan(0.001 * stood.length)
      }),
    )
  })

  test('is as large as its largest picture, in even numbers', () => {
    const shots = [jpeg(640, 361), jpeg(321, 200)].map((j, i) => ({ atMs: i, jpeg: j }))
    expect(filmOf({ shots, sound: [] })?.words.join(' ')).toContain('pad=640:362')
    expect(filmOf({ shots: shots.slice(1), sound: [] })).toBeNull()
  })

  test('the size of a JPEG, and of what is none', () => {
    expect(jpegSize(jpeg(640, 360))).toEqual({ width: 640, height: 360 })
    expect(jpegSize(new Uint8Array([0xff, 0xd8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))).toBeNull()
    expect(jpegSize(new Uint8Array(3))).toBeNull()
  })
})

describe('its sound', () => {
  const samples = (file: Uint8Array<ArrayBuffer> | null): Int16Array =>
    new Int16Array(file?.buffer ?? new ArrayBuffer(44), 44)

  test('law: pieces in a row come out as they went in; what was lost is silent, the rest in its place', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 3, maxLength: 40 }), (kept) => {
        const pieces = kept.map((_, i) => ({ atMs: 500 + i * 20, rateHz: 8000, pcm: new Int16Array(160).fill(i + 1) }))
        const heard = pieces.filter((_, i) => kept[i])
        const file = waveFile(heard, 500, 500 + kept.length * 20)
        if (heard.length === 0) {
          expect(file).toBeNull()
          return
        }
        const told = samples(file)
        expect(told).toHaveLength(kept.length * 160)
        // A hole of one piece is shorter than the jitter that is allowed for: what follows closes up.
        const first = kept.indexOf(true)
        expect(told.slice(first * 160, first * 160 + 160).every((value) => value === first + 1)).toBe(true)
        expect(told.slice(0, first * 160).every((value) => value === 0)).toBe(true)
      }),
    )
  })

  test('jitter of capture times makes no cracks; a hole keeps its length', () => {
    const piece = (atMs: number, value: number) => ({ atMs, rateHz: 1000, pcm: new Int16Array(20).fill(value) })
    const told = samples(waveFile([piece(0, 1), piece(23, 2), piece(200, 3)], 0, 220))
    expect([told[19], told[20], told[39], told[40], told[199], told[200]]).toEqual([1, 2, 2, 0, 0, 3])
  })

  test('begins and ends with the pictures, whatever was heard before and after', () => {
    const long = { atMs: 0, rateHz: 1000, pcm: Int16Array.from({ length: 100 }, (_, i) => i) }
    expect([...samples(waveFile([long], 10, 14))]).toEqual([10, 11, 12, 13])
    const head = waveFile([long], 10, 14)
    expect(new TextDecoder().decode(head?.subarray(0, 4))).toBe('RIFF')
    expect(new DataView(head?.buffer ?? new ArrayBuffer(44)).getUint32(24, true)).toBe(1000)
  })
})

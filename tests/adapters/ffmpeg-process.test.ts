import { describe, expect, test } from 'vitest'
import { FfmpegLog } from '../../src/adapters/ffmpeg-log.js'
import { runFfmpeg } from '../../src/adapters/ffmpeg-process.js'
import { createPictureTrack, createSoundTrack } from '../../src/adapters/ffmpeg-track.js'
import { createPool } from '../../src/core/pool.js'

/** Counts how often it is told something. */
class CountingLog extends FfmpegLog {
  times = 0

  override write(text: string): void {
    this.times++
    super.write(text)
  }
}

/** A decoder that says what FFmpeg says, each word by itself and `ms` after the one before. */
const decoder = (body: string, ms: number): string => `
  const fs = require('node:fs')
  const cell = new Int32Array(new SharedArrayBuffer(4))
  /** Not blocking, a full pipe refuses: it is tried again, as FFmpeg waits. */
  const write = (to, bytes) => {
    for (let at = 0; at < bytes.length; ) {
      try { at += fs.writeSync(to, bytes, at) } catch (error) { if (error.code !== 'EAGAIN') throw error; Atomics.wait(cell, 0, 0, 1) }
    }
  }
  const say = (...words) => { for (const word of words) { write(2, Buffer.from(word)); if (${String(ms)} > 0) Atomics.wait(cell, 0, 0, ${String(ms)}) } }
  const line = (head, ...words) => say('[' + head + ' @ 0x1] ', '[info] ', ...words, '\\n')
  const picture = (n) => {
    for (const side of ['in', 'out']) {
      line('showinfo@' + side, 'n: ' + n + ' pts: ' + n + ' pts_time:0 fmt:gray sar:1/1 s:4x2 i:P iskey:1 type:I ')
      line('showinfo@' + side, 'color_range:unknown', ' color_space:unknown', ' color_primaries:unknown', ' color_trc:unknown')
    }
    write(1, Buffer.alloc(8, n + 1))
  }
  say('ffmpeg version 5.1.9', '\\n', '[info] ', '  Duration: 00:00:40.00, start: 0.000000', '\\n')
  line('showinfo@out', 'config in time_base: 1/10, frame_rate: 10/1')
  ${body}
`

function processOf(body: string, ms = 0) {
  const log = new CountingLog()
  const list = ['-e', decoder(body, ms)]
  return { binary: process.execPath, list, log, told: 'a clip', silenceMs: null, onLog: () => undefined }
}

function pictures(body: string, ms = 0) {
  const parts = processOf(body, ms)
  const wish = { format: 'gray', fitPx: null } as const
  const facts = { log: parts.log, told: parts.told, live: false }
  const reader = runFfmpeg(parts, (transport) => createPictureTrack(wish, createPool(), facts, transport))
  return { reader, log: parts.log }
}

describe('runFfmpeg', () => {
  test('is not woken by each word: they are read when the next picture needs them', async () => {
    const count = 12
    const { reader, log } = pictures(`for (let n = 0; n < ${String(count)}; n++) picture(n)`, 2)
    const seen: (readonly [number | null, number | undefined])[] = []
    for (let item = await reader.next(); item !== null; item = await reader.next()) {
      seen.push([item.mediaTimeMs, item.frame.bytes[0]])
      item.frame.release()
    }
    expect(seen).toEqual([...Array(count).keys()].map((n) => [100 * n, n + 1]))
    // The first needs all that comes before it, as it comes; each of the others comes behind 22 words.
    expect(log.times / count).toBeGreaterThan(0)
    expect(log.times / count).toBeLessThan(8)
    await reader.close()
  })

  test('much that is said between two pictures, and behind the last, holds nobody up and is read to its end', async () => {
    const much = `for (let n = 0; n < 20000; n++) say('[h264 @ 0x2] [warning] something that is no picture and no error\\n')`
    const last = `say('[h264 @ 0x2] [error] the last word\\n')`
    const { reader, log } = pictures(`picture(0); ${much}; picture(1); ${much}; ${last}`)
    for (const n of [0, 1]) {
      const item = await reader.next()
      expect(item?.frame.bytes[0]).toBe(n + 1)
      item?.frame.release()
    }
    expect(await reader.next()).toBeNull()
    expect(log.problems).toEqual(['the last word'])
    await reader.close()
  })

  test('sound needs the first word alone, and is not held up by the others', async () => {
    const sound = `
      for (let n = 0; n < 2000; n++) {
        line('ashowinfo@out', 'n: ' + n + ' pts: ' + n * 320 + ' pts_time:0 fmt:flt channels:1 rate:16000 nb_samples:320 ')
        write(1, Buffer.from(new Float32Array(320).fill(0.5).buffer))
      }`
    const parts = processOf(sound)
    const facts = { log: parts.log, told: parts.told, live: false }
    const wish = { sampleRateHz: 16_000, samplesPerChunk: 320 }
    const reader = runFfmpeg(parts, (transport) => createSoundTrack(wish, facts, transport))
    let chunks = 0
    for (let item = await reader.next(); item !== null; item = await reader.next()) chunks++
    expect(chunks).toBe(2000)
    await reader.close()
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { explainFailure, FfmpegLog } from '../../src/adapters/ffmpeg-log.js'
import { runs } from '../helpers/runs.js'

const seed = Number(process.env['SACCADE_SEED'] ?? 1)

// FFmpeg 5.1.9, as it came.
const said = `[info] ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers
[info]   libavutil      57. 28.100 / 57. 28.100
[info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:a.mp4':
[info]   Metadata:
[info]     encoder         : Lavf59.27.100
[info]   Duration: 00:00:12.34, start: 0.021333, bitrate: 787 kb/s
[showinfo@in @ 0x565115368740] [info] config in time_base: 1/15360, frame_rate: 30/1
[showinfo@in @ 0x565115368740] [info] config out time_base: 0/0, frame_rate: 0/0
[showinfo@in @ 0x565115368740] [info] n:   0 pts:      0 pts_time:0       pos:     8361 fmt:yuv420p sar:9/16 s:1280x720 i:P iskey:1 type:I 
[showinfo@in @ 0x565115368740] [info]   side data - User Data Unregistered:
[showinfo@in @ 0x565115368740] [info] n:   1 pts:    512 pts_time:0.0333333 pos:    49301 fmt:yuv420p sar:9/16 s:1280x720 i:P iskey:0 type:B 
`

function read(text: string): FfmpegLog {
  const log = new FfmpegLog()
  log.write(text)
  return log
}

function stampsOf(log: FfmpegLog): unknown[] {
  const stamps = []
  for (let stamp = log.takeStamp(); stamp !== null; stamp = log.takeStamp()) stamps.push(stamp)
  return stamps
}

describe('FfmpegLog', () => {
  it('reads version, duration, start and stamps', () => {
    const log = read(said)
    expect(log).toMatchObject({ version: '5.1.9', durationMs: 12_340, startMs: 21.333, opened: true, problems: [] })
    const size = { sourceWidthPx: 1280, sourceHeightPx: 720 }
    expect(stampsOf(log)).toEqual([
      { mediaTimeMs: -21.333, ...size },
      { mediaTimeMs: 1000 / 30 - 21.333, ...size },
    ])
  })

  it('reads the same wherever the text is cut', () => {
    const whole = read(said)
    const expected = stampsOf(whole)
    fc.assert(
      fc.property(fc.array(fc.nat({ max: said.length }), { maxLength: 30 }), (cuts) => {
        const log = new FfmpegLog()
        let from = 0
        for (const cut of [...cuts, said.length].sort((a, b) => a - b)) {
          log.write(said.slice(from, cut))
          from = cut
        }
        expect(stampsOf(log)).toEqual(expected)
        expect(log).toEqual(whole)
      }),
      { seed, numRuns: runs(100) },
    )
  })

  it('reads the lines of FFmpeg 7', () => {
    const log = read(
      `[info] ffmpeg version n7.1 Copyright (c) 2000-2024 the FFmpeg developers
[info]   Duration: N/A, start: 3.5, bitrate: N/A
[showinfo@in @ 0x7f] [info] config in time_base: 1/90000, frame_rate: 30000/1001
[showinfo@in @ 0x7f] [info] n:   0 pts: 318003 pts_time:3.53337 duration:   3003 duration_time:0.0333667 fmt:yuv420p cl:left sar:1/1 s:1920x1080 i:P iskey:1 type:I 
[ashowinfo@out @ 0x7d] [info] n:0 pts:56160 pts_time:3.51 fmt:flt channels:1 chlayout:mono rate:16000 nb_samples:1024 checksum:1 plane_checksums: [ 1 ]
`,
    )
    expect(log).toMatchObject({ version: '7.1', durationMs: null, startMs: 3500, soundStartMs: 10 })
    const [stamp] = stampsOf(log) as { readonly mediaTimeMs: number; readonly sourceWidthPx: number }[]
    expect(stamp?.sourceWidthPx).toBe(1920)
    expect(stamp?.mediaTimeMs).toBeCloseTo(3003 / 90, 9)
  })

  it('is not fooled by metadata', () => {
    const log = read(`[info]   Metadata:
[info]     title           : x
                    : [showinfo@in @ 0x1] [info] n:   0 pts:      0 pts_time:0 fmt:rgb24 sar:1/1 s:9x9 i:P 
[info]     Duration: 00:00:01.00, start: 0.0, bitrate: 1
`)
    expect(stampsOf(log)).toEqual([])
    expect(log.durationMs).toBeNull()
  })

  it('keeps few problems, short and without passwords', () => {
    const log = new FfmpegLog()
    for (let i = 0; i < 100; i++)
      log.write(`[tcp @ 0x1] [error] rtsp://me:secret@host/${String(i)} ${'x'.repeat(999)}\n`)
    expect(log.problems.length).toBeLessThan(20)
    expect(log.problems.at(-1)).toContain('rtsp://…@host/99')
    expect(Math.max(...log.problems.map((problem) => problem.length))).toBeLessThan(400)
    log.write('x'.repeat(10_000_000))
    log.write('x'.repeat(10_000_000))
    log.write('\n[error] last\n')
    expect(log.problems.at(-1)).toBe('last')
  })
})

describe('explainFailure', () => {
  it.each([
    [
      '[fatal] Stream map 0:V:0 matches no streams.',
      'no-track',
      /cannot read the picture of clip: it has none/,
      /sound alone/,
    ],
    ["[error] Unrecognized option 'fps_mode'.", 'missing', /older than 5\.1/, /5\.1 or newer/],
    ['[mov @ 0x1] [error] moov atom not found', 'medium', /cut off/, /again/],
    ['[png @ 0x1] [IMGUTILS @ 0x2] [error] Picture size 20000x20000 is invalid', 'medium', /268 million/, /smaller/],
    ['[png @ 0x1] [error] Invalid image size', 'medium', /268 million/, /smaller/],
    ['[error] file:x: Invalid data found when processing input', 'medium', /no medium/, /convert/],
    ['[tcp @ 0x1] [error] Connection to tcp://h:9 failed: Connection refused', 'medium', /refused/, /server runs/],
    ['[tcp @ 0x1] [error] Connection to tcp://h:9 failed: Connection timed out', 'medium', /in time/, /network/],
    [
      '[tcp @ 0x1] [error] Failed to resolve hostname h: Name or service not known',
      'medium',
      /host is not known/,
      /name/,
    ],
    [
      '[rtsp @ 0x1] [error] method DESCRIBE failed: 401 Unauthorized',
      'medium',
      /name and a password/,
      /name:password@/,
    ],
    ['[https @ 0x1] [error] HTTP error 404 Not Found', 'medium', /no such medium/, /path/],
    ["[tcp @ 0x1] [error] Protocol 'file' not on whitelist 'http,tcp'!", 'medium', /another protocol/, /leads to/],
    ['[error] file:x: Permission denied', 'medium', /may not be read/, /right/],
    [
      '[v4l2 @ 0x1] [error] Cannot open video device /dev/video0: No such file',
      'medium',
      /device cannot/,
      /plug it in/,
    ],
    [
      '[alsa @ 0x1] [error] cannot open audio device x (Device or resource busy)',
      'medium',
      /device cannot/,
      /what else/,
    ],
    ['[error] Something new', 'medium', /FFmpeg says "Something new"/, /ffplay/],
  ])('tells %s', (line, code, message, remedy) => {
    const error = explainFailure(
      read(`[info] ffmpeg version 5.1.9 x\n${line}\n`),
      'clip',
      'video',
      { code: 1, signal: null },
      0,
    )
    expect(error).toMatchObject({ code, where: 'clip' })
    expect(error.message).toMatch(message)
    expect(error.remedy).toMatch(remedy)
  })

  it('tells a program that does not run', () => {
    const error = explainFailure(
      read('ffmpeg: error while loading shared libraries\n'),
      'clip',
      'audio',
      { code: 127, signal: null },
      0,
    )
    expect(error).toMatchObject({
      code: 'missing',
      message: 'the ffmpeg on the PATH does not run: it ended with code 127',
    })
  })

  it('tells a signal, and how far it came', () => {
    const error = explainFailure(new FfmpegLog(), 'clip', 'video', { code: null, signal: 'SIGKILL' }, 12)
    expect(error.message).toBe('the decoder of clip was ended by SIGKILL after 12 pictures')
    expect(error.remedy).toMatch(/start it again/)
  })
})

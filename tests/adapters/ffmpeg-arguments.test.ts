import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  deviceNames,
  ffmpegArguments,
  listDevicesArguments,
  probeArguments,
  scaledSize,
  type TrackWish,
} from '../../src/adapters/ffmpeg-arguments.js'
import type { MediaAddress } from '../../src/core/media-source.js'
import { nativeFfmpeg, skippedWithoutFfmpeg } from '../helpers/clips.js'
import { runs } from '../helpers/runs.js'

const seed = Number(process.env['SACCADE_SEED'] ?? 1)

const video: TrackWish = { track: 'video', wish: { format: 'rgb24', fitPx: [640, 640] } }
const audio: TrackWish = { track: 'audio', wish: { sampleRateHz: 16_000, samplesPerChunk: 320 } }
const head = ['-nostdin', '-nostats', '-loglevel', 'repeat+level+info', '-copyts']
const tail = ['-avioflags', 'direct', 'pipe:1']
const file: MediaAddress = { kind: 'file', path: 'media/demo.mp4' }

/** The words from the first option of the input to its address. */
function input(address: MediaAddress, wanted: TrackWish, platform: string): readonly string[] {
  const list = ffmpegArguments(address, wanted, { platform, live: true })
  const from = list.indexOf('low_delay') + 1
  return list.slice(from, list.indexOf('-map'))
}

describe('ffmpegArguments', () => {
  it('are these for the picture of a file', () => {
    const fit = "*min(1,min(640/iw,640/ih)))/2))'"
    expect(ffmpegArguments(file, video, { platform: 'linux', live: false, threads: 2 })).toEqual([
      ...head,
      ...['-threads', '2', '-protocol_whitelist', 'file', '-i', 'file:media/demo.mp4'],
      ...['-map', '0:V:0', '-an', '-sn', '-dn', '-filter_threads', '1', '-vf'],
      `showinfo@in=checksum=0,scale=w='max(2,2*trunc(round(iw${fit}:h='max(2,2*trunc(round(ih${fit}` +
        ':flags=area+accurate_rnd+bitexact,format=rgb24',
      ...['-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'rgb24'],
      ...tail,
    ])
  })

  it('are these for the sound of a file', () => {
    expect(ffmpegArguments(file, audio, { platform: 'linux', live: false })).toEqual([
      ...head,
      ...['-protocol_whitelist', 'file', '-i', 'file:media/demo.mp4'],
      ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-af'],
      'aresample=16000:async=1:min_hard_comp=0.02:rematrix_maxval=1,' +
        'aformat=sample_fmts=flt:channel_layouts=mono:sample_rates=16000,ashowinfo@out',
      ...['-fps_mode', 'passthrough', '-f', 'f32le', '-ac', '1', '-ar', '16000'],
      ...tail,
    ])
  })

  it('buffer nothing and hold no frame back where the medium is live', () => {
    const list = ffmpegArguments({ kind: 'device', video: '0', audio: null }, video, {
      platform: 'linux',
      live: true,
      threads: 4,
    })
    expect(list.slice(head.length, head.length + 6)).toEqual([
      '-threads',
      '1',
      '-fflags',
      'nobuffer',
      '-flags',
      'low_delay',
    ])
  })

  const cam: MediaAddress = { kind: 'device', video: '1', audio: 'default' }
  it.each([
    ['linux', cam, video, ['-f', 'v4l2', '-i', '/dev/video1']],
    ['linux', { ...cam, video: '/dev/video7' }, video, ['-f', 'v4l2', '-i', '/dev/video7']],
    ['linux', cam, audio, ['-f', 'alsa', '-i', 'default']],
    ['linux', { ...cam, audio: 'hw:1,0' }, audio, ['-f', 'alsa', '-i', 'hw:1,0']],
    ['darwin', cam, video, ['-f', 'avfoundation', '-framerate', '30', '-i', '1:none']],
    ['darwin', cam, audio, ['-f', 'avfoundation', '-i', 'none:default']],
    ['darwin', { ...cam, audio: 'Desk Mic' }, audio, ['-f', 'avfoundation', '-i', 'none:Desk Mic']],
    ['win32', { ...cam, video: 'HD Camera' }, video, ['-f', 'dshow', '-i', 'video=HD Camera']],
    ['win32', { ...cam, audio: 'Mic (Realtek)' }, audio, ['-f', 'dshow', '-i', 'audio=Mic (Realtek)']],
  ] satisfies [string, MediaAddress, TrackWish, string[]][])('open on %s %j', (platform, address, wanted, expected) => {
    expect(input(address, wanted, platform)).toEqual(expected)
  })

  const silence = '10000000'
  it.each([
    ['rtsp', ['-protocol_whitelist', 'tcp', '-rtsp_transport', 'tcp', '-timeout', silence]],
    ['rtsps', ['-protocol_whitelist', 'tls,tcp', '-rtsp_transport', 'tcp', '-timeout', silence]],
    ['http', ['-protocol_whitelist', 'http,tcp', '-rw_timeout', silence]],
    ['https', ['-protocol_whitelist', 'https,tls,tcp', '-rw_timeout', silence]],
  ] as const)('allow %s its own protocols alone', (scheme, expected) => {
    const address: MediaAddress = { kind: 'network', scheme, url: `${scheme}://host/x` }
    expect(input(address, video, 'linux')).toEqual([...expected, '-i', `${scheme}://host/x`])
    expect(probeArguments(address, 'linux').slice(-2)).toEqual(['-i', `${scheme}://host/x`])
  })

  it('never hold an address as a word of its own that could be an option', () => {
    for (const path of ['-report', '-f lavfi', 'concat:a|b', 'pipe:0'])
      expect(ffmpegArguments({ kind: 'file', path }, video, { platform: 'linux', live: false })).not.toContain(path)
  })

  it('read the names of DirectShow', () => {
    const listing = [
      '[dshow @ 000001] [info] "HD Camera" (video)',
      '[dshow @ 000001] [info]   Alternative name "@device_pnp_\\\\?\\usb#vid_0bda"',
      '[dshow @ 000001] [info] "OBS Virtual Camera" (video)\r',
      '[dshow @ 000001] [info] "Mic (Realtek(R) Audio)" (audio)',
      '[in#0 @ 000002] [error] Error opening input: Immediate exit requested',
    ].join('\n')
    expect(deviceNames(listing)).toEqual({
      video: ['HD Camera', 'OBS Virtual Camera'],
      audio: ['Mic (Realtek(R) Audio)'],
    })
    expect(listDevicesArguments).toContain('dshow')
  })
})

describe('scaledSize', () => {
  const side = fc.integer({ min: 1, max: 2000 })
  const withoutFfmpeg = skippedWithoutFfmpeg('the size of scaled pictures')

  it.skipIf(withoutFfmpeg)('is the size that FFmpeg scales to, to the pixel', () => {
    fc.assert(
      fc.property(side, side, fc.option(fc.tuple(side, side)), (sourceWidthPx, sourceHeightPx, fitPx) => {
        const wanted: TrackWish = { track: 'video', wish: { format: 'gray', fitPx } }
        const list = ffmpegArguments(file, wanted, { platform: 'linux', live: false })
        const filter = `${list[list.indexOf('-vf') + 1] ?? ''},showinfo@out`
        const picture = `color=s=${String(sourceWidthPx)}x${String(sourceHeightPx)},format=gray`
        const words = ['-nostdin', '-f', 'lavfi', '-i', picture, '-vf', filter, '-frames:v', '1', '-f', 'null', '-']
        const { stderr } = spawnSync(nativeFfmpeg ?? 'ffmpeg', words, { encoding: 'utf8' })
        const [, width, height] = /showinfo@out.* s:(\d+)x(\d+) /.exec(stderr) ?? []
        expect(scaledSize({ sourceWidthPx, sourceHeightPx }, fitPx)).toEqual({
          widthPx: Number(width),
          heightPx: Number(height),
        })
      }),
      { seed, numRuns: runs(25) },
    )
  })

  it('halves are rounded up, and no side is below 2', () => {
    const size = (width: number, height: number, fitPx: [number, number] | null): number[] =>
      Object.values(scaledSize({ sourceWidthPx: width, sourceHeightPx: height }, fitPx))
    expect(size(1280, 720, [416, 416])).toEqual([416, 234])
    expect(size(7, 5, null)).toEqual([6, 4])
    expect(size(1000, 1, [10, 10])).toEqual([10, 2])
  })
})

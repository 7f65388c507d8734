import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SaccadeError } from '../../src/core/errors.js'
import { parseMediaAddress, tellMediaAddress, type ParseOptions } from '../../src/core/media-address.js'
import { runs } from '../helpers/runs.js'

const seed = Number(process.env['SACCADE_SEED'] ?? 1)
const demo: ParseOptions = { demoFolder: '/pkg/media/', demos: ['demo.mp4', 'walk.mp4'] }

function refusal(text: string, options: ParseOptions = demo): SaccadeError {
  try {
    parseMediaAddress(text, options)
  } catch (error) {
    if (error instanceof SaccadeError) return error
    throw error
  }
  throw new Error(`was not refused: ${text}`)
}

describe('parseMediaAddress', () => {
  it.each([
    ['clip.mp4', 'clip.mp4'],
    ['../a b/clip.mp4', '../a b/clip.mp4'],
    ['/abs/clip:1.mp4', '/abs/clip:1.mp4'],
    ['./-clip.mp4', './-clip.mp4'],
    ['./concat:a.mp4', './concat:a.mp4'],
    ['C:\\clips\\a.mp4', 'C:\\clips\\a.mp4'],
    ['c:/clips/a.mp4', 'c:/clips/a.mp4'],
    ['file:clip.mp4', 'clip.mp4'],
    ['file:///abs/a%20b.mp4', '/abs/a b.mp4'],
    ['file://localhost/abs/a.mp4', '/abs/a.mp4'],
    ['file:/abs/a.mp4', '/abs/a.mp4'],
    ['file:///C:/clips/a.mp4', 'C:/clips/a.mp4'],
    ['demo:demo.mp4', '/pkg/media/demo.mp4'],
    ['DEMO:walk.mp4', '/pkg/media/walk.mp4'],
  ])('reads %s as a file', (text, path) => {
    expect(parseMediaAddress(text, demo)).toEqual({ kind: 'file', path })
  })

  it.each([
    ['device:0', '0', 'default'],
    ['device:02', '2', 'default'],
    ['device:/dev/video0', '/dev/video0', 'default'],
    ['device:/dev/v4l/by-id/usb-046d_C920-video-index0', '/dev/v4l/by-id/usb-046d_C920-video-index0', 'default'],
    ['device:mic', null, 'default'],
    ['device:mic:hw:1,0', null, 'hw:1,0'],
    ['device:mic:plughw:CARD=C920,DEV=0', null, 'plughw:CARD=C920,DEV=0'],
    ['device:mic:pulse', null, 'pulse'],
  ])('reads %s as a device', (text, video, audio) => {
    expect(parseMediaAddress(text)).toEqual({ kind: 'device', video, audio })
  })

  it.each(['browser:', 'BROWSER:'])('reads %s as the place for a browser', (text) => {
    expect(parseMediaAddress(text)).toEqual({ kind: 'browser' })
  })

  it('reads names of microphones with spaces where the platform has them', () => {
    const address = parseMediaAddress('device:mic:Built-in Microphone (2)', { platform: 'darwin' })
    expect(address).toEqual({ kind: 'device', video: null, audio: 'Built-in Microphone (2)' })
  })

  it.each([
    ['rtsp://10.0.0.7/stream', 'rtsp', 'rtsp://10.0.0.7/stream'],
    ['RTSPS://cam:secret@host:322/1?x=2', 'rtsps', 'rtsps://cam:secret@host:322/1?x=2'],
    ['http://host/a.mp4', 'http', 'http://host/a.mp4'],
    ['https://[::1]:8443/live.m3u8', 'https', 'https://[::1]:8443/live.m3u8'],
  ])('reads %s as an address of the network', (text, scheme, url) => {
    expect(parseMediaAddress(text)).toEqual({ kind: 'network', scheme, url })
  })

  it.each([
    ['', /it is empty/, /a path, file:/],
    ['  ', /it is empty/, /a path/],
    ['-i', /starts with "-"/, /write "\.\/-i"/],
    ['-f lavfi', /starts with "-"/, /\.\//],
    ['a\nb.mp4', /control character/, /without/],
    ['a\u0000.mp4', /control character/, /without/],
    ['concat:a.mp4|b.mp4', /scheme concat: is not allowed/, /a path, file:, demo:, device:/],
    ['pipe:0', /scheme pipe:/, /Allowed are/],
    ['fd:3', /scheme fd:/, /Allowed are/],
    ['lavfi:testsrc', /scheme lavfi:/, /Allowed are/],
    ['subfile,,start,0,end,9,,:a.mp4', /scheme subfile,/, /Allowed are/],
    ['data:text/plain,x', /scheme data:/, /Allowed are/],
    ['udp://1.2.3.4:5', /scheme udp:/, /Allowed are/],
    ['rtps://host/1', /scheme rtps:/, /did you mean rtsp:\?/],
    ['devcie:0', /scheme devcie:/, /did you mean device:\?/],
    ['htpp://host', /scheme htpp:/, /did you mean http:\?/],
    ['browser:front', /after browser: stands nothing/, /write browser: and choose/],
    ['file:', /names no file/, /file:PATH/],
    ['file://server/share/a.mp4', /names a host: server/, /file:\/\/\//],
    ['file:///a%2fb.mp4', /hides a separator/, /path alone/],
    ['file:///a%00b.mp4', /hides a separator|control/, /path alone/],
    ['file:///a%zz.mp4', /no file: URL/, /path alone/],
    ['demo:../secret.mp4', /without folders/, /demo:demo\.mp4, demo:walk\.mp4/],
    ['demo:a/b.mp4', /without folders/, /demo:demo\.mp4/],
    ['demo:', /without folders/, /demo:demo\.mp4/],
    ['demo:dmeo.mp4', /carries no dmeo\.mp4/, /did you mean demo:demo\.mp4\?/],
    ['device:', /is no device/, /device:0/],
    ['device:x', /is no device/, /device:mic/],
    ['device:/etc/passwd', /is no device/, /device:\/dev\/video0/],
    ['device:/dev/../etc/passwd', /is no device/, /device:/],
    ['device:mic:', /names of ALSA/, /device:mic/],
    ["device:mic:file:'|touch /tmp/x',raw", /names of ALSA/, /device:mic/],
    ['device:mic:tee', /names of ALSA/, /device:mic/],
    ['device:mic:-i', /names of ALSA/, /device:mic/],
    ['rtsp:host', /names no host/, /rtsp:\/\/host\/path/],
    ['rtsp:///x', /host|URL/, /rtsp:\/\/host\/path/],
    ['http://ho st/x', /a space/, /%20/],
    ['http://host:99999/', /no URL/, /http:\/\/host/],
  ])('refuses %j', (text, message, remedy) => {
    const error = refusal(text)
    expect(error.code).toBe('config')
    expect(error.message).toMatch(message)
    expect(error.message).toContain('as a medium')
    expect(error.remedy).toMatch(remedy)
    expect(error.where).toBe(text)
  })

  it('refuses /dev/video0 where the platform has no such thing', () => {
    expect(refusal('device:/dev/video0', { platform: 'win32' }).remedy).toBe(
      'write device:0, device:mic or device:mic:NAME',
    )
  })

  it('refuses demo: where there is no demo folder', () => {
    expect(refusal('demo:demo.mp4', {}).message).toMatch(/no demo folder/)
  })

  it('shows no password', () => {
    const address = parseMediaAddress('rtsp://user:secret@host/1')
    expect(tellMediaAddress(address)).toBe('rtsp://…@host/1')
    const error = refusal('rtps://user:secret@host/1')
    expect(`${error.message} ${error.remedy} ${error.where ?? ''}`).not.toContain('secret')
  })

  it('gives, whatever is written, a known kind or a refusal of its own, and never an option', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .tuple(
          fc.constantFrom('file:', 'demo:', 'device:', 'device:mic:', 'rtsp://', 'http://', 'concat:', '-', 'x:'),
          fc.string(),
        )
        .map(([head, rest]) => head + rest),
    )
    fc.assert(
      fc.property(text, (written) => {
        try {
          const address = parseMediaAddress(written, demo)
          // eslint-disable-next-line no-control-regex -- the law is on control characters
          for (const part of Object.values(address)) expect(part ?? '').not.toMatch(/[\u0000-\u001f\u007f]/)
          if (address.kind === 'network') expect(address.url.startsWith(`${address.scheme}://`)).toBe(true)
          if (address.kind === 'device') expect(address.audio).not.toMatch(/^-|['"|]/)
        } catch (error) {
          expect(error).toBeInstanceOf(SaccadeError)
          expect((error as SaccadeError).code).toBe('config')
        }
      }),
      { seed, numRuns: runs(500) },
    )
  })
})

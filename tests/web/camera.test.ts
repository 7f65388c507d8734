import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CameraState } from '../../src/core/wire.js'
import { browserLabel } from '../../web/src/camera/browser-label.js'
import { cameraWords } from '../../web/src/camera/camera-words.js'
import { insecureWords, refusalWords } from '../../web/src/camera/refusal-words.js'
import { SampleClock } from '../../web/src/camera/sample-clock.js'
import { SendWindow } from '../../web/src/camera/send-window.js'
import type { SenderState } from '../../web/src/camera/sender-state.js'
import { situationOf } from '../../web/src/logic/situation.js'
import { runs } from '../helpers/runs.js'
import { runningPage } from './page-fixtures.js'

const waiting: CameraState = {
  stream: 'room',
  video: true,
  audio: true,
  from: null,
  offsetMs: null,
  uncertaintyMs: null,
  dropped: {},
}
const here: CameraState = { ...waiting, from: 'Chrome on Android', offsetMs: 12_345.6, uncertaintyMs: 0.84 }
const sending = (more: object = {}): SenderState => ({
  is: 'sending',
  figures: { perSecond: 30, onTheWay: 2, picture: true, sound: true, hidden: false, ...more },
})

describe('what the panel says', () => {
  test('nothing, where no stream takes a camera', () => {
    expect(cameraWords({ is: 'off' }, null, true)).toBeNull()
  })

  test.each([
    [waiting, 'Use this camera and microphone'],
    [{ ...waiting, audio: false }, 'Use this camera'],
    [{ ...waiting, video: false }, 'Use this microphone'],
  ])('it invites, in the place of the picture, to give what is wanted', (camera, label) => {
    const words = cameraWords({ is: 'off' }, camera, true)
    expect(words).toMatchObject({ action: { label, does: 'use' }, inPlace: true })
    expect(words?.title).toContain('room waits for a')
  })

  test('who may only look is told so, and offered nothing', () => {
    expect(cameraWords({ is: 'off' }, waiting, false)).toMatchObject({ action: null, inPlace: true })
  })

  test('where another browser has the place, it says which, and does not invite', () => {
    expect(cameraWords({ is: 'off' }, here, true)).toMatchObject({
      title: 'Chrome on Android gives its camera and microphone',
      action: null,
      inPlace: false,
    })
  })

  test('sending tells its rate, how well the clock is known, and what is on the way', () => {
    expect(cameraWords(sending(), here, true)).toMatchObject({
      tone: 'good',
      title: 'Sending picture and sound',
      text: '30 fps · clock ± 0.8 ms · 2 on the way',
      action: { label: 'Stop', does: 'stop' },
      inPlace: false,
    })
    expect(cameraWords(sending({ picture: false }), here, true)?.text).toBe('clock ± 0.8 ms')
  })

  test('a hidden tab gives no pictures, and says so', () => {
    const words = cameraWords(sending({ hidden: true }), here, true)
    expect(words?.tone).toBe('near')
    expect(words?.text).toMatch(/^this tab is hidden/)
  })

  test.each<[string, SenderState, RegExp, string]>([
    ['taken', { is: 'taken', by: 'Firefox on Linux' }, /^Firefox on Linux gives its camera/, 'Try again'],
    ['asking', { is: 'asking' }, /browser asks/, 'Leave it'],
    ['connecting', { is: 'connecting', reason: 'The run has ended' }, /^The run has ended\. It goes on/, 'Stop'],
    ['insecure', insecureWords, /--tls/, 'Try again'],
  ])('%s says what helps', (_, sender, text, label) => {
    const words = cameraWords(sender, here, true)
    expect(words?.text).toMatch(text)
    expect(words?.action?.label).toBe(label)
  })

  test.each([
    ['NotAllowedError', /not allowed/, /Allow them/],
    ['NotFoundError', /no camera or microphone/, /Plug one in/],
    ['NotReadableError', /in use/, /Another program/],
    ['OtherError', /could not be opened/, /as it is/],
  ])('%s is told with a remedy', (name, title, text) => {
    const words = refusalWords(Object.assign(new Error('as it is'), { name }))
    expect(words.title).toMatch(title)
    expect(words.text).toMatch(text)
  })
})

test('a run without its browser waits for it', () => {
  expect(situationOf(runningPage(9000, { camera: waiting }), 9100)).toMatchObject({
    is: 'waiting',
    word: 'waiting for a browser',
    notice: null,
  })
  expect(situationOf(runningPage(9000, { camera: here }), 9100).is).not.toBe('waiting')
})

test.each([
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
    'Chrome on Linux',
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36',
    'Chrome on Android',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0', 'Firefox on Windows'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0',
    'Edge on macOS',
  ],
  ['curl/8', 'A browser'],
])('%s is called %s', (userAgent, label) => {
  expect(browserLabel(userAgent)).toBe(label)
})

test('law: never more are on the way than may be, and each acknowledgement makes room', () => {
  const step = fc.oneof(fc.constant('send' as const), fc.nat(30))
  fc.assert(
    fc.property(fc.array(step), fc.integer({ min: 1, max: 5 }), (steps, most) => {
      const window = new SendWindow()
      expect(window.open).toBe(false)
      window.clear(most)
      const under = new Set<number>()
      let seq = 0
      for (const what of steps) {
        if (what !== 'send') {
          under.delete(what)
          window.acked(what)
        } else if (window.open) {
          under.add(seq)
          window.sent(seq++)
        }
        expect(window.onTheWay).toBe(under.size)
        expect(under.size).toBeLessThanOrEqual(most)
        expect(window.open).toBe(under.size < most)
      }
    }),
    { numRuns: runs(300) },
  )
})

describe('SampleClock', () => {
  const samples = 320
  const rateHz = 16_000

  test('law: once a chunk came without delay, times are right to the drift, however late the others come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { maxLength: 200 }),
        fc.double({ min: -1e5, max: 1e5, noNaN: true }),
        (delays, startMs) => {
          const clock = new SampleClock(rateHz)
          for (const [nth, lateMs] of [0, ...delays].entries()) {
            const truly = startMs + nth * 20
            expect(clock.came(nth * samples, samples, truly + 20 + lateMs)).toBeCloseTo(truly, 6)
          }
        },
      ),
      { numRuns: runs(100) },
    )
  })

  test('what is older than five seconds is forgotten, as clocks drift', () => {
    const clock = new SampleClock(rateHz)
    clock.came(0, samples, 20)
    for (let nth = 1; nth < 250; nth++) clock.came(nth * samples, samples, nth * 20 + 25)
    expect(clock.came(250 * samples, samples, 250 * 20 + 25)).toBeCloseTo(250 * 20 + 5, 6)
  })
})

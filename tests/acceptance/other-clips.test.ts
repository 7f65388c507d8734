import { afterAll, describe, expect, test } from 'vitest'
import { createClips, demoClip, nativeFfmpeg, skippedWithoutFfmpeg, speechClip } from '../helpers/clips.js'
import { follow } from './follow.js'

const clips = createClips()
afterAll(() => {
  clips.remove()
})

/** The head of the demo's portrait, 320×310 px, its face 150 px wide in the middle of the upper half. */
const head = ['-ss', '0', '-t', '0.01', '-i', demoClip]
const cut = '[0:v]trim=end_frame=1,crop=320:310:441:99,loop=-1:1:0,setpts=N/FRAME_RATE/TB'

type Clip = {
  readonly name: string
  readonly size: string
  readonly fps: number
  readonly seconds: number
  /** Where heads are laid: width of the face in px, and the left top corner as FFmpeg's expressions of t. */
  readonly heads: readonly { readonly facePx: number; readonly x: string; readonly y: string }[]
  /** How many faces are wholly in view at a time; null where one is half in view. */
  readonly inView: (atS: number) => number | null
}

const make = ({ name, size, fps, seconds, heads }: Clip): string => {
  const layers = heads.map(({ facePx }, k) => {
    const width = Math.round((facePx / 150) * 160) * 2
    return `${k === 0 ? cut : ''}${k === 0 ? '' : `[c${String(k)}]null`},scale=${String(width)}:-2[h${String(k)}]`
  })
  const split =
    heads.length > 1 ? [`${cut},split=${String(heads.length)}${heads.map((_, k) => `[c${String(k)}]`).join('')}`] : []
  const scaled = heads.length > 1 ? heads.map((_, k) => (layers[k] ?? '').replace(cut, `[c${String(k)}]null`)) : layers
  const overlays = heads.map(({ x, y }, k) => {
    const [from, to] = [
      k === 0 ? '[ground]' : `[o${String(k - 1)}]`,
      k === heads.length - 1 ? '[out]' : `[o${String(k)}]`,
    ]
    return `${from}[h${String(k)}]overlay=x='${x}':y='${y}':eval=frame:shortest=0${to}`
  })
  const ground = `color=c=0x4a5a50:s=${size}:r=${String(fps)}:d=${String(seconds)},noise=alls=6:allf=t[ground]`
  const graph = [ground, ...split, ...scaled, ...overlays].join(';')
  const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '23', '-pix_fmt', 'yuv420p', '-t', String(seconds)]
  return clips.make(name, ...head, '-filter_complex', graph, '-map', '[out]', '-r', String(fps), ...coded)
}

const shapes: readonly Clip[] = [
  {
    name: 'small.mp4',
    size: '1280x720',
    fps: 30,
    seconds: 2,
    heads: [{ facePx: 95, x: '300+200*t', y: '200' }],
    inView: () => 1,
  },
  {
    name: 'large.mp4',
    size: '1280x720',
    fps: 30,
    seconds: 2,
    heads: [{ facePx: 300, x: '200+100*t', y: '40' }],
    inView: () => 1,
  },
  {
    name: 'two.mp4',
    size: '1280x720',
    fps: 30,
    seconds: 2,
    heads: [
      { facePx: 150, x: '100+60*t', y: '200' },
      { facePx: 190, x: '800-60*t', y: '150' },
    ],
    inView: () => 2,
  },
  {
    name: 'leaves.mp4',
    size: '1280x720',
    fps: 30,
    seconds: 4,
    heads: [{ facePx: 150, x: 'if(lt(t,2),700-1400*max(0,t-0.5),-1400+1400*(t-2))', y: '200' }],
    inView: (t) => (t < 0.9 ? 1 : t > 1.4 && t < 2.6 ? 0 : t > 3.1 && t < 3.5 ? 1 : null),
  },
  {
    name: 'sixty.mp4',
    size: '640x480',
    fps: 60,
    seconds: 1,
    heads: [{ facePx: 120, x: '100+100*t', y: '60' }],
    inView: () => 1,
  },
  {
    name: 'tall.mp4',
    size: '720x1280',
    fps: 15,
    seconds: 3,
    heads: [{ facePx: 180, x: '100+60*t', y: '300' }],
    inView: () => 1,
  },
  {
    name: 'wide.mp4',
    size: '854x480',
    fps: 25,
    seconds: 2,
    heads: [{ facePx: 120, x: '200+100*t', y: '80' }],
    inView: () => 1,
  },
]

describe.skipIf(skippedWithoutFfmpeg('other clips'))('other clips', () => {
  test.each(shapes.map((clip) => [clip.name, clip] as const))(
    '%s: its faces are found, and hardly one too many',
    async (_, clip) => {
      const { faces, captured, state } = await follow(make(clip), clip.seconds * 1000 - 10)
      expect(state).toBe('stopped')
      let [wholly, found, tooMany] = [0, 0, 0]
      for (const { value, capturedAtMs } of faces) {
        const inView = clip.inView(capturedAtMs / 1000)
        if (inView === null) continue
        wholly += inView
        found += Math.min(inView, value.found.length)
        if (value.found.length > inView) tooMany++
      }
      // 60 fps pass a throttle of 30fps by half.
      expect(faces.length).toBeGreaterThanOrEqual(Math.floor(captured * (clip.fps > 30 ? 0.49 : 0.99)))
      console.log(
        `${clip.name}: ${String(found)} of ${String(wholly)} faces, one too many in ${String(tooMany)} of ${String(faces.length)} frames`,
      )
      expect(found / wholly).toBeGreaterThanOrEqual(0.95)
      expect(tooMany / faces.length).toBeLessThanOrEqual(0.04)
    },
  )

  test('a clip without sound is followed all the same, and says so once', async () => {
    const silent = clips.make('silent.mp4', '-i', demoClip, '-t', '1', '-an', '-c:v', 'copy')
    const { faces, voices, state, events } = await follow(silent, 900)
    expect(state).toBe('stopped')
    expect(faces.length).toBeGreaterThanOrEqual(26)
    expect(voices).toEqual([])
    expect(
      events.filter((text) => /no sound|sound .*it has none|nothing comes from room.audio/.test(text)).length,
    ).toBe(1)
  })

  test('a clip of another size than even ones is read', async () => {
    const odd = clips.make(
      'odd.mkv',
      '-i',
      demoClip,
      '-t',
      '0.5',
      '-vf',
      'scale=641:361',
      '-c:v',
      'ffv1',
      '-pix_fmt',
      'yuv444p',
    )
    const { faces, state } = await follow(odd, 450)
    expect(state).toBe('stopped')
    expect(faces[0]?.value.sizePx).toEqual([641, 361])
    expect(faces[0]?.value.found.length).toBe(1)
  })

  test('loops stay on one clock: capture times never go back, picture and sound begin a loop together', async () => {
    const short = clips.make('short.mp4', '-i', demoClip, '-t', '1', '-c', 'copy')
    const { faces, voices } = await follow(short, 3000)
    for (const packets of [faces, voices]) {
      for (const [k, { capturedAtMs, seq }] of packets.entries()) {
        expect(capturedAtMs).toBeGreaterThanOrEqual(packets[k - 1]?.capturedAtMs ?? 0)
        expect(seq).toBe(k)
      }
    }
    const last = (packets: readonly { readonly capturedAtMs: number }[]): number => packets.at(-1)?.capturedAtMs ?? 0
    expect(Math.abs(last(faces) - last(voices))).toBeLessThan(70)
  })
})

test('a medium without a picture fails the run, which says so', async () => {
  if (nativeFfmpeg === null) return
  const { state, events, voices } = await follow(speechClip, 2000)
  expect(state).toBe('failed')
  expect(events.join('\n')).toMatch(/picture .*it has none/)
  expect(voices.length).toBeGreaterThan(0)
})

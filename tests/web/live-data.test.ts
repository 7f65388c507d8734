import { describe, expect, test } from 'vitest'
import type { PacketJson } from '../../src/core/wire.js'
import { OneWayOffset } from '../../web/src/live/one-way-offset.js'
import { DetectionsOf } from '../../web/src/live/detections-of.js'
import { LiveData } from '../../web/src/live/live-data.js'
import { SeqRate } from '../../web/src/live/seq-rate.js'
import { SoundHistory } from '../../web/src/live/sound-history.js'
import { straight } from './page-fixtures.js'

const found = (label: string) => ({
  sizePx: [640, 360],
  found: [{ label, score: 0.9, boxPx: [0, 0, 9, 9], keypointsPx: [] }],
})
const packet = (value: unknown, seq = 1, capturedAtMs = 100): PacketJson => ({
  tap: 'x',
  origin: 'room.video',
  seq,
  capturedAtMs,
  stamp: 'medium',
  ageMs: 20,
  lost: 0,
  value,
})

describe('what was found in a picture', () => {
  test('is that of the same picture, however late it comes', () => {
    const of = new DetectionsOf()
    of.add('faces', 'room.video', 7, found('seven'))
    expect(of.at('room.video', 8)?.found[0]?.label).toBe('seven')
    of.add('faces', 'room.video', 9, found('nine'))
    expect(of.at('room.video', 8)?.found[0]?.label).toBe('seven')
    of.add('faces', 'room.video', 8, found('eight'))
    expect(of.at('room.video', 8)?.found[0]?.label).toBe('eight')
  })

  test('is of all results, and what one of them follows is told once, with its track', () => {
    const box = (xPx: number, label: string, track?: number) => ({
      label,
      score: 0.9,
      boxPx: [xPx, 10, 100, 100],
      keypointsPx: [],
      ...(track === undefined ? {} : { track }),
    })
    const of = new DetectionsOf()
    of.add('things', 'room.video', 5, {
      sizePx: [640, 360],
      found: [box(10, 'person'), box(300, 'person'), box(12, 'cup')],
    })
    of.add('body', 'room.video', 3, { sizePx: [640, 360], found: [box(500, 'person')] })
    of.add('tracks', 'room.video', 5, { sizePx: [640, 360], found: [box(15, 'person', 7)] })
    const places = of.at('room.video', 5)?.found.map(({ label, boxPx, track }) => [label, boxPx[0], track])
    expect(places).toEqual([
      ['person', 300, undefined],
      ['cup', 12, undefined],
      ['person', 500, undefined],
      ['person', 15, 7],
    ])
  })

  test('is nothing of another camera, nothing old, and nothing that is no detections', () => {
    const of = new DetectionsOf()
    of.add('faces', 'room.video', 1, found('old'))
    of.add('faces', 'room.video', 30, { words: 'no boxes' })
    expect(of.at('room.video', 30)).toBeNull()
    expect(of.at('door.video', 1)).toBeNull()
  })
})

describe('sound', () => {
  const loud = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 0.5 : -0.25))

  test('is kept by its time, the newest over the oldest', () => {
    const sound = new SoundHistory(1000)
    sound.addSound(0, 16_000, loud(320))
    expect(sound.newestMs).toBe(20)
    expect(sound.between(0, 19)).toEqual([-0.25, 0.5])
    expect(sound.between(100, 200)).toEqual([0, 0])
    sound.addSound(5000, 16_000, loud(320))
    expect(sound.between(4000, 4990)).toEqual([0, 0])
    expect(sound.between(0, 19)).toEqual([0, 0])
  })

  test('speech is shaded while it lasts, and forgotten with its time', () => {
    const sound = new SoundHistory(1000)
    for (let at = 0; at < 400; at += 20) sound.addVoice(at, at >= 100 && at < 200)
    expect(sound.speech).toEqual([{ fromMs: 100, untilMs: 180 }])
    for (let at = 400; at < 2000; at += 20) sound.addVoice(at, false)
    expect(sound.speech).toEqual([])
  })
})

test('a rate is that of the capture, also where packets are lost on the way', () => {
  const rate = new SeqRate()
  expect(rate.perSecond).toBeNull()
  for (let seq = 0; seq < 300; seq += 3) rate.add(seq, (seq * 1000) / 30)
  expect(rate.perSecond).toBeCloseTo(30)
  rate.add(0, 0)
  expect(rate.perSecond).toBeNull()
})

test('the clock of the run is taken by its quickest message, for a while', () => {
  const clock = new OneWayOffset(1000)
  expect(clock.toPage(0)).toBeNull()
  clock.add(0, 520)
  clock.add(100, 605)
  clock.add(200, 790)
  expect(clock.toPage(1000)).toBe(1505)
  clock.add(1700, 2230)
  expect(clock.toPage(2000)).toBe(2530)
})

test('ticks of the robot are taken apart, and nonsense is passed over', () => {
  const live = new LiveData()
  live.addRobot(packet({ ...straight, commanded: straight, ageMs: 31, state: 'following' }), 1000)
  expect(live.robot).toEqual({ measured: straight, commanded: straight, ageMs: 31 })
  expect(live.age.newest).toBe(31)
  for (const value of [null, 1, 'x', {}, { pose: {} }]) live.addRobot(packet(value), 1020)
  expect(live.robot?.ageMs).toBe(31)
  live.addVoice(packet({ probability: 0.9, speaking: true }), false)
  live.addVoice(packet(null), false)
  expect(live.speaking).toBe(true)
  live.clear()
  expect([live.robot, live.speaking, live.age.newest]).toEqual([null, null, null])
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { createPool } from '../../src/core/pool.js'
import { jointTargetPort, picturePort, posePort, robotPort, soundPort, voicePort } from '../../src/core/ports.js'
import { anyPort, definePort } from '../../src/core/stage.js'
import { spreadMain } from '../../src/core/define.js'
import { createRegistry } from '../../src/engine/registry.js'
import {
  anyMistake,
  anyOptions,
  anyPacket,
  anyPicture,
  anyPose,
  anySchedule,
  anySound,
  anyValue,
  picture,
} from '../../src/testing/index.js'
import { Schedule } from '../../src/testing/schedule.js'
import { valueText } from '../../src/testing/value-text.js'

const stages = [...createRegistry().values()]
const accepts = (stage: (typeof stages)[number], written: unknown): boolean =>
  (stage.options as z.ZodType).safeParse(spreadMain(stage, written)).success

describe.each(stages.map((stage) => [stage.name, stage] as const))('options of %s', (_, stage) => {
  test('law: those that are drawn are accepted, and are not all the same', () => {
    const all = fc.sample(anyOptions(stage), 200)
    expect(all.filter((options) => !accepts(stage, options))).toEqual([])
    expect(new Set(all.map((options) => JSON.stringify(options))).size).toBeGreaterThan(1)
  })

  test('law: of the mistakes that are drawn many are refused', () => {
    const all = fc.sample(anyMistake(stage), 200)
    expect(all.filter((options) => !accepts(stage, options)).length).toBeGreaterThan(40)
  })
})

test('law: a picture that is leased shows what it says, and has the same text', () => {
  fc.assert(
    fc.property(anyPicture, (one) => {
      const pool = createPool()
      const frame = one.lease(pool)
      expect([...frame.bytes]).toEqual([...one.pixels()])
      expect(valueText(frame)).toBe(valueText(one))
      frame.release()
      expect(valueText(frame)).toBe('a frame that was given back')
    }),
  )
})

test('law: values of every port have a text, and different ones mostly another', () => {
  for (const port of [picturePort, soundPort, voicePort, posePort, jointTargetPort, robotPort, anyPort]) {
    const texts = fc.sample(anyValue(port), 100).map(valueText)
    expect(new Set(texts).size).toBeGreaterThan(10)
  }
})

test('a port of somebody else needs an arbitrary', () => {
  expect(() => anyValue(definePort('thermal', 'a thermal picture'))).toThrow('not one of the package')
})

test.each([
  [-0, '-0'],
  [NaN, 'NaN'],
  [undefined, 'undefined'],
  [new Float32Array([1, 0.5]), 'Float32Array[1, 0.5]'],
  [{ a: ['b', null], c: new Error('d') }, '{ a: ["b", null], c: Error: d }'],
  [12n, '12n'],
])('the text of %s', (value, text) => {
  expect(valueText(value)).toBe(text)
})

test('law: sound lasts as long as it says; packets are whole; poses stand still often', () => {
  expect(fc.sample(anySound(512), 20).every(({ samples }) => samples.length === 512)).toBe(true)
  expect(fc.sample(anyPacket(fc.nat()), 20).every((packet) => Object.keys(packet).length === 9)).toBe(true)
  const same = fc.sample(anyPose, 200).filter(({ yawRad }) => yawRad === 0)
  expect(same.length).toBeGreaterThan(10)
})

test('a schedule is a drawing', () => {
  const facts = { origin: 0, lost: 0, epoch: 0, busyMs: 0, costMs: 0 }
  const schedule = new Schedule<unknown>(
    [
      { ...facts, atMs: 10, capturedAtMs: 10, seq: 0, value: 'a', busyMs: 20 },
      { ...facts, atMs: 30, capturedAtMs: 10, seq: 3, value: 7, lost: 2, costMs: 40 },
      { ...facts, atMs: 30, capturedAtMs: 30, seq: 0, value: picture(2, 2), origin: 1 },
      { ...facts, atMs: 200, capturedAtMs: 200, seq: 4, value: 'd', epoch: 1 },
    ],
    [
      { name: 'camera', live: true },
      { name: 'file', live: false },
    ],
    { how: 'error', atMs: 220 },
  )
  expect(`\n${schedule.toString()}`).toBe(`
camera       -a-b 160ms d-#
file, waits  ---c
busy         a 20ms
cost         b 40ms
aged         b 20ms
lost         b 2 before it
epoch        d 1
values       b 7, c gray 2x2 (2 2 1 1 0 0) #6c2a84f9`)
})

test('law: a schedule that fails is printed as its drawing, as small as it can be', () => {
  const found = fc.check(
    fc.property(anySchedule({ origins: 1, endings: ['complete'] }), ({ items }) => items.length < 2),
    { seed: 1 },
  )
  expect(fc.stringify(found.counterexample?.[0])).toMatch(/\ncamera {2,}-ab\|\n/)
})

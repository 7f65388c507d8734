import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StageHistory } from '../../web/src/live/stage-history.js'
import { convexHull } from '../../web/src/logic/convex-hull.js'
import { strokesAlong } from '../../web/src/logic/dashes.js'
import { edgeWords } from '../../web/src/logic/edge-words.js'
import { nodeFacts } from '../../web/src/logic/graph-facts.js'
import { headRings, placer } from '../../web/src/logic/head-shape.js'
import { labelPlace } from '../../web/src/logic/label-place.js'
import { fitOf, lookPlace, movedCross } from '../../web/src/logic/look-place.js'
import { optionField, optionText, optionValue } from '../../web/src/logic/option-field.js'
import { posesReused } from '../../web/src/logic/poses-reused.js'
import { situationOf } from '../../web/src/logic/situation.js'
import { graph, robot, runningPage, runState, stage, straight, took } from './page-fixtures.js'

test('law: the names of what was found stand within the picture and never on each other, while there is room', () => {
  const frame = { width: 640, height: 360 }
  const box = fc
    .record({
      x: fc.nat(600),
      y: fc.nat(340),
      w: fc.integer({ min: 4, max: 640 }),
      h: fc.integer({ min: 4, max: 360 }),
    })
    .map(({ x, y, w, h }) => ({ x, y, w: Math.min(w, 640 - x), h: Math.min(h, 360 - y) }))
  fc.assert(
    fc.property(fc.array(box, { maxLength: 8 }), (boxes) => {
      const names: ReturnType<typeof labelPlace>[] = []
      for (const one of boxes) names.push(labelPlace({ width: 90, height: 19 }, one, frame, names))
      for (const [i, { x, y, w, h }] of names.entries()) {
        expect(Math.min(x, y, frame.width - x - w, frame.height - y - h)).toBeGreaterThanOrEqual(0)
        for (const other of names.slice(0, i))
          expect(x < other.x + other.w && other.x < x + w && y < other.y + other.h && other.y < y + h).toBe(false)
      }
    }),
  )
})

const side = fc.integer({ min: 1, max: 4000 })
const size = fc.record({ width: side, height: side })

describe('where one points at', () => {
  test('law: a place of the source is found again where it is shown, and nothing beside the picture', () => {
    fc.assert(
      fc.property(
        size,
        size,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (source, frame, x, y) => {
          const { scale, left, top } = fitOf(source, frame)
          const at = [
            x * source.width * 0.998 + source.width * 0.001,
            y * source.height * 0.998 + source.height * 0.001,
          ] as const
          const found = lookPlace([left + at[0] * scale, top + at[1] * scale], source, frame)
          expect(found?.[0]).toBeCloseTo(at[0], 3)
          expect(found?.[1]).toBeCloseTo(at[1], 3)
          expect(lookPlace([left - 1, top - 1], source, frame)).toBeNull()
          expect(lookPlace([frame.width - left + 1, frame.height - top + 1], source, frame)).toBeNull()
        },
      ),
    )
  })

  test('law: the cross never leaves the picture, and other keys do not move it', () => {
    const keys = fc.array(fc.constantFrom('ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'))
    fc.assert(
      fc.property(size, keys, fc.boolean(), (source, pressed, fine) => {
        let at: readonly [number, number] = [source.width / 2, source.height / 2]
        for (const key of pressed) at = movedCross(at, key, fine, source) ?? at
        expect(at[0] >= 0 && at[0] <= source.width && at[1] >= 0 && at[1] <= source.height).toBe(true)
        expect(movedCross(at, 'a', fine, source)).toBeNull()
      }),
    )
  })
})

describe('options', () => {
  test('are asked for as their schema says', () => {
    expect(optionField({ enum: ['a', 'b'], type: 'string' })).toEqual({ is: 'choice', choices: ['a', 'b'] })
    expect(optionField({ type: 'boolean' })).toEqual({ is: 'switch' })
    expect(optionField({ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER })).toEqual({
      is: 'number',
      min: 1,
      max: null,
      whole: true,
    })
    expect(optionField({ anyOf: [{ type: 'string' }, { type: 'number' }] })).toEqual({ is: 'text' })
    expect(optionField(undefined)).toEqual({ is: 'text' })
  })

  test('what is typed is a value, or none', () => {
    const number = optionField({ type: 'number', minimum: 0, maximum: 1 })
    expect(['0.5', '1', '1.1', '-1', '', 'x'].map((text) => optionValue(number, text))).toEqual([
      ...[0.5, 1],
      ...[undefined, undefined, undefined, undefined],
    ])
    expect(optionValue(optionField({ type: 'integer' }), '1.5')).toBeUndefined()
    expect(optionValue({ is: 'text' }, ' 50ms ')).toBe('50ms')
    expect(optionValue({ is: 'text' }, '12')).toBe(12)
    expect(optionValue({ is: 'choice', choices: ['a'] }, 'b')).toBeUndefined()
    expect(optionValue({ is: 'switch' }, 'true')).toBe(true)
  })

  test('law: a value is written as in the file, on one line', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(optionText(value)).not.toBe('[object Object]')
      }),
    )
    expect(optionText({ whenFull: 'drop-oldest', capacity: 10, maxAgeMs: null })).toBe(
      '{ whenFull: drop-oldest, capacity: 10, maxAgeMs: none }',
    )
  })
})

describe('times of the last minute', () => {
  test('law: bounded however often the run tells, newest last', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 400 }), (steps) => {
        const history = new StageHistory()
        let atMs = 0
        for (const step of steps) history.add((atMs += step), { faces: took(step) })
        expect(history.size).toBeLessThanOrEqual(60_000 / 230 + 1)
        const [at, p50] = history.of('faces', atMs)
        expect(at).toHaveLength(p50.length)
        expect(at.every((s) => s <= 0 && s >= -60)).toBe(true)
        expect([...at].sort((a, b) => a - b)).toEqual([...at])
      }),
    )
  })

  test('what was not timed is a gap', () => {
    const history = new StageHistory()
    history.add(0, { faces: took(5) })
    history.add(1000, { faces: stage() })
    expect(history.of('faces', 1000)[1]).toEqual([5, null])
  })
})

describe('lines of the head', () => {
  test('law: dashes cover half of a closed line, and end', () => {
    const at = fc.tuple(
      fc.integer({ min: -99, max: 99 }),
      fc.integer({ min: -99, max: 99 }),
      fc.integer({ min: -99, max: 99 }),
    )
    fc.assert(
      fc.property(fc.array(at, { minLength: 2, maxLength: 30 }), (points) => {
        const length = (strokes: ReturnType<typeof strokesAlong>): number =>
          strokes.reduce((sum, [a, b]) => sum + Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]), 0)
        const whole = length(strokesAlong(points, null))
        expect(Math.abs(length(strokesAlong(points, 5)) - whole / 2)).toBeLessThanOrEqual(2.6)
      }),
    )
  })

  test('its outline is the hull of its rings, with what each point holds beside', () => {
    const seen = headRings
      .flat()
      .map(placer(straight))
      .map(([x, y, z]) => [y, z, x] as const)
    const hull = convexHull(seen)
    expect(hull.length).toBeGreaterThan(12)
    for (const point of hull) expect(seen).toContain(point)
  })
})

describe('states', () => {
  test('a stopped robot: it says how to go on and what this is not, and nothing is frozen', () => {
    const situation = situationOf(
      runningPage(1000, { robot: { ...robot, state: 'stopped', stop: 'torque-off' } }),
      1000,
    )
    expect(situation).toMatchObject({ is: 'robot-stopped', tone: 'stop', frozen: false })
    expect(situation.notice?.title).toBe('Stopped – reset to go on')
    expect(situation.notice?.text).toMatch(/has let its motors go.*not an emergency stop/)
  })

  test('a paused run is not taken for a stalled one', () => {
    const page = runningPage(1000, { state: 'paused' })
    expect(situationOf({ ...page, lastPacketAtMs: -60_000 }, 1000)).toMatchObject({ is: 'paused', frozen: true })
  })

  test('starved is told apart from failed', () => {
    const stages = { faces: stage({ state: 'failed', error: 'NaN' }), gaze: stage({ starvedBy: ['faces'] }) }
    const facts = nodeFacts(graph, runState({ stages }), [], null)
    expect(facts.find(({ name }) => name === 'faces')?.mark).toEqual({ text: 'failed', tone: 'stop' })
    expect(facts.find(({ name }) => name === 'gaze')?.mark).toEqual({ text: 'starved: faces failed', tone: 'starved' })
    const notice = situationOf(runningPage(1000, { stages }), 1000).notice
    expect(notice?.text).toContain('gaze gets nothing for want of it')
  })

  test('how a join takes from an input stands on its edge', () => {
    const joined = {
      nodes: graph.nodes,
      edges: [
        { from: 'head.measured', to: 'gaze', input: 'head', taken: 'interpolate 100ms', stage: 'gaze/join/head' },
      ],
    }
    const stages = { 'gaze/join/head': stage({ perSecond: 50 }) }
    expect(edgeWords(joined, [0], stages, [], new Map()).text).toBe('50.0/s · interpolate 100ms')
  })
})

describe('poses that were reused', () => {
  test('are those that were solved, not the pictures that a detector remembers', () => {
    const count = (hits: number, misses: number) => ({ hits, misses, evictions: 0 })
    const pictures = { 'faces/detect-faces': count(90, 10) }
    expect(posesReused({ ...pictures, 'gaze/solve-pose': count(1, 3) })).toBe(0.25)
    expect(posesReused({ 'gaze/solve-pose': count(1, 3), 'gaze/solve-pose-2': count(3, 1) })).toBe(0.5)
    expect(posesReused(pictures)).toBeNull()
    expect(posesReused({ 'gaze/solve-pose': count(0, 0) })).toBeNull()
  })
})

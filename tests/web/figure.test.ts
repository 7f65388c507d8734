import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AgeHistory } from '../../web/src/live/age-history.js'
import { axisTop } from '../../web/src/logic/axis.js'
import { clock, count, degrees, figure, fixed, list, ms } from '../../web/src/logic/format.js'
import { pace } from '../../web/src/logic/pace.js'
import { isAtLeast, restWords } from '../../web/src/logic/rest-words.js'
import { heldToLimit, limitOf, limitWords, verdict, type Limit } from '../../web/src/logic/verdict.js'
import { runState } from './page-fixtures.js'

const limit: Limit = { figure: 'age', limitMs: 80, at: 'p99', measuredMs: 38, holds: true, because: null }

describe('the verdict', () => {
  test.each([
    [31, 'good'],
    [64, 'good'],
    [64.1, 'near'],
    [80, 'near'],
    [80.1, 'over'],
  ])('%d ms of 80 is %s', (value, told) => {
    expect(verdict(value, limit, 'following')).toBe(told)
  })

  test('no data, no limit and nothing to follow are none of these', () => {
    expect(verdict(null, limit, 'following')).toBe('none')
    expect(verdict(500, null, 'following')).toBe('free')
    expect(verdict(500, limit, 'holding')).toBe('idle')
  })

  test('a limit of the reaction is held against where teeth start, but not for ever', () => {
    const reaction: Limit = { ...limit, figure: 'reaction', limitMs: 50 }
    expect(heldToLimit(95, 31, reaction)).toBe(31)
    expect(heldToLimit(700, 31, reaction)).toBe(450)
    expect(heldToLimit(95, 31, limit)).toBe(95)
    expect(heldToLimit(null, null, limit)).toBeNull()
  })

  test('words say what colour says', () => {
    expect(limitWords(limit)).toEqual({ verdict: 'good', words: ['limit 80', 'p99 38'] })
    expect(limitWords({ ...limit, figure: 'reaction', measuredMs: 96, holds: false, because: 'faces' })).toEqual({
      verdict: 'over',
      words: ['reaction limit 80', 'p99 96', 'over it: faces is slowest'],
    })
    expect(limitWords({ ...limit, measuredMs: 70 }).words).toContain('near it')
    expect(limitWords(null).words).toEqual(['no limit declared'])
  })

  test('of several lines that of the age is taken, then that of the reaction', () => {
    const line = {
      from: 'room.video',
      to: 'head',
      limitMs: 50,
      at: 'p99',
      overMs: 10_000,
      measuredMs: null,
      holds: null,
    }
    const run = runState({
      expect: [
        { ...line, figure: 'reaction' },
        { ...line, figure: 'age', limitMs: 90 },
        { ...line, to: 'live', figure: 'age' },
      ],
    })
    expect(limitOf(run, 'head')).toMatchObject({ figure: 'age', limitMs: 90 })
    expect(limitOf(run, 'elsewhere')).toBeNull()
  })
})

describe('the history of the age', () => {
  test('a tooth starts where newer data is first acted on', () => {
    const history = new AgeHistory(3000)
    for (const [at, age] of [
      [0, 30],
      [20, 50],
      [40, 37],
      [60, 57],
      [80, 56.9],
    ] as const)
      history.add(at, age)
    expect(history.toothMs).toBe(37)
    expect(history.newest).toBe(56.9)
  })

  test('law: data that nobody tells the age of in between grew old until the next came, and a tooth starts there', () => {
    const news = fc.record({ afterMs: fc.integer({ min: 2, max: 900 }), ageMs: fc.integer({ min: 0, max: 400 }) })
    fc.assert(
      fc.property(fc.array(news, { minLength: 2, maxLength: 20 }), (all) => {
        const history = new AgeHistory(1e9)
        const line: (readonly [number, number])[] = []
        let [atMs, lastAgeMs] = [0, 0]
        for (const [i, { afterMs, ageMs: wanted }] of all.entries()) {
          atMs += afterMs
          // What comes was captured after what came before.
          const ageMs = i === 0 ? wanted : Math.min(wanted, lastAgeMs + afterMs - 2)
          if (i > 0) line.push([atMs, lastAgeMs + afterMs])
          line.push([atMs, ageMs])
          history.renew(atMs, (lastAgeMs = ageMs))
          expect(history.toothMs).toBe(ageMs)
        }
        const drawn: (readonly [number, number])[] = []
        history.each(atMs, (at, age) => drawn.push([at, age]))
        expect(drawn).toEqual(line)
      }),
    )
  })

  test('law: whatever times it is told, its line never runs back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1 }), (times) => {
        const history = new AgeHistory(1000)
        for (const at of times) history.add(at, 30)
        const seen: number[] = []
        history.each(Math.max(...times), (at) => seen.push(at))
        expect(seen).toEqual(seen.toSorted((a, b) => a - b))
        expect(seen).toHaveLength(times.length)
      }),
    )
  })

  test('stays bounded, and gives what lies in its span with one before', () => {
    const history = new AgeHistory(1000)
    for (let at = 0; at < 60_000; at += 20) history.add(at, 30)
    expect(history.size).toBeLessThan(400)
    const seen: number[] = []
    history.each(59_980, (at) => seen.push(at))
    expect(seen[0]).toBe(58_960)
    expect(seen[seen.length - 1]).toBe(59_980)
  })
})

test('an axis holds what it must show, and does not breathe', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      (current, needed) => {
        const top = axisTop(current, needed)
        expect(top).toBeGreaterThanOrEqual(needed)
        expect(axisTop(top, needed)).toBe(top)
      },
    ),
  )
  expect(axisTop(0, 56)).toBe(60)
  expect(axisTop(80, 56)).toBe(80)
  expect(axisTop(150, 56)).toBe(60)
})

test('numbers are paced: the first at once, then at most four a second, and never without the last', () => {
  let [nowMs, calls] = [0, 0]
  let timers: { atMs: number; run: () => void }[] = []
  const call = pace(
    () => calls++,
    250,
    () => nowMs,
    (run, delayMs) => timers.push({ atMs: nowMs + delayMs, run }),
  )
  const tick = (): void => {
    const due = timers.filter(({ atMs }) => atMs <= nowMs)
    timers = timers.filter(({ atMs }) => atMs > nowMs)
    for (const { run } of due) run()
  }
  for (; nowMs < 1000; nowMs += 10) {
    tick()
    call()
  }
  expect(calls).toBe(4)
  nowMs = 1250
  tick()
  expect(calls).toBe(5)
})

test('numbers as people read them', () => {
  expect([fixed(-0.04, 1), fixed(-12.44, 1), fixed(3, 0)]).toEqual(['0.0', '−12.4', '3'])
  expect([ms(9.74), ms(99.96), ms(12_000)]).toEqual(['9.7 ms', '100 ms', '12 s'])
  expect([figure(31.4), figure(999.6), figure(240_000)].map(({ value, unit }) => value + unit)).toEqual([
    '31ms',
    '1.0s',
    '240s',
  ])
  expect([clock(192_000), clock(3_600_000), clock(-5)]).toEqual(['03:12', '1:00:00', '00:00'])
  expect([count(1234567), count(12)]).toEqual(['1\u202f234\u202f567', '12'])
  expect(degrees(-0.2164)).toBe('−12.4°')
  expect([list([]), list(['a']), list(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c'])
})

test('what the age rests on is told, and a stamp of arrival as what it is', () => {
  expect(restWords({ stamp: 'medium', kind: 'sim' })).toBe(
    'stamped by the medium · simulated robot, measured in process',
  )
  expect([isAtLeast('arrival'), isAtLeast('medium'), isAtLeast(null)]).toEqual([true, false, false])
})

import fc from 'fast-check'
import { map, merge, NEVER, take, tap } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Frame } from '../../src/core/frame.js'
import type { Packet } from '../../src/core/packet.js'
import { queue } from '../../src/operators/queue.js'
import { drawMarbles, readMarbles } from '../../src/testing/marbles.js'
import { picture, type VirtualKit, virtualRun } from '../../src/testing/index.js'

/** Why a run fails. */
const failureOf = (body: (kit: VirtualKit) => void): Promise<string> =>
  virtualRun(body).then(
    () => 'it passes',
    (error: unknown) => (error as Error).message,
  )

describe('marbles', () => {
  test.each([
    ['a--b|', 'packet 0, packet 30, complete 40'],
    ['-(ab)c', 'packet 10, packet 10, packet 20'],
    ['a 20ms b 1s #', 'packet 0, packet 30, error 1040'],
    ['- - a', 'packet 20'],
    ['^--!', 'subscribed 0, unsubscribed 30'],
    ['', ''],
  ])('%s', (marbles, told) => {
    const happenings = readMarbles(marbles).map(({ what, atMs }) => `${what} ${String(atMs)}`)
    expect(happenings.join(', ')).toBe(told)
  })

  test('a bracket that is not closed is told', () => {
    expect(() => readMarbles('-(ab')).toThrow('a bracket is not closed')
  })

  test('law: what was drawn is read as it was', () => {
    const marks = fc.array(fc.record({ step: fc.nat(40), mark: fc.constantFrom('a', 'b', 'c') }))
    fc.assert(
      fc.property(marks, (drawn) => {
        const sorted = drawn.map(({ step, mark }) => ({ atMs: step * 10, mark })).sort((a, b) => a.atMs - b.atMs)
        const read = readMarbles(drawMarbles(sorted)).map(({ atMs, value }) => ({ atMs, mark: value }))
        expect(read).toEqual(sorted)
      }),
    )
  })
})

describe('virtualRun', () => {
  test('a hot stream runs whoever listens, a cold one begins anew', () =>
    virtualRun(({ clock, hot, cold, expectPackets, expectSubscriptions }) => {
      const [hot$, cold$] = [hot('a-b-c|'), cold('a-b-c|')]
      clock.at(20, () => {
        expectPackets(merge(hot$, cold$)).toBe('--a-(cb)-c|')
      })
      expectSubscriptions(hot$).toBe('--^--!')
      expectSubscriptions(cold$).toBe('--^----!')
    }))

  test('a recorded stream waits while its gate is held (E5)', () =>
    virtualRun(({ clock, recorded, expectPackets, expectSubscriptions }) => {
      const letters$ = recorded('ab--c|')
      const held$ = letters$.pipe(
        tap(({ value, gate }) => {
          if (value === 'a') clock.at(30, gate.hold())
        }),
      )
      expectPackets(held$).toBe('a--bc|')
      expectSubscriptions(letters$).toBe('^----!')
    }))

  test('values, losses and counts of a queue', () =>
    virtualRun(({ clock, hot, expectPackets, expectStage }) => {
      const busy$ = hot('abc--|').pipe(
        queue('latest'),
        tap(({ gate }) => clock.at(clock.nowMs() + 35, gate.hold())),
      )
      const seen = expectPackets(busy$.pipe(map((packet) => packet)))
      seen.toBe('a 25ms c 5ms |')
      seen.toSayLost([0, 1])
      expectStage('queue').toCount({ in: 3, out: 2, held: 0, dropped: { overflow: 1 } })
    }))

  test('pictures are lent as frames, and compared by what they show', () =>
    virtualRun(({ hot, recorded, expectPackets }) => {
      const values = { a: picture(4, 2), b: picture(4, 2, { seed: 2 }), c: picture(2, 2, { format: 'rgb24' }) }
      for (const draw of [hot, recorded]) expectPackets(draw('-a-b-c|', values)).toBe('-a-b-c|', values)
    }))

  test('an error is compared where it is said', () =>
    virtualRun(({ hot, expectPackets }) => {
      expectPackets(hot('-#')).toBe('-#')
      expectPackets(hot('-#')).toBe('-#', {}, 'drawn')
      expectPackets(hot('-#')).toBe('-#', {}, /that was drawn$/)
      expectPackets(hot('-#')).toBe('-#', {}, 'stage')
    }))

  test.each<readonly [string, (kit: VirtualKit) => void, string]>([
    [
      'another time',
      ({ hot, expectPackets }) => {
        expectPackets(hot('-a')).toBe('a')
      },
      'expected\n  0 ms "a"\nfound\n  10 ms "a"',
    ],
    [
      'another value',
      ({ hot, expectPackets }) => {
        expectPackets(hot('a')).toBe('b')
      },
      'expected\n  0 ms "b"\nfound\n  0 ms "a"',
    ],
    [
      'another end',
      ({ hot, expectPackets }) => {
        expectPackets(hot('a#')).toBe('a|')
      },
      'expected\n  0 ms "a"\n  10 ms complete\nfound\n  0 ms "a"\n  10 ms error',
    ],
    [
      'another loss',
      ({ hot, expectPackets }) => {
        expectPackets(hot('a')).toSayLost([1])
      },
      'expected\n  lost before each: 1\nfound\n  lost before each: 0',
    ],
    [
      'another error',
      ({ hot, expectPackets }) => {
        expectPackets(hot('#')).toBe('#', {}, 'overflow')
      },
      'expected the error overflow\nfound stage: the error that was drawn',
    ],
    [
      'another picture',
      ({ hot, expectPackets }) => {
        expectPackets(hot('a', { a: picture(2, 2) })).toBe('a', { a: picture(2, 2, { seed: 5 }) })
      },
      'expected\n  0 ms gray 2x2',
    ],
    [
      'another subscription',
      ({ hot, expectPackets, expectSubscriptions }) => {
        const letters$ = hot('a-b|')
        expectPackets(letters$.pipe(take(1))).toBe('(a|)')
        expectSubscriptions(letters$).toBe('^--!')
      },
      'expected\n  subscribed from 0 ms to 30 ms\nfound\n  subscribed from 0 ms to 0 ms',
    ],
    [
      'nobody subscribed',
      ({ hot, expectSubscriptions }) => {
        expectSubscriptions(hot('a')).toBe('^')
      },
      'expected\n  subscribed from 0 ms to the end\nfound\n  ',
    ],
    [
      'another count',
      ({ hot, expectPackets, expectStage }) => {
        expectPackets(hot('a|').pipe(queue())).toBe('a|')
        expectStage('queue').toCount({ in: 2 })
      },
      'expected\n  queue in: 2\nfound\n  queue in: 1',
    ],
    [
      'a stage that is not there',
      ({ expectStage }) => {
        expectStage('queue').toCount({})
      },
      'there is no stage queue',
    ],
    [
      'a frame that is kept',
      ({ hot, expectPackets }) => {
        const kept$ = hot('a', { a: picture(2, 2) }).pipe(tap(({ value }: Packet<Frame>) => value.share()))
        expectPackets(merge(kept$, NEVER)).toBe('a', { a: picture(2, 2) })
      },
      'not given back',
    ],
  ])('fails for %s', async (_, body, message) => {
    expect(await failureOf(body)).toContain(message)
  })
})

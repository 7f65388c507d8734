import { EMPTY, type Observable } from 'rxjs'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { Packet } from '../../src/core/packet.js'
import type { Detections, RobotValue } from '../../src/core/ports.js'
import { join } from '../../src/operators/join.js'
import { virtualRun } from '../../src/testing/index.js'

const none = <T>(): Observable<T> => EMPTY

describe('join', () => {
  test('reads like the file, and knows what it gives', () => {
    const face$ = none<Packet<Detections>>()
    const head$ = none<Packet<RobotValue>>()
    const sound$ = none<Packet<string>>()
    const sure$ = join({ face: face$, head: head$ }, { on: 'face', head: { interpolate: '100ms' }, missing: 'skip' })
    expectTypeOf(sure$).toEqualTypeOf<Observable<Packet<{ readonly face: Detections; readonly head: RobotValue }>>>()
    const bare$ = join({ face: face$, head: head$ }, { on: 'face', head: { nearest: '20ms' } })
    expectTypeOf(bare$).toEqualTypeOf<Observable<Packet<{ readonly face: Detections; readonly head: RobotValue }>>>()
    const partial$ = join(
      { face: face$, head: head$, sound: sound$ },
      { on: 'face', head: { latest: '1s' }, sound: { window: '500ms' }, missing: 'partial', wait: '50ms' },
    )
    expectTypeOf(partial$).toEqualTypeOf<
      Observable<
        Packet<{ readonly face: Detections; readonly head: RobotValue | null; readonly sound: readonly string[] }>
      >
    >()
    // @ts-expect-error -- a side has a selector
    expect(() => join({ face: face$, head: head$ }, { on: 'face' })).toThrow('does not say which of head')
    // @ts-expect-error -- the anchor is one of the inputs
    expect(() => join({ face: face$, head: head$ }, { on: 'fase', head: { latest: '1s' } })).toThrow('no input fase')
  })

  test.each([
    ['an anchor that is no input', { on: 'c', b: { latest: '1s' } }, /there is no input c → inputs: a, b/],
    ['a selector for no input', { on: 'a', b: { latest: '1s' }, c: { latest: '1s' } }, /there is no input c/],
    ['a selector for the anchor', { on: 'a', a: { latest: '1s' }, b: { latest: '1s' } }, /a is the anchor/],
    ['no selector', { on: 'a' }, /does not say which of b belongs to an item of a → write b: \{ nearest: 20ms \}/],
    ['no anchor', { b: { latest: '1s' } }, /on: /],
    ['two selectors', { on: 'a', b: { latest: '1s', nearest: '1s' } }, /must say one of .*: found nearest and latest/],
    ['an empty selector', { on: 'a', b: {} }, /must say one of .*: found none/],
    ['a selector that is none', { on: 'a', b: { next: '1s' } }, /next/],
    ['a bare number', { on: 'a', b: { latest: 100 } }, /write 100ms/],
    ['a policy that is none', { on: 'a', b: { latest: '1s' }, missing: 'wait' }, /missing: /],
  ])('is refused in words: %s', (_, options, gist) => {
    const inputs = { a: none<Packet<number>>(), b: none<Packet<number>>() }
    let told = ''
    try {
      join(inputs, options as never)
    } catch (error) {
      const { message, remedy } = error as { readonly message: string; readonly remedy: string }
      told = `${message} → ${remedy}`
    }
    expect(told).toMatch(gist)
  })

  test('a word of join is no name for an input', () => {
    const inputs = { a: none<Packet<number>>(), wait: none<Packet<number>>() }
    expect(() => join(inputs, { on: 'a', wait: '1s' } as never)).toThrow('wait is a word of join')
  })

  test('an input may be called as what every object has', () =>
    virtualRun(({ hot, expectPackets }) => {
      const inputs = { constructor: hot('-a-|'), toString: hot('b--|') }
      const plan = { on: 'constructor', toString: { latest: '1s' } } as const
      expectPackets(join(inputs, plan as never)).toBe('-a-|', { a: { constructor: 'a', toString: 'b' } })
      expect(() => join(inputs, { on: 'constructor' } as never)).toThrow('does not say which of toString')
    }))

  test('each selector, as it is drawn', () =>
    virtualRun(({ hot, expectPackets }) => {
      const on = (): Observable<Packet<string>> => hot('----a----b---|')
      const side = (): Observable<Packet<number>> => hot('-1---2--3-|', { 1: 10, 2: 50, 3: 80 })
      const rows = [
        [{ nearest: '10ms' }, '-----a----b--|', { a: 50, b: 80 }],
        [{ latest: '50ms' }, '----a----b---|', { a: 10, b: 80 }],
        [{ interpolate: '30ms' }, '-----a-------|', { a: 40 }],
        [{ window: '40ms' }, '----a----b---|', { a: [10], b: [50, 80] }],
      ] as const
      for (const [selector, drawn, values] of rows) {
        const joined$ = join({ a: on(), b: side() }, { on: 'a', b: selector })
        const expected = Object.entries<unknown>(values).map(([letter, b]) => [letter, { a: letter, b }] as const)
        const packets$: Observable<Packet<unknown>> = joined$
        expectPackets(packets$).toBe(drawn, Object.fromEntries<unknown>(expected))
      }
    }))
})

import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Packet } from '../../src/core/packet.js'
import { dedupe } from '../../src/operators/index.js'
import { equalValues } from '../../src/operators/equal-values.js'
import { virtualRun } from '../../src/testing/index.js'
import { packetOf, shapeOf, virtualRuntime } from '../core/births.js'
import { runs } from '../helpers/runs.js'
import { anyArrivals, origins } from './arrivals.js'

/** A plain value, of few parts so that equal ones meet; −0 is 0 to us, and not to the judge. */
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, undefined, true, '', 'a', 0, 1, NaN, Infinity),
    fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }).map((all) => Float32Array.from(all)),
    fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }).map((all) => Uint8Array.from(all)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'length', '__proto__'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
}))

describe('equalValues', () => {
  test('law: it agrees with a judge of plain values, and knows a copy', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (a, b) => {
        expect(equalValues(a, b)).toBe(isDeepStrictEqual(a, b))
        expect(equalValues(b, a)).toBe(equalValues(a, b))
        expect(equalValues(a, structuredClone(a))).toBe(true)
      }),
      { numRuns: runs(1000) },
    )
  })

  test('law: one part changed, however deep, is a difference', () => {
    const anyPath = fc.array(fc.constantFrom('list', 'field' as const), { maxLength: 6 })
    const wrap = (path: readonly string[], core: unknown): unknown =>
      path.reduce((inner, kind) => (kind === 'list' ? [0, inner] : { kept: 0, inner }), core)
    fc.assert(
      fc.property(anyPath, anyValue, anyValue, (path, a, b) => {
        expect(equalValues(wrap(path, a), wrap(path, b))).toBe(equalValues(a, b))
      }),
      { numRuns: runs(1000) },
    )
  })

  test.each([
    [0, -0, true],
    [NaN, NaN, true],
    [{}, [], false],
    [{ a: undefined }, { b: undefined }, false],
    [new Float32Array(2), new Float64Array(2), false],
    [new Date(0), new Date(0), false],
    [new Map([[1, 1]]), new Map([[1, 1]]), false],
    [null, {}, false],
    ['1', 1, false],
  ])('%j and %j: %s', (a, b, equal) => {
    expect(equalValues(a, b)).toBe(equal)
  })
})

describe('dedupe', () => {
  test('law: no two neighbours of a stream are equal within the time, each has its own time and first, and what is dropped is counted', () => {
    fc.assert(
      fc.property(
        anyArrivals,
        fc.array(fc.constantFrom('yes', 'no'), { minLength: 40, maxLength: 40 }),
        fc.option(fc.integer({ min: 1, max: 400 })),
        (arrivals, words, withinMs) => {
          const { runtime } = virtualRuntime()
          const in$ = new Subject<Packet<{ word: string }>>()
          const given: Packet<{ word: string }>[] = []
          const options = withinMs === null ? {} : { within: `${String(withinMs)}ms` }
          runtime.run(() => in$.pipe(dedupe(options))).subscribe((packet) => given.push(packet))
          const sent = arrivals.map(({ id, ...facts }) => packetOf({ word: words[id] ?? '' }, facts))
          for (const packet of sent) in$.next(packet)
          for (const origin of origins) {
            let last: Packet<{ word: string }> | null = null
            let lost = 0
            const expected = sent
              .filter((packet) => packet.origin === origin)
              .flatMap((packet) => {
                lost += packet.lost
                const same = last !== null && last.value.word === packet.value.word && packet.epoch === last.epoch
                if (last !== null && same && packet.capturedAtMs - last.capturedAtMs < (withinMs ?? Infinity)) return []
                last = packet
                const told = { ...packet, lost }
                lost = 0
                return [told]
              })
            expect(given.filter((packet) => packet.origin === origin)).toEqual(expected)
          }
          const [meter] = runtime.meters.values()
          expect(meter?.read(0)).toMatchObject({ in: sent.length, out: given.length, held: 0 })
          expect(meter?.droppedBy('equal')).toBe(sent.length - given.length)
        },
      ),
      { numRuns: runs(1000) },
    )
  })

  test('a frame is equal only to itself, and none is kept', () => {
    const { runtime } = virtualRuntime()
    const in$ = new Subject<Packet<unknown>>()
    let given = 0
    runtime.run(() => in$.pipe(dedupe())).subscribe(() => given++)
    for (let seq = 0; seq < 3; seq++) {
      const frame = runtime.pool.lease(shapeOf(2, 2))
      frame.bytes.fill(7)
      in$.next(packetOf<unknown>(frame, { seq: 2 * seq }))
      in$.next(packetOf<unknown>(frame, { seq: 2 * seq + 1 }))
      frame.release()
    }
    expect([given, runtime.pool.count().lent]).toEqual([3, 0])
  })

  test('a change passes; the same again after so long', () =>
    virtualRun(({ hot, expectPackets }) => {
      const values = { a: [1, { x: 0 }], A: [1, { x: 0 }], b: [1, { x: 1 }] }
      expectPackets(hot('-a-A-b-b-a|', values).pipe(dedupe())).toBe('-a---b---a|', values)
      expectPackets(hot('-a-A-A-A|', values).pipe(dedupe('40ms'))).toBe('-a---A--|', values)
    }))
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Memo } from '../../src/core/memo.js'
import { runs } from '../helpers/runs.js'
import { contextOf, virtualRuntime } from './births.js'

type Value = { readonly of: string; readonly made: number; readonly parts: readonly { readonly at: number }[] }

const anyKey = fc.constantFrom('a', 'b', 'c', 'd')
const anyAsks = fc.array(fc.record({ key: anyKey, afterMs: fc.integer({ min: 0, max: 40 }) }), { maxLength: 60 })

/** What is kept, the one used least lately first. */
type Kept = { readonly key: string; readonly value: Value; readonly sinceMs: number }

describe('a memory of results', () => {
  test('law (M1–M3): gives what a list says that a person would keep, and counts it so', () => {
    fc.assert(
      fc.property(anyAsks, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 80 }), (asks, keep, forMs) => {
        let nowMs = 0
        const { runtime } = virtualRuntime((clock) => ({ ...clock, nowMs: () => nowMs }))
        const memo = new Memo<Value>({ keep, forMs }, contextOf(runtime, 'stage'))
        const count = { hits: 0, misses: 0, evictions: 0 }
        let kept: readonly Kept[] = []
        let made = 0
        for (const { key, afterMs } of asks) {
          nowMs += afterMs
          const given = memo.get(
            () => key,
            () => ({ of: key, made: ++made, parts: [{ at: nowMs }] }),
          )
          const known = kept.find((one) => one.key === key && nowMs - one.sinceMs <= forMs)
          const { knownForMs, ...value } = given
          const others = kept.filter((one) => one.key !== key)
          if (known === undefined) {
            count.misses++
            expect(knownForMs).toBeUndefined()
            expect(value.made).toBe(made)
            kept = [...others, { key, value, sinceMs: nowMs }]
            if (kept.length > keep) {
              count.evictions++
              kept = kept.slice(1)
            }
          } else {
            count.hits++
            expect(knownForMs).toBe(nowMs - known.sinceMs)
            expect(value).toEqual(known.value)
            kept = [...others, known]
          }
          expect(Object.isFrozen(given) && Object.isFrozen(given.parts) && given.parts.every(Object.isFrozen)).toBe(
            true,
          )
        }
        expect(runtime.memos.get('stage')?.()).toEqual(count)
      }),
      { numRuns: runs(300) },
    )
  })

  test('law (M2): of those that ask while it is being made, one makes it; who failed is not remembered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(anyKey, { minLength: 1, maxLength: 12 }),
        anyKey,
        async (s, keys, bad) => {
          const { runtime } = virtualRuntime()
          const memo = new Memo<Value>({ keep: 50, forMs: 1000 }, contextOf(runtime, 'stage'))
          const underWay = new Map<string, number>()
          let [made, failed] = [0, 0]
          const make = async (key: string): Promise<Value> => {
            underWay.set(key, (underWay.get(key) ?? 0) + 1)
            expect(underWay.get(key)).toBe(1)
            await s.schedule(Promise.resolve(), key)
            underWay.set(key, 0)
            made++
            if (key === bad) throw new Error(`no ${key}`)
            return { of: key, made, parts: [] }
          }
          const asked = keys.map((key) =>
            memo
              .run(
                () => key,
                () => make(key),
              )
              .then(
                (value) => {
                  expect(value.of).toBe(key)
                },
                () => {
                  expect(key).toBe(bad)
                  failed++
                },
              ),
          )
          await s.waitFor(Promise.all(asked))
          expect(failed).toBe(keys.filter((key) => key === bad).length)
          expect(made).toBe(new Set(keys).size)
          const again = memo.run(
            () => bad,
            () => Promise.resolve({ of: bad, made: -1, parts: [] }),
          )
          await expect(again).resolves.toMatchObject({ made: -1 })
        },
      ),
      { numRuns: runs(200) },
    )
  })

  test('one that is to keep nothing asks for no key, counts nothing, and is not told of', async () => {
    const { runtime } = virtualRuntime()
    const memo = new Memo<Value>({ keep: 0, forMs: 1000 }, contextOf(runtime, 'stage'))
    const noKey = (): string => {
      throw new Error('asked for a key')
    }
    const value: Value = { of: 'x', made: 1, parts: [] }
    expect(memo.get(noKey, () => value)).toBe(value)
    expect(await memo.run(noKey, () => Promise.resolve(value))).toBe(value)
    expect([...runtime.memos.keys()]).toEqual([])
  })
})

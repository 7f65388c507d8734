import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changesOf, type Json, withChanges } from '../../src/core/changes.js'
import { runs } from '../helpers/runs.js'

const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', '')
const json = fc.letrec<{ value: Json; object: { readonly [key: string]: Json } }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(null, true, 0, 1, '', 'x'),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
}))
const object = json.object.map((one) => JSON.parse(JSON.stringify(one)) as { readonly [key: string]: Json })

test('law: what changed, applied to the first over the wire, makes the second', () => {
  fc.assert(
    fc.property(object, object, (a, b) => {
      const changes = changesOf(a, b)
      if (changes === null) expect(a).toEqual(b)
      else expect(withChanges(a, JSON.parse(JSON.stringify(changes)) as typeof changes)).toEqual(b)
    }),
    { numRuns: runs(2000) },
  )
})

test('law: of the same there is no change, and neither is touched', () => {
  fc.assert(
    fc.property(object, object, (a, b) => {
      const before = JSON.stringify([a, b])
      expect(changesOf(a, JSON.parse(JSON.stringify(a)) as typeof a)).toBeNull()
      const changes = changesOf(a, b)
      if (changes !== null) withChanges(a, changes)
      expect(JSON.stringify([a, b])).toBe(before)
    }),
  )
})

test('only what changed is told, in the shape of the whole', () => {
  const before = {
    name: 'x',
    stages: { a: { in: 1, out: 1, error: 'no' }, b: { in: 2 } },
    list: [1, 2],
    same: { deep: [1] },
  }
  const after = { name: 'x', stages: { a: { in: 2, out: 1 } }, list: [1, 3], same: { deep: [1] } }
  expect(changesOf(before, after)).toEqual({
    set: { stages: { a: { in: 2 } }, list: [1, 3] },
    gone: [
      ['stages', 'a', 'error'],
      ['stages', 'b'],
    ],
  })
})

test('what did not change is the same object afterwards', () => {
  const before = { a: { x: 1 }, b: { y: { z: 1 } } }
  const after = withChanges(before, { set: { a: { x: 2 } }, gone: [] })
  expect(after['b']).toBe(before.b)
})

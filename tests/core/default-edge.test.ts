import { describe, expect, test } from 'vitest'
import { defaultEdge, describeEdge } from '../../src/core/default-edge.js'
import { definePort } from '../../src/core/stage.js'

describe('what waits where nobody said what should (E4)', () => {
  test.each([
    ['video', true, 'latest'],
    ['detections', true, 'latest'],
    ['audio', true, 'drop-oldest 10'],
    ['voice', true, 'drop-oldest 10'],
    ['audio', false, 'block 1'],
    ['video', false, 'block 1'],
  ] as const)('%s, live: %s', (kind, live, written) => {
    const edge = defaultEdge(definePort(kind, kind, kind), live)
    expect(describeEdge(edge)).toBe(written)
    expect(edge).toMatchObject({ maxAgeMs: null, byDefault: true })
  })

  test('is written with its bounds', () => {
    expect(describeEdge({ whenFull: 'drop-newest', capacity: 5, bytes: 2_000_000, maxAgeMs: 250 })).toBe(
      'drop-newest 5, at most 2MB, at most 250ms old',
    )
    expect(describeEdge({ whenFull: 'latest', capacity: 1, maxAgeMs: null })).toBe('latest')
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { job } from '../../src/audio/silero.js'
import { runs } from '../helpers/runs.js'

const numbers = (length: number) =>
  fc.float32Array({ min: -1, max: 1, noNaN: true, minLength: length, maxLength: length })

describe('silero', () => {
  test('law: the context stands before the window, the state travels, and nothing of an earlier call stays', () => {
    fc.assert(
      fc.property(numbers(512), numbers(64), numbers(256), (samples, context, state) => {
        const input = { samples, context, state }
        const tensors = job.prepare(input)
        expect(tensors['input']?.data).toEqual(Float32Array.from([...context, ...samples]))
        expect(tensors['state']?.data).toEqual(state)
        expect(tensors['sr']?.data).toEqual(BigInt64Array.of(16_000n))
        const stateN = Float32Array.from(state, (value) => value / 2)
        const result = job.finish(
          {
            output: { type: 'float32', dims: [1, 1], data: Float32Array.of(0.25) },
            stateN: { type: 'float32', dims: [2, 1, 128], data: stateN },
          },
          input,
        )
        expect(result.probability).toBe(0.25)
        expect(result.state).toEqual(stateN)
        expect(result.state).not.toBe(stateN)
      }),
      { numRuns: runs(20) },
    )
  })

  test('an array of another length is refused by name', () => {
    const input = { samples: new Float32Array(480), context: new Float32Array(64), state: new Float32Array(256) }
    expect(() => job.prepare(input)).toThrow('samples must have 512 numbers: it has 480')
  })
})

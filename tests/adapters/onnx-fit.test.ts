import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { misfits } from '../../src/adapters/onnx-fit.js'
import type { TensorSpec } from '../../src/core/inference.js'

type Metadata = Parameters<typeof misfits>[1]['inputMetadata'][number]

const size = fc.integer({ min: 0, max: 512 })
const spec: fc.Arbitrary<TensorSpec> = fc.record({
  name: fc.stringMatching(/^[a-z]{1,6}$/),
  type: fc.constantFrom('float32', 'int64', 'int32', 'uint8'),
  dims: fc.array(fc.option(size), { maxLength: 4 }),
})
const specs = fc.uniqueArray(spec, { selector: ({ name }) => name, maxLength: 4 })

/** A model that gives just what is asked for; what the job leaves open it leaves open too, by a name. */
const fitting = ({ name, type, dims }: TensorSpec): Metadata => ({
  name,
  type,
  isTensor: true,
  shape: dims.map((dim) => dim ?? 'batch'),
})

type Change = 'name' | 'type' | 'rank' | 'size' | 'kind'

describe('misfits', () => {
  test('law: a model made for the job fits, whatever else it can give', () => {
    fc.assert(
      fc.property(specs, specs, (inputs, outputs) => {
        const more: Metadata = { name: 'more-of-it', type: 'float32', isTensor: true, shape: [1] }
        const model = { inputMetadata: inputs.map(fitting), outputMetadata: [...outputs.map(fitting), more] }
        expect(misfits({ inputs, outputs }, model)).toEqual([])
      }),
    )
  })

  test('law: each thing that differs is one line that names the tensor', () => {
    const change = fc.constantFrom<Change>('name', 'type', 'rank', 'size', 'kind')
    fc.assert(
      fc.property(
        specs,
        fc.array(change, { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        (wanted, changes, asInputs) => {
          const found = wanted.map((one, i): Metadata => {
            const fit = fitting({ ...one, dims: [...one.dims, 7] })
            const shape = fit.isTensor ? fit.shape : []
            const differing: Record<Change, Metadata> = {
              name: { ...fit, name: `${one.name}-2` },
              type: { ...fit, type: 'float64' } as Metadata,
              rank: { ...fit, shape: [...shape, 1] } as Metadata,
              size: { ...fit, shape: [...shape.slice(0, -1), 8] } as Metadata,
              kind: { name: one.name, isTensor: false },
            }
            return differing[changes[i] ?? 'kind']
          })
          const job = wanted.map((one) => ({ ...one, dims: [...one.dims, 7] }))
          const lines = asInputs
            ? misfits({ inputs: job, outputs: [] }, { inputMetadata: found, outputMetadata: [] })
            : misfits({ inputs: [], outputs: job }, { inputMetadata: [], outputMetadata: found })
          const renamed = asInputs ? found.filter(({ name }) => name.endsWith('-2')).length : 0
          expect(lines.length).toBe(wanted.length + renamed)
          for (const [i, { name }] of wanted.entries()) expect(lines[i]).toContain(`put ${name} `)
        },
      ),
    )
  })

  test('it says what is wanted and what is there', () => {
    const inputs: TensorSpec[] = [{ name: 'image', type: 'float32', dims: [null, 256] }]
    const inputMetadata: Metadata[] = [
      { name: 'image', type: 'uint8', isTensor: true, shape: ['n', 128] },
      { name: 'sr', type: 'int64', isTensor: true, shape: [] },
    ]
    expect(misfits({ inputs, outputs: [] }, { inputMetadata, outputMetadata: [] })).toEqual([
      'input image must be float32 [?, 256]: it is uint8 [?, 128]',
      'the model asks for input sr, which the stage does not give',
    ])
  })
})

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { rewriteOnnx } from '../../src/adapters/onnx-rewrites.js'
import { readFields, writeFields } from '../../src/adapters/protobuf.js'
import { runs } from '../helpers/runs.js'
import { graphOnnx, loopingOnnx, type TinyGraph, type TinyNode } from '../helpers/tiny-onnx.js'

const seed = Number(process.env['SACCADE_SEED'] ?? 1)
const blazeface = readFileSync(new URL('../../models/blazeface-256.onnx', import.meta.url))

/** What a model answers, one list for each output; as it is written, without any changes of ONNX Runtime's own, unless told. */
async function answers(
  file: Uint8Array,
  dims: readonly number[],
  data: Float32Array,
  level: 'all' | 'disabled' = 'disabled',
): Promise<number[][]> {
  const options = { graphOptimizationLevel: level, intraOpNumThreads: 1, logSeverityLevel: 4 } as const
  const session = await InferenceSession.create(file, options)
  try {
    const [name = ''] = session.inputNames
    const found = await session.run({ [name]: new Tensor('float32', data, dims) })
    return session.outputNames.map((output) => [...(found[output]?.data as Float32Array)])
  } finally {
    await session.release()
  }
}

/** Numbers as they come, below zero too. */
function noise(many: number, from: number): Float32Array {
  let state = from + 1
  return Float32Array.from({ length: many }, () => {
    state = (state * 48271) % 2147483647
    return (state / 2147483647) * 8 - 4
  })
}

const product = (dims: readonly number[]): number => dims.reduce((all, size) => all * size, 1)
const weights = (dims: readonly number[], from: number) => ({ dims, data: noise(product(dims), from) })

/** That a model, if it was changed, answers what it did; gives what was changed. */
async function mustAgree(model: TinyGraph, from: number, arch = 'x64'): Promise<readonly string[]> {
  const file = graphOnnx(model)
  const rewritten = rewriteOnnx(file, arch)
  const data = noise(product(model.inputDims), from)
  const before = await answers(file, model.inputDims, data)
  if (rewritten === null) return []
  const after = await answers(rewritten.file, model.inputDims, data, 'all')
  expect(after.map(({ length }) => length)).toEqual(before.map(({ length }) => length))
  const off = before.flatMap((list, i) => list.map((one, k) => Math.abs(one - (after[i]?.[k] ?? NaN))))
  expect(Math.max(...off)).toBeLessThan(1e-3)
  return rewritten.told
}

const noNode: TinyNode = { op: '', inputs: [], output: '' }
const interleaved = 'a convolution that reads colours as they lie, pixel by pixel'
const folded = 'four slices of every second pixel folded into the convolution behind them'
const goesOn = 'a pooling that goes on from a smaller one'
const widened = 'channels of zeros appended by a convolution'

type Interleaved = {
  readonly size: readonly [height: number, width: number]
  readonly colours: number
  readonly made: number
  readonly kernel: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly pads: readonly number[]
  readonly batch: number
}

/** A picture pixel by pixel, turned to planes, and a convolution. */
function interleavedModel({ size, colours, made, kernel, strides, pads, batch }: Interleaved): TinyGraph {
  return {
    inputDims: [batch, ...size, colours],
    nodes: [
      { op: 'Transpose', inputs: ['in'], output: 'planes', attributes: { perm: [0, 3, 1, 2] } },
      {
        op: 'Conv',
        inputs: ['planes', 'weights', 'bias'],
        output: 'out',
        attributes: { kernel_shape: kernel, strides, pads },
      },
    ],
    outputs: ['out'],
    floats: { weights: weights([made, colours, ...kernel], made), bias: weights([made], 7) },
  }
}

describe('a picture pixel by pixel', () => {
  const upTo = (max: number) => fc.integer({ min: 1, max })
  const plain: Interleaved = {
    ...{ size: [6, 8], colours: 3, made: 8, kernel: [5, 5], strides: [2, 2], pads: [1, 1, 2, 2], batch: 1 },
  }

  test('is read as it lies, and the answers stay: any size, kernel, stride and padding', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          size: fc.tuple(fc.integer({ min: 5, max: 12 }), fc.integer({ min: 5, max: 12 })),
          colours: upTo(4),
          made: upTo(9),
          kernel: fc.tuple(upTo(5), upTo(5)),
          strides: fc.tuple(upTo(3), upTo(3)),
          pads: fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
          batch: upTo(2),
        }),
        fc.nat(1000),
        async (one, from) => {
          expect(await mustAgree(interleavedModel(one), from)).toEqual([interleaved])
        },
      ),
      { seed, numRuns: runs(60) },
    )
  })

  const model = interleavedModel(plain)
  const [transpose = noNode, conv = noNode] = model.nodes
  test.each<[string, TinyGraph]>([
    [
      'turned otherwise',
      {
        ...interleavedModel({ ...plain, size: [8, 8], colours: 8 }),
        nodes: [{ ...transpose, attributes: { perm: [0, 3, 2, 1] } }, conv],
      },
    ],
    [
      'with planes that another one reads, too',
      {
        ...model,
        nodes: [...model.nodes, { op: 'Relu', inputs: ['planes'], output: 'more' }],
        outputs: ['out', 'more'],
      },
    ],
    [
      'that is computed',
      { ...model, nodes: [{ op: 'Relu', inputs: ['in'], output: 'lit' }, { ...transpose, inputs: ['lit'] }, conv] },
    ],
    [
      'with holes',
      { ...model, nodes: [transpose, { ...conv, attributes: { ...conv.attributes, dilations: [1, 2] } }] },
    ],
  ])('%s: stays as it is', async (_, other) => {
    expect(await mustAgree(other, 3)).toEqual([])
  })
})

type Focus = {
  readonly channels: number
  readonly made: number
  readonly kernel: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly pads: readonly number[]
  readonly half: readonly [number, number]
  readonly order: readonly (readonly [number, number])[]
  readonly inOne: boolean
  readonly fromBehind: boolean
  readonly hasBias: boolean
}

const quarters = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const

const focus: fc.Arbitrary<Focus> = fc.record({
  channels: fc.integer({ min: 1, max: 3 }),
  made: fc.integer({ min: 1, max: 9 }),
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  pads: fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
  half: fc.tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 6 })),
  order: fc.shuffledSubarray([...quarters], { minLength: 4 }),
  inOne: fc.boolean(),
  fromBehind: fc.boolean(),
  hasBias: fc.boolean(),
})

function focusModel({
  channels,
  made,
  kernel,
  strides,
  pads,
  half,
  order,
  inOne,
  fromBehind,
  hasBias,
}: Focus): TinyGraph {
  const [rows, columns] = fromBehind ? [-2, -1] : [2, 3]
  const end = fromBehind ? 2 ** 31 - 1 : 2 ** 53
  const slice = (of: string, output: string, starts: string, axes: string): TinyNode => ({
    op: 'Slice',
    inputs: [of, starts, `ends ${axes}`, `axes ${axes}`, `steps ${axes}`],
    output,
  })
  const slices = order.flatMap(([row, column], i) =>
    inOne
      ? [slice('in', `quarter ${String(i)}`, `at ${String(row)} ${String(column)}`, 'both')]
      : [
          slice('in', `half ${String(i)}`, `at ${String(row)}`, 'rows'),
          slice(`half ${String(i)}`, `quarter ${String(i)}`, `at ${String(column)}`, 'columns'),
        ],
  )
  const concat = { op: 'Concat', inputs: [0, 1, 2, 3].map((i) => `quarter ${String(i)}`), output: 'all' }
  const conv = {
    op: 'Conv',
    inputs: ['all', 'weights', ...(hasBias ? ['bias'] : [])],
    output: 'out',
    attributes: { kernel_shape: kernel, strides, pads },
  }
  return {
    inputDims: [1, channels, 2 * half[0], 2 * half[1]],
    nodes: [...slices, { ...concat, attributes: { axis: 1 } }, conv],
    outputs: ['out'],
    floats: {
      weights: weights([made, 4 * channels, ...kernel], made),
      ...(hasBias ? { bias: weights([made], 7) } : {}),
    },
    integers: {
      ...{ 'at 0': [0], 'at 1': [1], 'at 0 0': [0, 0], 'at 1 0': [1, 0], 'at 0 1': [0, 1], 'at 1 1': [1, 1] },
      ...{ 'ends rows': [end], 'ends columns': [end], 'ends both': [end, end] },
      ...{ 'axes rows': [rows], 'axes columns': [columns], 'axes both': [rows, columns] },
      ...{ 'steps rows': [2], 'steps columns': [2], 'steps both': [2, 2] },
    },
  }
}

const plainFocus: Focus = {
  ...{ channels: 3, made: 4, kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], half: [4, 4] },
  ...{ order: quarters, inOne: false, fromBehind: false, hasBias: true },
}

describe('four slices of every second pixel', () => {
  test('are folded into the convolution behind them, and the answers stay: any size, stride, padding and order', async () => {
    await fc.assert(
      fc.asyncProperty(focus, fc.nat(1000), async (one, from) => {
        expect(await mustAgree(focusModel(one), from)).toEqual([folded])
      }),
      { seed, numRuns: runs(60) },
    )
  })

  const model = focusModel(plainFocus)
  const [concat = noNode, conv = noNode] = model.nodes.slice(-2)
  const ofFour = focusModel({ ...plainFocus, channels: 4 })
  const grouped = {
    ...ofFour,
    nodes: [...ofFour.nodes.slice(0, -1), { ...conv, attributes: { ...conv.attributes, group: 2 } }],
    floats: { weights: weights([4, 8, 3, 3], 1), bias: weights([4], 2) },
  }
  const padding = {
    ...model,
    nodes: [...model.nodes.slice(0, -1), { ...conv, attributes: { auto_pad: 'SAME_UPPER' } }],
    floats: { weights: weights([4, 12, 2, 2], 1), bias: weights([4], 2) },
  }
  const before = model.nodes.slice(0, -2)
  const withConv = (attributes: TinyNode['attributes']): TinyGraph => ({
    ...model,
    nodes: [...model.nodes.slice(0, -1), { ...conv, attributes: { ...conv.attributes, ...attributes } }],
  })
  test.each<[string, TinyGraph]>([
    [
      'the same quarter twice',
      focusModel({
        ...plainFocus,
        order: [
          [0, 0],
          [0, 0],
          [0, 1],
          [1, 1],
        ],
      }),
    ],
    ['slices that end before the end', { ...model, integers: { ...model.integers, 'ends rows': [6] } }],
    [
      'every pixel of every second row',
      {
        ...model,
        integers: { ...model.integers, 'steps columns': [1], 'ends columns': [4], 'at 0': [0], 'at 1': [0] },
      },
    ],
    ['a convolution of groups', grouped],
    ['a convolution that pads itself', padding],
    ['a convolution with holes', withConv({ dilations: [2, 2], pads: [2, 2, 2, 2] })],
    ['a concatenation that is an answer itself', { ...model, outputs: ['out', 'all'] }],
    [
      'a concatenation that another one reads, too',
      { ...model, nodes: [...model.nodes, { op: 'Relu', inputs: ['all'], output: 'more' }], outputs: ['out', 'more'] },
    ],
    [
      'weights that are computed',
      {
        ...model,
        nodes: [
          ...before,
          concat,
          { op: 'Relu', inputs: ['weights'], output: 'computed' },
          { ...conv, inputs: ['all', 'computed', 'bias'] },
        ],
      },
    ],
  ])('%s: stays as it is', async (_, other) => {
    expect(await mustAgree(other, 3)).toEqual([])
  })
})

/** Poolings of one tensor, and of what comes out of the first. */
function poolsModel(
  kernels: readonly number[],
  size: readonly [number, number],
  attributes: TinyNode['attributes'] = {},
): TinyGraph {
  const pools = kernels.map((kernel, i) => ({
    op: 'MaxPool',
    inputs: ['in'],
    output: `pooled ${String(i)}`,
    attributes: { kernel_shape: [kernel, kernel], pads: Array<number>(4).fill((kernel - 1) / 2), ...attributes },
  }))
  return { inputDims: [1, 3, ...size], nodes: pools, outputs: pools.map(({ output }) => output) }
}

describe('poolings of one tensor', () => {
  const odd = fc.integer({ min: 0, max: 6 }).map((half) => 2 * half + 1)
  const side = fc.integer({ min: 1, max: 16 })

  test('go on from the next smaller one that stands before them, and the answers stay', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(odd, { minLength: 1, maxLength: 5 }),
        fc.tuple(side, side),
        fc.nat(1000),
        async (kernels, size, from) => {
          const told = await mustAgree(poolsModel(kernels, size), from)
          const upwards = [...new Set(kernels)].sort((a, b) => a - b).filter((kernel) => kernel > 1)
          const inOrder = upwards.length > 1 && upwards.join() === kernels.join()
          if (inOrder)
            expect(told).toEqual([upwards.length === 2 ? goesOn : `${String(upwards.length - 1)} times ${goesOn}`])
        },
      ),
      { seed, numRuns: runs(60) },
    )
  })

  test('as in the spatial pyramid of YOLOX: two of three', async () => {
    expect(await mustAgree(poolsModel([5, 9, 13], [13, 13]), 1)).toEqual([`2 times ${goesOn}`])
  })

  test.each<[string, TinyGraph]>([
    ['a stride of 2', poolsModel([3, 5], [8, 8], { strides: [2, 2] })],
    ['no padding', poolsModel([3, 5], [8, 8], { pads: [0, 0, 0, 0] })],
    ['holes', poolsModel([3, 5], [8, 8], { dilations: [2, 2] })],
    ['rounded up', poolsModel([3, 5], [8, 8], { ceil_mode: 1 })],
    ['the larger one first', poolsModel([5, 3], [8, 8])],
  ])('%s: stay as they are', async (_, model) => {
    expect(await mustAgree(model, 5)).toEqual([])
  })
})

type Widening = {
  readonly channels: number
  readonly added: number
  readonly between: readonly string[]
  readonly written: boolean
}

/** A convolution, what lies between, zeros appended, and a sum with another convolution. */
function wideningModel({ channels, added, between, written }: Widening, zeros = 0): TinyGraph {
  const all = channels + added
  const nodes: TinyNode[] = [
    { op: 'Conv', inputs: ['in', 'first'], output: 'x0', attributes: { kernel_shape: [1, 1] } },
  ]
  for (const [i, op] of between.entries()) {
    const [from, output] = [`x${String(i)}`, `x${String(i + 1)}`]
    const attributes = op === 'MaxPool' ? { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } : {}
    nodes.push({ op, inputs: op === 'Add' ? [from, 'x0'] : [from], output, attributes })
  }
  const constant = { op: 'ConstantOfShape', inputs: ['shape'], output: 'zeros' }
  return {
    inputDims: [1, 3, 4, 5],
    nodes: [
      ...nodes,
      ...(written ? [] : [constant]),
      { op: 'Concat', inputs: [`x${String(between.length)}`, 'zeros'], output: 'wide', attributes: { axis: 1 } },
      { op: 'Conv', inputs: ['in', 'second'], output: 'other', attributes: { kernel_shape: [1, 1] } },
      { op: 'Add', inputs: ['other', 'wide'], output: 'out' },
    ],
    outputs: ['out'],
    floats: {
      first: weights([channels, 3, 1, 1], 1),
      second: weights([all, 3, 1, 1], 2),
      ...(written ? { zeros: { dims: [1, added, 4, 5], data: new Float32Array(added * 20).fill(zeros) } } : {}),
    },
    integers: { shape: [1, added, 4, 5] },
  }
}

describe('channels of zeros', () => {
  const channels = fc.integer({ min: 1, max: 17 })
  const between = fc.array(fc.constantFrom('Relu', 'MaxPool', 'Add'), { maxLength: 3 })

  test('are appended by a convolution where channels are kept in blocks, and the answers stay', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ channels, added: channels, between, written: fc.boolean() }),
        fc.nat(1000),
        async (one, from) => {
          const model = wideningModel(one)
          const told = await mustAgree(model, from)
          // Where the sum is with the convolution itself, its channels are seen, unless it may be one for all.
          const isSeen = !one.between.slice(0, -1).includes('Add') && (one.channels > 1 || !one.between.includes('Add'))
          if (isSeen) expect(told).toEqual([widened])
          expect(await mustAgree(model, from, 'arm64')).toEqual([])
        },
      ),
      { seed, numRuns: runs(60) },
    )
  })

  const plain: Widening = { channels: 4, added: 2, between: [], written: true }
  const ofOne = wideningModel({ ...plain, channels: 1, between: ['Add'] })
  const spread: TinyGraph = {
    ...ofOne,
    nodes: [
      { op: 'Sigmoid', inputs: ['in'], output: 'three' },
      ...ofOne.nodes.map((one) => (one.output === 'x1' ? { ...one, inputs: ['x0', 'three'] } : one)),
    ],
    floats: { ...ofOne.floats, second: weights([5, 3, 1, 1], 2) },
  }
  test.each<[string, TinyGraph]>([
    ['of ones', wideningModel(plain, 1)],
    ['of what cannot be seen through', wideningModel({ ...plain, between: ['Sigmoid'] })],
    ['that are an answer', { ...wideningModel(plain), outputs: ['out', 'wide'] }],
    ['of one channel that is added to all of another', spread],
  ])('%s: stay as they are', async (_, model) => {
    expect(await mustAgree(model, 5)).toEqual([])
  })
})

describe('a file', () => {
  test('BlazeFace: reads colours as they lie, appends twice, and finds what it found', async () => {
    const rewritten = rewriteOnnx(blazeface, 'x64')
    expect(rewritten?.told).toEqual([interleaved, `2 times ${widened}`])
    const dims = [1, 256, 256, 3]
    const data = noise(product(dims), 1).map((one) => one / 4)
    const before = await answers(blazeface, dims, data)
    const after = await answers(rewritten?.file ?? blazeface, dims, data, 'all')
    const off = before.flatMap((list, i) => list.map((one, k) => Math.abs(one - (after[i]?.[k] ?? NaN))))
    expect(off).toHaveLength(896 * 17)
    expect(Math.max(...off)).toBeLessThan(1e-3)
  })

  test('keeps whatever else it holds: notes of its makers too, and what nobody knows', () => {
    const [notes, unknown] = [
      writeFields([
        [1, 'made by'],
        [2, 'hand'],
      ]),
      Uint8Array.of(7),
    ]
    const file = writeFields([graphOnnx(focusModel(plainFocus)), [14, notes], [999, unknown], [998, 12]])
    const kept = readFields(rewriteOnnx(file, 'x64')?.file ?? new Uint8Array())
    expect(kept.find(({ no }) => no === 14)?.bytes).toEqual(notes)
    expect(kept.find(({ no }) => no === 999)?.bytes).toEqual(unknown)
    expect(kept.find(({ no }) => no === 998)?.bytes).toEqual(Uint8Array.of(12))
  })

  test('loses what nobody reads any more', () => {
    const model = focusModel(plainFocus)
    const [before, after] = [graphOnnx(model), rewriteOnnx(graphOnnx(model), 'x64')?.file ?? new Uint8Array()]
    expect(['Slice', 'Concat', 'Conv'].map((op) => Buffer.from(before).includes(op))).toEqual([true, true, true])
    expect(['Slice', 'Concat', 'Conv'].map((op) => Buffer.from(after).includes(op))).toEqual([false, false, true])
  })

  test('with a graph within a node, which may read anything around it: stays as it is', () => {
    const answer = { name: 'other', dims: [1], data: Float32Array.of(1) }
    const looping = loopingOnnx({ input: { name: 'more', dims: [1] }, output: answer }, 1)
    const graphOf = (file: Uint8Array) => readFields(file).find(({ no }) => no === 7)?.bytes ?? new Uint8Array()
    const nodes = readFields(graphOf(looping)).filter(({ no }) => no === 1)
    const withNodes = (many: number): Uint8Array => {
      const more = nodes.slice(0, many).map(({ bytes }) => [1, bytes] as const)
      return writeFields([[7, writeFields([graphOf(graphOnnx(focusModel(plainFocus))), ...more])]])
    }
    // The last one is the loop.
    expect(rewriteOnnx(withNodes(nodes.length - 1), 'x64')?.told).toEqual([folded])
    expect(rewriteOnnx(withNodes(nodes.length), 'x64')).toBeNull()
  })

  test('with weights in a file beside it, found from its path alone: stays as it is', () => {
    const graph = readFields(graphOnnx(focusModel(plainFocus))).find(({ no }) => no === 7)?.bytes ?? new Uint8Array()
    const beside = writeFields([
      [8, 'beside'],
      [2, 1],
      [1, 1],
      [
        13,
        writeFields([
          [1, 'location'],
          [2, 'weights.bin'],
        ]),
      ],
      [14, 1],
    ])
    const body = writeFields([graph, [5, beside]])
    expect(rewriteOnnx(writeFields([[7, graph]]), 'x64')).not.toBeNull()
    expect(rewriteOnnx(writeFields([[7, body]]), 'x64')).toBeNull()
  })

  test('broken off, or of whatever bytes: is for ONNX Runtime to judge', () => {
    const whole = graphOnnx(focusModel(plainFocus))
    for (let length = 0; length < whole.length; length++)
      expect(() => rewriteOnnx(whole.subarray(0, length), 'x64')).not.toThrow()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(rewriteOnnx(bytes, 'x64')).toBeNull()
      }),
      { seed, numRuns: runs(500) },
    )
  })
})

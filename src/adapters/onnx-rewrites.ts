import { readFile, stat } from 'node:fs/promises'
import { type GraphNode, hasAttribute, integersIn, OnnxGraph, type Weights, withIntegers } from './onnx-graph.js'

export type Rewritten = {
  readonly file: Uint8Array
  /** What was changed, in a line each. */
  readonly told: readonly string[]
}

/** A larger file is loaded as it is: it would lie in memory once more for the sake of a few milliseconds. */
const mostBytes = 2 ** 27

/**
 * `rewriteOnnx` of a file, for this machine.
 *
 * @param file its path, where something is
 */
export async function rewriteFile(file: string): Promise<Rewritten | null> {
  const { size } = await stat(file)
  return size > mostBytes ? null : rewriteOnnx(await readFile(file), process.arch)
}

/**
 * The same model with fewer steps, where it holds what ONNX Runtime computes slower than it must: the same answers but for the
 * order in which numbers are added.
 *
 * @param arch in Node's words: `x64`, `arm64`
 * @returns null where there is nothing to do, and where the file is not understood: ONNX Runtime says what is wrong with it
 */
export function rewriteOnnx(file: Uint8Array, arch: string): Rewritten | null {
  try {
    const graph = new OnnxGraph(file)
    // Only there does ONNX Runtime keep channels in blocks, which a concatenation with constants breaks off.
    const widened = arch === 'x64' ? times(graph, 'Concat', widenByConvolution) : 0
    const told = [
      ...line(
        times(graph, 'Transpose', readInterleaved),
        'a convolution that reads colours as they lie, pixel by pixel',
      ),
      ...line(
        times(graph, 'Concat', foldSlices),
        'four slices of every second pixel folded into the convolution behind them',
      ),
      ...line(chainPools(graph), 'a pooling that goes on from a smaller one'),
      ...line(widened, 'channels of zeros appended by a convolution'),
    ]
    const made = told.length === 0 ? null : graph.write()
    return made === null ? null : { file: made, told }
  } catch {
    return null
  }
}

function line(many: number, what: string): readonly string[] {
  return many === 0 ? [] : [many === 1 ? what : `${String(many)} times ${what}`]
}

function times(graph: OnnxGraph, op: string, rewrite: (graph: OnnxGraph, node: GraphNode) => boolean): number {
  return graph.nodes.filter((node) => node.op === op && rewrite(graph, node)).length
}

/**
 * Models of TensorFlow take a picture pixel by pixel and begin with a transposition to planes. A picture of w pixels of three colours
 * is one of 3 w numbers of one: a convolution of k×k on the planes is one of k×3k on it, with thrice the stride across.
 */
function readInterleaved(graph: OnnxGraph, transpose: GraphNode): boolean {
  const [[input = ''], [name = '']] = [transpose.inputs, transpose.outputs]
  const isToPlanes = integersIn(transpose, 'perm')?.join() === '0,3,1,2'
  const [, height, width, colours, ...more] = (isToPlanes ? graph.sizes(input) : undefined) ?? []
  if (!height || !width || !colours || more.length > 0) return false
  const behind = convolutionOf(graph, name)
  if (behind === null) return false
  const [made = 0, , rows = 0, columns = 0] = behind.weights.dims
  const data = behind.weights.data.map((_, i, all) => {
    const [at, colour] = [Math.floor(i / colours), i % colours]
    const [column, row, output] = [at % columns, Math.floor(at / columns) % rows, Math.floor(at / columns / rows)]
    return all[((output * colours + colour) * rows + row) * columns + column] ?? 0
  })
  // Under names of their own: of the old ones a file may tell the size.
  const [rowsOf, sizes, weights] = [`${name}/rows`, `${name}/sizes`, `${name}/interleaved`]
  graph.addIntegers(sizes, [0, 1, height, width * colours])
  graph.addWeights(weights, { dims: [made, 1, rows, columns * colours], data })
  graph.replace(transpose, { op: 'Reshape', inputs: [input, sizes], outputs: [rowsOf], attributes: [] })
  replaceConvolution(graph, behind, [rowsOf, weights], [1, colours])
  return true
}

/**
 * YOLOX and YOLOv5 begin with the four quarters of a picture, every second pixel of every second row, one behind the other as
 * channels, and a convolution of k×k. That is a convolution of 2k×2k with twice the stride on the picture itself.
 */
function foldSlices(graph: OnnxGraph, concat: GraphNode): boolean {
  if (concat.inputs.length !== 4 || !isAll(concat, 'axis', 1)) return false
  const [name = ''] = concat.outputs
  const behind = convolutionOf(graph, name)
  const quarters = concat.inputs.map((input) => quarterOf(graph, input))
  const picture = quarters[0]?.of
  const offsets = quarters.flatMap((quarter) => (quarter === null || quarter.of !== picture ? [] : [quarter.offset]))
  // Each of them once: then the picture has an even number of rows and columns.
  if (behind === null || picture === undefined || new Set(offsets.map(String)).size !== 4) return false
  const folded = `${name}/folded`
  graph.addWeights(folded, spread(behind.weights, offsets))
  replaceConvolution(graph, behind, [picture, folded], [2, 2])
  return true
}

type Convolution = { readonly node: GraphNode; readonly weights: Weights }

/** The convolution of whole pictures, without groups and holes, that is all that reads a tensor; null where there is none. */
function convolutionOf(graph: OnnxGraph, name: string): Convolution | null {
  const node = graph.onlyReader(name)
  const weights = graph.weights(node?.inputs[1])
  if (node?.op !== 'Conv' || node.inputs[0] !== name || weights?.dims.length !== 4) return null
  const isPlain = isAll(node, 'group', 1) && isAll(node, 'dilations', 1) && !hasAttribute(node, 'auto_pad')
  const isTold = ['strides', 'pads'].every((attribute) => integersIn(node, attribute) !== undefined)
  return isPlain && isTold ? { node, weights } : null
}

/** Another one in its place: with its own bias, so many times as high and as wide. */
function replaceConvolution(
  graph: OnnxGraph,
  { node, weights }: Convolution,
  inputs: readonly [string, string],
  [down, across]: readonly [number, number],
): void {
  const [, , height = 1, width = 1] = weights.dims
  const [strideDown = 1, strideAcross = 1] = integersIn(node, 'strides') ?? []
  const [top = 0, left = 0, bottom = 0, right = 0] = integersIn(node, 'pads') ?? []
  const attributes = withIntegers(node, {
    kernel_shape: [height * down, width * across],
    strides: [strideDown * down, strideAcross * across],
    pads: [top * down, left * across, bottom * down, right * across],
  })
  graph.replace(node, { op: 'Conv', inputs: [...inputs, ...node.inputs.slice(2)], outputs: node.outputs, attributes })
}

type Quarter = { readonly of: string; readonly offset: readonly [row: number, column: number] }

/** Where a tensor is every second row and column of another one: of which, and from where on. */
function quarterOf(graph: OnnxGraph, name: string): Quarter | null {
  const from = new Map<number, number>()
  let of = name
  while (from.size < 2) {
    const slice = graph.from(of)
    if (slice?.op !== 'Slice') return null
    const [starts, ends, axes, steps] = slice.inputs.slice(1).map((input) => graph.integers(input))
    if (!starts || !ends || !steps || !axes?.length) return null
    for (const [i, axis] of axes.entries()) {
      const [start = NaN, along] = [starts[i], axis < 0 ? axis + 4 : axis]
      const isHalf = steps[i] === 2 && (start === 0 || start === 1) && (ends[i] ?? 0) >= endOfAnyAxis
      if (!isHalf || along < 2 || from.has(along)) return null
      from.set(along, start)
    }
    of = slice.inputs[0] ?? ''
  }
  return { of, offset: [from.get(2) ?? NaN, from.get(3) ?? NaN] }
}

const endOfAnyAxis = 2 ** 31 - 1

/** The weights of a convolution on quarters, each put where the pixels of its quarter lie. */
function spread({ dims, data }: Weights, offsets: readonly (readonly [number, number])[]): Weights {
  const [outputs = 0, inputs = 0, rows = 0, columns = 0] = dims
  const channels = inputs / 4
  const made = new Float32Array(data.length)
  for (let output = 0; output < outputs; output++)
    for (let input = 0; input < inputs; input++) {
      const [below = 0, beside = 0] = offsets[Math.floor(input / channels)] ?? []
      const plane = (output * channels + (input % channels)) * rows * columns * 4
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          made[plane + (2 * row + below) * columns * 2 + 2 * column + beside] =
            data[((output * inputs + input) * rows + row) * columns + column] ?? 0
    }
  return { dims: [outputs, channels, 2 * rows, 2 * columns], data: made }
}

/**
 * The largest of every 13×13 is the largest 9×9 of every 5×5: where one tensor is pooled with several sizes, as in the spatial
 * pyramids of YOLO, a larger pooling goes on from the next smaller one.
 */
function chainPools(graph: OnnxGraph): number {
  let many = 0
  for (const smaller of graph.nodes) {
    // An int8 model pools its bytes as they are, straight from where they come from.
    const size = graph.from(smaller.inputs[0])?.op === 'DequantizeLinear' ? 0 : poolSize(smaller)
    const others = size === 0 ? [] : graph.nodes.filter((node) => node.inputs[0] === smaller.inputs[0])
    const larger = others.filter((node) => poolSize(node) > size).sort((a, b) => poolSize(a) - poolSize(b))
    const [[next], [input]] = [larger, smaller.outputs]
    // A node stands behind those that it reads.
    if (next === undefined || input === undefined || graph.nodes.indexOf(next) < graph.nodes.indexOf(smaller)) continue
    const left = poolSize(next) - size + 1
    const pads = Array<number>(4).fill((left - 1) / 2)
    const attributes = withIntegers(next, { kernel_shape: [left, left], pads })
    graph.replace(next, { op: next.op, inputs: [input], outputs: next.outputs, attributes })
    many++
  }
  return many
}

/** The side of a square MaxPool of stride 1 that keeps the size of the picture, 3 at least; 0 for all else. */
function poolSize(node: GraphNode): number {
  if (node.op !== 'MaxPool' || node.outputs.length !== 1 || hasAttribute(node, 'auto_pad')) return 0
  const [size = 0, other, ...more] = integersIn(node, 'kernel_shape') ?? []
  const isSquare = size === other && more.length === 0 && size % 2 === 1 && size > 1
  const isPlain = isAll(node, 'strides', 1) && isAll(node, 'dilations', 1) && isAll(node, 'ceil_mode', 0)
  const pads = integersIn(node, 'pads')
  return isSquare && isPlain && pads?.length === 4 && pads.every((pad) => pad === (size - 1) / 2) ? size : 0
}

/**
 * BlazeFace appends channels of zeros to one side of a sum. As a convolution with ones and zeros all of the sums behind it can be a
 * part of the convolutions before them.
 */
function widenByConvolution(graph: OnnxGraph, concat: GraphNode): boolean {
  const [input = '', zeros = '', ...more] = concat.inputs
  const [name = ''] = concat.outputs
  if (more.length > 0 || !isAll(concat, 'axis', 1) || graph.onlyReader(name)?.op !== 'Add') return false
  const [channels, added] = [channelsOf(graph, input), zerosOf(graph, zeros)]
  if (channels === null || added === null) return false
  const all = channels + added
  const data = new Float32Array(all * channels)
  for (let channel = 0; channel < channels; channel++) data[channel * channels + channel] = 1
  const weights = `${name}/widened`
  graph.addWeights(weights, { dims: [all, channels, 1, 1], data })
  const attributes = withIntegers(null, { kernel_shape: [1, 1] })
  graph.replace(concat, { op: 'Conv', inputs: [input, weights], outputs: concat.outputs, attributes })
  return true
}

/** How many channels a picture has that comes from a convolution; null where that is not seen. */
function channelsOf(graph: OnnxGraph, name: string | undefined): number | null {
  const node = graph.from(name)
  if (node?.op === 'Conv') {
    const dims = graph.weights(node.inputs[1])?.dims ?? []
    return dims.length === 4 ? (dims[0] ?? null) : null
  }
  if (node?.op === 'Add') {
    const convolved = node.inputs.find((input) => graph.from(input)?.op === 'Conv')
    const channels = channelsOf(graph, convolved)
    // A single one is added to however many the other side has.
    return channels === 1 ? null : channels
  }
  return node?.op === 'MaxPool' || node?.op === 'Relu' ? channelsOf(graph, node.inputs[0]) : null
}

/** How many channels of nothing but zeros a constant has; null for all else. */
function zerosOf(graph: OnnxGraph, name: string): number | null {
  const made = graph.from(name)
  const constant = graph.weights(name)
  if (made?.op === 'ConstantOfShape' && !hasAttribute(made, 'value')) {
    const dims = graph.integers(made.inputs[0]) ?? []
    return dims.length === 4 ? (dims[1] ?? null) : null
  }
  return constant?.dims.length === 4 && constant.data.every((one) => one === 0) ? (constant.dims[1] ?? null) : null
}

/** Whether an attribute of integers is nothing but this, which also counts where it is missing. */
function isAll(node: GraphNode, name: string, wanted: number): boolean {
  const found = integersIn(node, name)
  return found === null || (found?.every((one) => one === wanted) ?? false)
}

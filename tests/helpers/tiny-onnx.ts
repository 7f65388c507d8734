/** A model made by hand, of no weights: its picture goes in, and it answers what it was made with. */
export type TinyModel = {
  readonly input: {
    readonly name: string
    readonly dims: readonly (number | string)[]
    readonly type?: 'float32' | 'int64'
  }
  readonly output: { readonly name: string; readonly dims: readonly number[]; readonly data: Float32Array }
}

/** A node of one output; its attributes are integers, one or a list, or words. */
export type TinyNode = {
  readonly op: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes?: Readonly<Record<string, number | readonly number[] | string>>
}

export type TinyGraph = {
  readonly inputDims: readonly number[]
  readonly nodes: readonly TinyNode[]
  readonly outputs: readonly string[]
  readonly floats?: Readonly<Record<string, { readonly dims: readonly number[]; readonly data: Float32Array }>>
  readonly integers?: Readonly<Record<string, readonly number[]>>
}

/** Bytes of an ONNX file with these nodes: float32 `in` goes in, and the outputs are of whatever size comes out. */
export function graphOnnx({ inputDims, nodes, outputs, floats = {}, integers = {} }: TinyGraph): Uint8Array {
  const attributesOf = (all: NonNullable<TinyNode['attributes']>): Uint8Array[] =>
    Object.entries(all).map(([name, found]) =>
      typeof found === 'number'
        ? attribute(name, 2, int(3, found))
        : typeof found === 'string'
          ? attribute(name, 3, bytes(4, text(found)))
          : attribute(name, 7, join(found.map((one) => int(8, one)))),
    )
  const graph = join([
    ...nodes.map((one) => bytes(1, node(one.op, one.inputs, one.output, ...attributesOf(one.attributes ?? {})))),
    bytes(2, text('tiny')),
    ...Object.entries(floats).map(([name, { dims, data }]) => bytes(5, tensor(name, dims, data))),
    ...Object.entries(integers).map(([name, list]) => bytes(5, integersTensor(name, list))),
    bytes(11, value('in', 1, inputDims)),
    ...outputs.map((name) => bytes(12, join([bytes(1, text(name)), bytes(2, bytes(1, int(1, 1)))]))),
  ])
  return fileWith(graph)
}

function integersTensor(name: string, list: readonly number[]): Uint8Array {
  const raw = Buffer.from(BigInt64Array.from(list.map((one) => BigInt(one))).buffer)
  return join([int(1, list.length), int(2, 7), bytes(8, text(name)), bytes(9, raw)])
}

/** Bytes of an ONNX file: one Identity from an initializer to the output; the input is declared and not read. */
export function tinyOnnx(model: TinyModel): Uint8Array {
  return fileOf(model, [node('Identity', ['answer'], model.output.name)])
}

/**
 * The same, but that it takes its time over bright pictures: where the brightest value is above 0.9, a Loop with nothing in it
 * goes round, as often for each 1 above as told.
 */
export function loopingOnnx(model: TinyModel, roundsPerOne: number): Uint8Array {
  const body = join([
    bytes(1, node('Identity', ['goes'], 'goes on')),
    bytes(1, node('Identity', ['kept'], 'kept on')),
    bytes(2, text('nothing')),
    bytes(11, value('round', 7, [])),
    bytes(11, value('goes', 9, [])),
    bytes(11, value('kept', 1, model.output.dims)),
    bytes(12, value('goes on', 9, [])),
    bytes(12, value('kept on', 1, model.output.dims)),
  ])
  const [keptDims, roundsType] = [int(3, 0), int(3, 7)]
  const nodes = [
    node('ReduceMax', [model.input.name], 'brightest', attribute('keepdims', 2, keptDims)),
    node('Sub', ['brightest', 'bound'], 'over'),
    node('Relu', ['over'], 'bright'),
    node('Mul', ['bright', 'rounds'], 'many'),
    node('Cast', ['many'], 'times', attribute('to', 2, roundsType)),
    node('Loop', ['times', '', 'answer'], model.output.name, attribute('body', 5, bytes(6, body))),
  ]
  const numbers = [tensor('bound', [], Float32Array.of(0.9)), tensor('rounds', [], Float32Array.of(roundsPerOne))]
  return fileOf(model, nodes, numbers)
}

/** The answer lies in it as an initializer. */
function fileOf(
  { input, output }: TinyModel,
  nodes: readonly Uint8Array[],
  numbers: readonly Uint8Array[] = [],
): Uint8Array {
  const graph = join([
    ...nodes.map((one) => bytes(1, one)),
    bytes(2, text('tiny')),
    ...[tensor('answer', output.dims, output.data), ...numbers].map((one) => bytes(5, one)),
    bytes(11, value(input.name, input.type === 'int64' ? 7 : 1, input.dims)),
    bytes(12, value(output.name, 1, output.dims)),
  ])
  return fileWith(graph)
}

/** IR 8, opset 13. */
function fileWith(graph: Uint8Array): Uint8Array {
  const opset = join([bytes(1, text('')), int(2, 13)])
  return join([int(1, 8), bytes(7, graph), bytes(8, opset)])
}

function node(
  type: string,
  inputs: readonly string[],
  output: string,
  ...attributes: readonly Uint8Array[]
): Uint8Array {
  const names = inputs.map((name) => bytes(1, text(name)))
  return join([...names, bytes(2, text(output)), bytes(4, text(type)), ...attributes.map((one) => bytes(5, one))])
}

function attribute(name: string, type: number, content: Uint8Array): Uint8Array {
  return join([bytes(1, text(name)), content, int(20, type)])
}

function tensor(name: string, dims: readonly number[], data: Float32Array): Uint8Array {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return join([...dims.map((size) => int(1, size)), int(2, 1), bytes(8, text(name)), bytes(9, raw)])
}

function value(name: string, type: number, dims: readonly (number | string)[]): Uint8Array {
  const shape = join(dims.map((size) => bytes(1, typeof size === 'number' ? int(1, size) : bytes(2, text(size)))))
  const tensor = join([int(1, type), bytes(2, shape)])
  return join([bytes(1, text(name)), bytes(2, bytes(1, tensor))])
}

const text = (words: string): Uint8Array => Buffer.from(words)
const join = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts)
const int = (field: number, number: number): Uint8Array => join([varint(field << 3), varint(number)])
const bytes = (field: number, inside: Uint8Array): Uint8Array =>
  join([varint((field << 3) | 2), varint(inside.length), inside])

function varint(number: number): Uint8Array {
  const groups: number[] = []
  let left = number
  for (; left > 127; left >>>= 7) groups.push((left & 127) | 128)
  return Uint8Array.from([...groups, left])
}

/** A model made by hand, of no weights: its picture goes in, and it answers what it was made with. */
export type TinyModel = {
  readonly input: {
    readonly name: string
    readonly dims: readonly (number | string)[]
    readonly type?: 'float32' | 'int64'
  }
  readonly output: { readonly name: string; readonly dims: readonly number[]; readonly data: Float32Array }
}

/** Bytes of an ONNX file (IR 8, opset 13): one Identity from an initializer to the output; the input is declared and not read. */
export function tinyOnnx({ input, output }: TinyModel): Uint8Array {
  const raw = Buffer.from(output.data.buffer, output.data.byteOffset, output.data.byteLength)
  const answer = join([...output.dims.map((size) => int(1, size)), int(2, 1), bytes(8, text('answer')), bytes(9, raw)])
  const node = join([bytes(1, text('answer')), bytes(2, text(output.name)), bytes(4, text('Identity'))])
  const graph = join([
    bytes(1, node),
    bytes(2, text('tiny')),
    bytes(5, answer),
    bytes(11, value(input.name, input.type === 'int64' ? 7 : 1, input.dims)),
    bytes(12, value(output.name, 1, output.dims)),
  ])
  const opset = join([bytes(1, text('')), int(2, 13)])
  return join([int(1, 8), bytes(7, graph), bytes(8, opset)])
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
